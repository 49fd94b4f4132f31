//! Which headers pass between clients and apps.
//!
//! Names are compared with `_` and other marks read as `-`, since many frameworks cannot tell them apart.
//! Whatever could name a person, an address or a login is ours to say and is dropped on the way in.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::authn::{is_basic, is_token, strip_cookies, takes_our_name};

/// Headers that belong to one connection and not to the request.
const HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// Headers by which proxies tell who asks, from where, or for what.
const CLAIMS: [&str; 16] = [
    "client-ip",
    "forwarded",
    "front-end-https",
    "host",
    // Programs that read headers from their environment take it for the proxy of their own requests.
    "proxy",
    "true-client-ip",
    "via",
    "x-cluster-client-ip",
    "x-forwarded",
    // Policy judged the method of the request and no other.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-real-ip",
    "x-rewrite-url",
    "x-url-scheme",
    "x-user",
];

const CLAIM_FAMILIES: [&str; 23] = [
    "cf-access-",
    "cf-connecting-",
    "client-cert",
    "oidc-claim-",
    "remote-",
    "sallyport-",
    "ssl-client-",
    "tailscale-user-",
    "x-amzn-oidc-",
    "x-auth-request-",
    "x-authenticated-",
    "x-authentik-",
    "x-client-",
    "x-envoy-",
    "x-forwarded-",
    "x-goog-authenticated-",
    "x-openrun-",
    "x-original-",
    "x-remote-",
    "x-sallyport-",
    "x-ssl-",
    "x-user-",
    "x-webauth-",
];

/// The client's headers as an app may see them.
pub(super) fn for_app(headers: &HeaderMap) -> Vec<(String, String)> {
    let listed = listed_by_connection(headers);
    let mut passed = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let plain = plain(name.as_str());
        if is_hop(&plain) || is_claim(&plain) || listed.contains(&plain) {
            continue;
        }
        if let Some(value) = visible(name, value) {
            passed.push((name.as_str().to_owned(), value));
        }
    }
    passed
}

/// Whether a header of an app's answer is the app's to say.
pub(super) fn may_leave(name: &HeaderName, value: &HeaderValue) -> bool {
    let plain = name.as_str();
    let ours = is_hop(plain)
        || plain.starts_with("sallyport-")
        || plain.starts_with("access-control-")
        || matches!(
            plain,
            "alt-svc" | "content-length" | "date" | "server" | "service-worker-allowed"
        );
    let our_cookie =
        *name == header::SET_COOKIE && takes_our_name(&String::from_utf8_lossy(value.as_bytes()));
    !ours && !our_cookie
}

/// The name as it is compared: in small letters, with `-` for all that is neither letter nor digit.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
        _ => '-',
    });
    letters.collect()
}

fn is_hop(name: &str) -> bool {
    HOP.contains(&name)
}

fn is_claim(name: &str) -> bool {
    CLAIMS.contains(&name) || CLAIM_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// The headers that belong to one connection, by its own word.
pub(super) fn listed_by_connection(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(|name| plain(name.trim()))
        .collect()
}

fn visible(name: &HeaderName, value: &HeaderValue) -> Option<String> {
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    match *name {
        header::COOKIE => strip_cookies(&text),
        header::AUTHORIZATION if is_basic(value.as_bytes()) || is_token(value.as_bytes()) => None,
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        for_app(&map)
    }

    #[test]
    fn claims_of_clients_are_dropped() {
        let claims = [
            "X-Forwarded-User",
            "X_Forwarded_User",
            "X-Forwarded_User",
            "x-forwarded-for",
            "X-FORWARDED-PROTO",
            "Forwarded",
            "X-Real-IP",
            "x_real_ip",
            "Remote-User",
            "Remote_User",
            "REMOTE-USER",
            "X-Openrun-User",
            "X_Openrun_Perms",
            "X-Sallyport-Anything",
            "X-Remote-User",
            "Host",
            "X-Original-URL",
            "Proxy-Authorization",
            "TE",
            "Upgrade",
            "X.Openrun.User",
            "X-Forwarded.For",
            "Remote~User",
            "Proxy",
            "X-Sallyport-Assertion",
            "X_Sallyport_Assertion",
            "Client-Cert",
            "SSL_CLIENT_S_DN",
            "X-SSL-Client-Verify",
            "X-HTTP-Method-Override",
            "X-Forwarded-Client-Cert",
        ];
        for claim in claims {
            assert_eq!(passed(&[(claim, "admin")]), [], "{claim}");
        }
    }

    #[test]
    fn other_headers_pass() {
        let headers = [
            ("accept", "text/html"),
            ("x-requested-with", "y"),
            ("hx-request", "true"),
            ("x-forwardedish", "z"),
        ];
        for (name, value) in headers {
            assert_eq!(
                passed(&[(name, value)]),
                [(name.to_owned(), value.to_owned())]
            );
        }
    }

    #[test]
    fn headers_listed_by_connection_are_dropped() {
        assert_eq!(
            passed(&[
                ("connection", "X-A, x_b"),
                ("x-a", "1"),
                ("x-b", "2"),
                ("x_b", "3")
            ]),
            []
        );
    }

    #[test]
    fn our_logins_stay_with_us() {
        assert_eq!(passed(&[("authorization", "Basic YTpi")]), []);
        assert_eq!(passed(&[("authorization", "BASIC YTpi")]), []);
        assert_eq!(passed(&[("authorization", "Bearer x")]).len(), 1);
        assert_eq!(passed(&[("authorization", "bearer  sp_x")]), []);
        assert_eq!(passed(&[("cookie", "sallyport=x")]), []);
        assert_eq!(
            passed(&[("cookie", "a=b; __Host-sallyport=x")]),
            [("cookie".to_owned(), "a=b".to_owned())]
        );
    }
}
