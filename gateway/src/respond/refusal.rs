//! How a refusal looks: to a browser, to a program, to a stranger, to somebody we know.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy::{Refused, RefusedKind};

use super::{Reply, name_decision, page, problem, see_other, unwritable};
use crate::page::denied;

const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Who gets the answer, as far as it changes its form.
#[derive(Clone, Debug)]
pub struct Asker {
    /// A person is known.
    pub named: bool,
    /// The client shows pages.
    pub reads_html: bool,
    /// A person is about to look at the answer: a page load, which may lead to the login instead.
    pub navigates: bool,
    /// Whether HTTP Basic is offered.
    pub basic: bool,
    /// Where to come back to after the login.
    pub back: String,
}

impl Asker {
    /// Reads the form of answer from the request; nobody is known yet.
    pub fn new(method: &Method, headers: &HeaderMap, back: String) -> Asker {
        let reads_html = reads_html(headers);
        let navigates = reads_html
            && matches!(*method, Method::GET | Method::HEAD)
            && !says(headers, "hx-request", "true")
            && headers
                .get("sec-fetch-mode")
                .is_none_or(|mode| mode == "navigate");
        Asker {
            named: false,
            reads_html,
            navigates,
            basic: false,
            back,
        }
    }
}

/// Whether a client shows pages.
pub fn reads_html(headers: &HeaderMap) -> bool {
    says(headers, "accept", "text/html")
}

fn says(headers: &HeaderMap, name: &str, text: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains(text)))
}

/// The answer to a refused call; `status` is used when it was refused before policy.
pub fn refused(refused: &Refused, status: StatusCode, asker: &Asker) -> Reply {
    let mut reply = match refused.kind {
        RefusedKind::Unwritable => unwritable(),
        RefusedKind::Rejected => rejection(refused, status, asker),
        RefusedKind::Denied if asker.named && asker.navigates && refused.step_up.is_some() => {
            see_other(&login(refused, asker))
        }
        RefusedKind::Denied if asker.named => denial(refused, asker),
        RefusedKind::Denied if asker.navigates => see_other(&login(refused, asker)),
        RefusedKind::Denied => rejection(refused, StatusCode::UNAUTHORIZED, asker),
    };
    name_decision(&mut reply, &refused.id);
    reply
}

/// Where to sign in, or to sign in more strongly, to come back here.
fn login(refused: &Refused, asker: &Asker) -> String {
    let next = utf8_percent_encode(&asker.back, QUERY);
    match &refused.step_up {
        None => format!("/_sallyport/login?next={next}"),
        Some(wish) => format!("/_sallyport/login?next={next}&level={wish}"),
    }
}

fn rejection(refused: &Refused, status: StatusCode, asker: &Asker) -> Reply {
    let mut reply = if asker.reads_html {
        page(status, denied::rejected(status, &refused.id))
    } else {
        problem(status, denied::sentence(status), &refused.id)
    };
    if status == StatusCode::UNAUTHORIZED {
        challenge(reply.headers_mut(), asker.basic);
    }
    reply
}

/// What a program may show instead of signing in.
fn challenge(headers: &mut HeaderMap, basic: bool) {
    if basic {
        let basic = HeaderValue::from_static("Basic realm=\"Sallyport\", charset=\"UTF-8\"");
        headers.insert(header::WWW_AUTHENTICATE, basic);
    }
    let bearer = HeaderValue::from_static("Bearer realm=\"Sallyport\"");
    headers.append(header::WWW_AUTHENTICATE, bearer);
}

fn denial(refused: &Refused, asker: &Asker) -> Reply {
    let status = StatusCode::FORBIDDEN;
    if asker.reads_html {
        return page(status, denied::denied(&refused.texts, &refused.id));
    }
    let reasons = refused.texts.join("; ");
    let detail = if reasons.is_empty() {
        denied::sentence(status)
    } else {
        &reasons
    };
    problem(status, detail, &refused.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(method: Method, headers: &[(&'static str, &'static str)]) -> Asker {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        Asker {
            basic: true,
            ..Asker::new(&method, &headers, "/a?b=c&d".into())
        }
    }

    fn refusal(kind: RefusedKind) -> Refused {
        let texts = vec!["the app waits for approval".to_owned()];
        Refused {
            id: "id-1".into(),
            kind,
            action: "app.access".into(),
            reasons: vec!["g.x".into()],
            texts,
            errors: vec![],
            near: vec!["n".into()],
            step_up: None,
        }
    }

    fn answer(kind: RefusedKind, asker: &Asker) -> (u16, String, Reply) {
        let reply = refused(&refusal(kind), StatusCode::BAD_REQUEST, asker);
        let body = reply.body().as_whole().unwrap().to_vec();
        (
            reply.status().as_u16(),
            String::from_utf8(body).unwrap(),
            reply,
        )
    }

    #[test]
    fn strangers_learn_nothing() {
        let page = asker(Method::GET, &[("accept", "text/html,*/*")]);
        let (status, _, reply) = answer(RefusedKind::Denied, &page);
        let location = reply.headers().get(header::LOCATION).unwrap();
        assert_eq!(
            (status, location.to_str().unwrap()),
            (303, "/_sallyport/login?next=%2Fa%3Fb%3Dc%26d")
        );
        for headers in [
            &[("accept", "*/*")][..],
            &[("accept", "text/html"), ("hx-request", "true")],
            &[("accept", "text/html"), ("sec-fetch-mode", "cors")],
        ] {
            let (status, body, reply) = answer(RefusedKind::Denied, &asker(Method::GET, headers));
            assert_eq!(status, 401);
            assert!(
                body.contains("id-1") && !body.contains("waits") && !body.contains("g.x"),
                "{body}"
            );
            assert!(reply.headers().contains_key(header::WWW_AUTHENTICATE));
        }
        let (status, body, _) = answer(RefusedKind::Rejected, &page);
        assert!(
            status == 400 && body.contains("id-1") && !body.contains("waits"),
            "{body}"
        );
        assert_eq!(
            answer(
                RefusedKind::Denied,
                &asker(Method::POST, &[("accept", "text/html")])
            )
            .0,
            401
        );
    }

    #[test]
    fn people_read_the_reason() {
        for headers in [&[("accept", "text/html")][..], &[]] {
            let named = Asker {
                named: true,
                ..asker(Method::GET, headers)
            };
            let (status, body, reply) = answer(RefusedKind::Denied, &named);
            assert_eq!(status, 403);
            assert!(
                body.contains("the app waits for approval") && body.contains("id-1"),
                "{body}"
            );
            assert!(!body.contains("g.x"), "{body}");
            assert_eq!(reply.headers().get("sallyport-decision").unwrap(), "id-1");
        }
    }

    #[test]
    fn an_unwritable_log_is_a_503() {
        let (status, body, reply) = answer(
            RefusedKind::Unwritable,
            &asker(Method::GET, &[("accept", "text/html")]),
        );
        assert!(status == 503 && !body.contains("waits"), "{body}");
        assert!(reply.headers().contains_key(header::RETRY_AFTER));
    }
}
