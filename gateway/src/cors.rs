//! Which other origins may read what an app answers, as the Fetch standard has it.
//!
//! Browsers ask first with a preflight that carries no login, so it is answered before anybody is named; it
//! tells what operators wrote and nothing of the app.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use thiserror::Error;

use crate::{
    config::{Cors, Origins},
    respond::{self, Reply, vary},
};

/// Methods every page may use, and headers it may send, without being listed.
const SIMPLE_METHODS: [&str; 3] = ["GET", "HEAD", "POST"];
const SIMPLE_HEADERS: [&str; 3] = ["accept", "accept-language", "content-language"];

/// The origin, the method or a header is not among those that operators allow.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("pages of this origin may not ask for that")]
pub struct NotAllowed;

/// Whether a request asks what a page of another origin may do.
pub fn is_preflight(cors: &Cors, method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && cors.origins != Origins::Listed(Vec::new())
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight.
pub fn preflight(cors: &Cors, headers: &HeaderMap) -> Result<Reply, NotAllowed> {
    let mut reply = respond::text(StatusCode::NO_CONTENT, "");
    reply.headers_mut().remove(header::CONTENT_TYPE);
    let answer = reply.headers_mut();
    if !open(cors, headers, answer) || !fits(cors, headers) {
        return Err(NotAllowed);
    }
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, cors.methods.clone());
    answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.clone());
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, cors.max_age.into());
    vary(answer, "access-control-request-method");
    vary(answer, "access-control-request-headers");
    Ok(reply)
}

/// Lets the page that asked read the answer, if operators allow its origin; answers whether they do.
pub fn open(cors: &Cors, asked: &HeaderMap, answer: &mut HeaderMap) -> bool {
    let allowed = match &cors.origins {
        Origins::Any => Some(HeaderValue::from_static("*")),
        Origins::Listed(origins) if origins.is_empty() => return false,
        Origins::Listed(_) => {
            vary(answer, "origin");
            listed(cors, asked).cloned()
        }
    };
    let Some(allowed) = allowed.filter(|_| asked.contains_key(header::ORIGIN)) else {
        return false;
    };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if cors.credentials {
        let yes = HeaderValue::from_static("true");
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    true
}

/// Whether a change that a page of a named origin asks for counts as one of our own: operators let it send
/// logins along, or the request carries none.
pub fn trusts(cors: &Cors, headers: &HeaderMap) -> bool {
    let carries = [header::COOKIE, header::AUTHORIZATION, header::UPGRADE];
    let alone = !carries.iter().any(|name| headers.contains_key(name));
    listed(cors, headers).is_some() && (cors.credentials || alone)
}

/// The one origin of the request, if operators name it.
fn listed<'h>(cors: &Cors, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
    let mut given = headers.get_all(header::ORIGIN).iter();
    let origin = given.next().filter(|_| given.next().is_none())?;
    match &cors.origins {
        Origins::Any => None,
        Origins::Listed(origins) => origins
            .iter()
            .any(|known| known.as_bytes() == origin.as_bytes())
            .then_some(origin),
    }
}

/// Whether method and headers are among the allowed ones.
fn fits(cors: &Cors, headers: &HeaderMap) -> bool {
    let method = headers
        .get(header::ACCESS_CONTROL_REQUEST_METHOD)
        .and_then(|method| method.to_str().ok())
        .unwrap_or_default();
    let method_fits =
        SIMPLE_METHODS.contains(&method) || words(&cors.methods).any(|known| known == method);
    let mut asked = headers
        .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .flat_map(words)
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    method_fits
        && asked.all(|name| {
            SIMPLE_HEADERS.contains(&name.as_str())
                || words(&cors.headers).any(|known| known.eq_ignore_ascii_case(name.as_str()))
        })
}

fn words(value: &HeaderValue) -> impl Iterator<Item = &str> {
    let text = value.to_str().unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn cors(text: &str) -> Cors {
        Config::parse("test", &format!("[cors]\n{text}"))
            .unwrap()
            .cors
    }

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn opened(cors: &Cors, origin: &'static str) -> (Option<String>, bool) {
        let mut answer = HeaderMap::new();
        open(cors, &headers(&[("origin", origin)]), &mut answer);
        let allowed = answer.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        (
            allowed.map(|value| value.to_str().unwrap().to_owned()),
            answer.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
        )
    }

    const LISTED: &str = "allow_origins = [\"https://a.example\", \"http://b.example:81\"]";

    #[test]
    fn nobody_may_read_by_default() {
        let none = Cors::default();
        assert_eq!(opened(&none, "https://a.example"), (None, false));
        let asks = headers(&[
            ("origin", "https://a.example"),
            ("access-control-request-method", "GET"),
        ]);
        assert!(!is_preflight(&none, &Method::OPTIONS, &asks));
    }

    #[test]
    fn origins_are_compared_letter_by_letter() {
        let cors = cors(LISTED);
        for origin in ["https://a.example", "http://b.example:81"] {
            assert_eq!(opened(&cors, origin), (Some(origin.to_owned()), false));
        }
        for origin in [
            "http://a.example",
            "https://a.example:8443",
            "https://a.example.evil",
            "https://A.example",
            "null",
            "*",
            "",
        ] {
            assert_eq!(opened(&cors, origin), (None, false), "{origin}");
        }
        let any = self::cors("allow_origins = [\"*\"]");
        assert_eq!(
            opened(&any, "https://x.example"),
            (Some("*".to_owned()), false)
        );
    }

    #[test]
    fn wrong_configurations_are_refused() {
        for (text, said) in [
            (
                "allow_origins = [\"*\"]\nallow_credentials = true",
                "by name",
            ),
            (
                "allow_origins = [\"https://a.example/\"]",
                "write `https://a.example`",
            ),
            (
                "allow_origins = [\"https://a.example:443\"]",
                "write `https://a.example`",
            ),
            ("allow_origins = [\"a.example\"]", "not an origin"),
            ("allow_origins = [\"null\"]", "not an origin"),
            ("allow_origins = [\"*\", \"https://a.example\"]", "alone"),
            ("allow_methods = [\"G T\"]", "not a method"),
            ("allow_headers = [\"a b\"]", "not the name"),
        ] {
            let error = Config::parse("test", &format!("[cors]\n{text}")).unwrap_err();
            assert!(error.to_string().contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn preflights_are_answered_for_what_is_allowed() {
        let cors = cors(&format!(
            "{LISTED}\nallow_credentials = true\nallow_headers = [\"X-One\"]"
        ));
        let check = |origin, method, asked, expected: bool| {
            let asks = headers(&[
                ("origin", origin),
                ("access-control-request-method", method),
                ("access-control-request-headers", asked),
            ]);
            assert!(is_preflight(&cors, &Method::OPTIONS, &asks));
            assert_eq!(
                preflight(&cors, &asks).is_ok(),
                expected,
                "{origin} {method} {asked}"
            );
        };
        check("https://a.example", "PUT", "x-one, accept", true);
        check("https://a.example", "PUT", "content-type", false);
        check("https://a.example", "GET", "", true);
        check("https://a.example", "TRACE", "", false);
        check("https://a.example", "put", "", false);
        check("https://a.example", "PUT", "x-two", false);
        check("https://evil.example", "GET", "", false);
        let asks = headers(&[
            ("origin", "https://a.example"),
            ("access-control-request-method", "PUT"),
        ]);
        let reply = preflight(&cors, &asks).unwrap();
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
        assert_eq!(reply.headers()["access-control-allow-credentials"], "true");
        assert_eq!(reply.headers()["access-control-max-age"], "600");
        assert_eq!(reply.headers().get_all("vary").iter().count(), 3);
    }

    #[test]
    fn named_origins_may_change_things_with_leave_or_without_a_login() {
        let with = cors(&format!("{LISTED}\nallow_credentials = true"));
        let without = cors(LISTED);
        let bare = headers(&[("origin", "https://a.example")]);
        let cookie = headers(&[("origin", "https://a.example"), ("cookie", "a=b")]);
        assert!(trusts(&with, &cookie) && trusts(&with, &bare) && trusts(&without, &bare));
        assert!(!trusts(&without, &cookie));
        assert!(!trusts(
            &with,
            &headers(&[("origin", "https://evil.example")])
        ));
        assert!(!trusts(&cors("allow_origins = [\"*\"]"), &bare));
    }
}
