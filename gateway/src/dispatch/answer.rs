//! Answers on their way out: an app's, made safe, and the plain ones it need not give itself.

use audit::{EntityRef, Event};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use policy::Moment;
use sandbox::{AppResponse, CustomAudit};
use serde_json::json;

use super::headers;
use crate::{
    clock,
    front::{BodyError, Inbound},
    respond::{self, Reply},
};

/// An answer and, when it failed, the class of its error for the record.
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) error_class: Option<&'static str>,
    /// The gateway's own page or problem, which is guarded already.
    pub(super) ours: bool,
}

impl Answer {
    /// An answer in the app's name.
    pub(super) fn app(reply: Reply) -> Answer {
        Answer {
            reply,
            error_class: None,
            ours: false,
        }
    }

    /// The same answer with another body, unless it is a failure.
    pub(super) fn with_body(self, body: respond::Body) -> Answer {
        match self.error_class {
            None => Answer {
                reply: self.reply.map(|_| body),
                ..self
            },
            Some(_) => self,
        }
    }

    /// A failure of ours.
    pub(super) fn failed(reply: Reply, class: &'static str) -> Answer {
        Answer {
            reply,
            error_class: Some(class),
            ours: true,
        }
    }

    /// A failure of the app, shown as text.
    pub(super) fn failed_app(status: StatusCode, message: &str, class: &'static str) -> Answer {
        let answer = Answer::app(respond::text(status, format!("{message}\n")));
        Answer {
            error_class: Some(class),
            ..answer
        }
    }
}

/// What the app answered, without what is ours to say.
pub(super) fn from_app(response: AppResponse) -> Answer {
    let status = StatusCode::from_u16(response.status)
        .ok()
        .filter(|status| !status.is_informational());
    let Some(status) = status else {
        return Answer::failed_app(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the app answered with an invalid status",
            "status",
        );
    };
    let mut reply = Response::new(respond::Body::whole(response.body));
    *reply.status_mut() = status;
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value))
            && headers::may_leave(&name, &value)
        {
            reply.headers_mut().append(name, value);
        }
    }
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        *reply.body_mut() = respond::Body::empty();
    }
    let class = status.is_server_error().then_some("app");
    Answer {
        error_class: class,
        ..Answer::app(reply)
    }
}

/// No route and no file.
pub(super) fn nothing() -> Answer {
    Answer::app(respond::text(StatusCode::NOT_FOUND, "404 page not found\n"))
}

/// The app declares it, this version does not run it.
pub(super) fn unavailable() -> Answer {
    let text = "actions are not available in this version\n";
    Answer::app(respond::text(StatusCode::NOT_IMPLEMENTED, text))
}

/// The path is known under other methods: OPTIONS asks which, the others are told.
pub(super) fn other_method(inbound: &Inbound, methods: &[String]) -> Answer {
    let asks = inbound.parts.method == Method::OPTIONS;
    let mut known: Vec<&str> = methods.iter().map(String::as_str).collect();
    if known.contains(&"GET") && !known.contains(&"HEAD") {
        known.push("HEAD");
    }
    if !known.contains(&"OPTIONS") {
        known.push("OPTIONS");
    }
    let mut reply = respond::text(
        match asks {
            true => StatusCode::NO_CONTENT,
            false => StatusCode::METHOD_NOT_ALLOWED,
        },
        "",
    );
    if asks {
        reply.headers_mut().remove(header::CONTENT_TYPE);
    }
    if let Ok(allowed) = HeaderValue::from_str(&known.join(", ")) {
        reply.headers_mut().insert(header::ALLOW, allowed);
    }
    Answer::app(reply)
}

/// The app's path, with the slash it wants.
pub(super) fn slash(inbound: &Inbound) -> Answer {
    let query = inbound
        .parts
        .uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    Answer::app(respond::temporary(&format!(
        "{}/{query}",
        inbound.path.as_str()
    )))
}

/// The body could not be read.
pub(super) fn unread(error: &BodyError) -> Answer {
    let (status, class) = match error {
        BodyError::Large => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"),
        BodyError::Slow => (StatusCode::REQUEST_TIMEOUT, "body-slow"),
        BodyError::Broken => (StatusCode::BAD_REQUEST, "body-broken"),
    };
    let mut reply = respond::problem(status, &error.to_string(), "");
    // The rest of the body is not read, so the connection cannot be used again.
    reply
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    Answer::failed(reply, class)
}

/// The record an app asked for.
pub(super) fn event(inbound: &Inbound, moment: &Moment, custom: CustomAudit) -> Event {
    let instance = inbound.installed.instance.id.as_str().to_owned();
    Event {
        kind: "app.event".into(),
        time_ns: clock::nanoseconds(moment.now),
        trace: moment.trace.clone(),
        principal: inbound.caller.principal(),
        target: EntityRef::new("AppInstance", instance),
        public: serde_json::Map::from_iter([("success".to_owned(), json!(custom.success))]),
        hmac: std::collections::BTreeMap::new(),
        detail: json!({ "operation": custom.operation, "target": custom.target, "detail": custom.detail }),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        from_app(AppResponse {
            status,
            headers,
            body: Bytes::from_static(b"x"),
            audit: None,
        })
    }

    #[test]
    fn apps_keep_their_headers() {
        let answer = answer(
            200,
            &[
                ("Content-Type", "text/html"),
                ("X-Frame-Options", "DENY"),
                ("Set-Cookie", "a=b"),
            ],
        );
        let header = |name: &str| {
            answer
                .reply
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("x-frame-options").as_deref(), Some("DENY"));
        assert_eq!(header("set-cookie").as_deref(), Some("a=b"));
        assert_eq!(answer.error_class, None);
    }

    #[test]
    fn apps_cannot_speak_for_the_gateway() {
        let ours = [
            ("Set-Cookie", "sallyport=x"),
            ("Set-Cookie", "__Host-sallyport=x"),
            ("Server", "OpenRun"),
            ("Connection", "close"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Length", "3"),
            ("Service-Worker-Allowed", "/"),
            ("Sallyport-Decision", "x"),
            ("Access-Control-Allow-Origin", "*"),
            ("Bad Name", "x"),
            ("X-Split", "a\r\nSet-Cookie: b"),
        ];
        for (name, value) in ours {
            let answer = answer(200, &[(name, value)]);
            assert!(
                !answer
                    .reply
                    .headers()
                    .contains_key(name.replace(' ', "-").as_str()),
                "{name}"
            );
            assert!(!answer.reply.headers().contains_key("set-cookie"));
        }
    }

    #[test]
    fn statuses_are_checked() {
        for (given, sent, class) in [
            (200, 200, None),
            (404, 404, None),
            (503, 503, Some("app")),
            (101, 500, Some("status")),
            (0, 500, Some("status")),
        ] {
            let answer = answer(given, &[]);
            assert_eq!(
                (answer.reply.status().as_u16(), answer.error_class),
                (sent, class)
            );
        }
    }
}
