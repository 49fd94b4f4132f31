//! Requests that change something come from our own pages or from no page at all.
//!
//! The rule is Go's cross-origin protection: browsers say where a request comes from in `Sec-Fetch-Site`,
//! older ones in `Origin`; programs say neither and carry no ambient login. Opening a websocket counts as
//! a change, since browsers let any page try it.

use http::{HeaderMap, Method, header};
use thiserror::Error;

/// The request was made by a page of another origin.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the request comes from a page of another origin")]
pub struct CrossOrigin;

/// Refuses a cross-origin change. `authority` is the host the client named, with its port.
pub fn check(method: &Method, headers: &HeaderMap, authority: &str) -> Result<(), CrossOrigin> {
    if is_safe(method) && !headers.contains_key(header::UPGRADE) {
        return Ok(());
    }
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        let ours = sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
        return if ours { Ok(()) } else { Err(CrossOrigin) };
    }
    let ours = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let host = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .map(|(_, host)| host);
        host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
    });
    if ours { Ok(()) } else { Err(CrossOrigin) }
}

/// Whether the method promises to change nothing.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(method: &str, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        check(&method.parse().unwrap(), &headers, "app.example:8443").is_ok()
    }

    #[test]
    fn reading_is_always_allowed() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(passes(
                method,
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example")
                ]
            ));
        }
    }

    #[test]
    fn browsers_say_where_they_come_from() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY"] {
            assert!(passes(method, &[]));
            assert!(passes(method, &[("sec-fetch-site", "same-origin")]));
            assert!(passes(method, &[("sec-fetch-site", "none")]));
            assert!(passes(
                method,
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://evil.example")
                ]
            ));
            assert!(passes(method, &[("origin", "https://app.example:8443")]));
            assert!(passes(method, &[("origin", "https://APP.example:8443")]));
            for site in ["cross-site", "same-site", "", "Same-Origin", "x"] {
                assert!(!passes(method, &[("sec-fetch-site", site)]), "{site}");
            }
            for origin in [
                "null",
                "",
                "https://evil.example",
                "https://app.example",
                "https://app.example:8443.evil",
                "app.example:8443",
            ] {
                assert!(!passes(method, &[("origin", origin)]), "{origin}");
            }
            assert!(!passes(
                method,
                &[
                    ("origin", "https://app.example:8443"),
                    ("origin", "https://evil.example")
                ]
            ));
            assert!(!passes(
                method,
                &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]
            ));
        }
    }

    #[test]
    fn websockets_count_as_changes() {
        assert!(!passes(
            "GET",
            &[("upgrade", "websocket"), ("origin", "https://evil.example")]
        ));
        assert!(passes(
            "GET",
            &[
                ("upgrade", "websocket"),
                ("origin", "https://app.example:8443")
            ]
        ));
    }
}
