//! The session cookie: read strictly, written with every guard, hidden from apps in both directions.

use http::{HeaderMap, header};

use super::SessionId;

const SECURE: &str = "__Host-sallyport";
const PLAIN: &str = "sallyport";
/// Ties the steps of a sign-in to the browser that began it.
const BINDING_SECURE: &str = "__Host-sallyport-login";
const BINDING_PLAIN: &str = "sallyport-login";
/// How long a browser has for a sign-in.
const BINDING_SECONDS: u64 = 3600;

fn name(tls: bool) -> &'static str {
    if tls { SECURE } else { PLAIN }
}

fn binding_name(tls: bool) -> &'static str {
    if tls { BINDING_SECURE } else { BINDING_PLAIN }
}

/// What ties a sign-in to a browser, from its cookie or new.
pub struct Binding {
    id: SessionId,
    /// Whether the browser has to be told.
    pub fresh: bool,
}

impl Binding {
    /// What is remembered of it.
    pub fn hash(&self) -> String {
        self.id.hash()
    }
}

/// The binding of the browser that sent these headers; nothing when the system has no randomness.
pub fn binding(headers: &HeaderMap, tls: bool) -> Option<Binding> {
    match find(headers, binding_name(tls)) {
        Some(id) => Some(Binding { id, fresh: false }),
        None => SessionId::random().map(|id| Binding { id, fresh: true }),
    }
}

/// The `Set-Cookie` value for a binding.
pub fn binding_cookie(binding: &Binding, tls: bool) -> String {
    cookie(
        (binding_name(tls), binding.id.expose()),
        tls,
        BINDING_SECONDS,
    )
}

/// The session id a request carries.
pub(super) fn session_id(headers: &HeaderMap, tls: bool) -> Option<SessionId> {
    find(headers, name(tls))
}

/// The id in a cookie. Two different ones are none: we cannot tell which is ours.
fn find(headers: &HeaderMap, name: &str) -> Option<SessionId> {
    let mut values: Vec<&str> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect();
    values.dedup();
    match values.as_slice() {
        [value] => SessionId::parse(value),
        _ => None,
    }
}

/// The `Set-Cookie` value that starts a session.
pub fn session_cookie(id: &SessionId, tls: bool, seconds: u64) -> String {
    cookie((name(tls), id.expose()), tls, seconds)
}

/// The `Set-Cookie` value that ends it in the browser.
pub fn clear_cookie(tls: bool) -> String {
    cookie((name(tls), ""), tls, 0)
}

fn cookie((name, value): (&str, &str), tls: bool, seconds: u64) -> String {
    let secure = if tls { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// A `Cookie` value without our cookies; nothing if only ours were there.
pub fn strip_cookies(value: &str) -> Option<String> {
    let rest: Vec<&str> = value
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty() && !is_ours(pair))
        .collect();
    (!rest.is_empty()).then(|| rest.join("; "))
}

/// Whether a `Set-Cookie` value of an app would overwrite our cookie, also by the trick of an empty name.
pub fn takes_our_name(set_cookie: &str) -> bool {
    is_ours(set_cookie.split(';').next().unwrap_or_default())
}

fn is_ours(pair: &str) -> bool {
    let pair = pair.trim_start_matches(|c: char| c == '=' || c.is_whitespace());
    let key = pair.split('=').next().unwrap_or_default().trim();
    let ours = [SECURE, PLAIN, BINDING_SECURE, BINDING_PLAIN];
    ours.iter().any(|name| key.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn found(cookies: &[&str], tls: bool) -> bool {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        session_id(&headers, tls).is_some()
    }

    #[test]
    fn the_cookie_of_the_scheme_is_read() {
        assert!(found(&[&format!("sallyport={ID}")], false));
        assert!(found(&[&format!("a=b; sallyport={ID}; c=d")], false));
        assert!(found(&["a=b", &format!("sallyport={ID}")], false));
        assert!(found(&[&format!("__Host-sallyport={ID}")], true));
        assert!(!found(&[&format!("sallyport={ID}")], true));
        assert!(!found(&[&format!("__Host-sallyport={ID}")], false));
        assert!(!found(&[&format!("Sallyport={ID}")], false));
    }

    #[test]
    fn damaged_and_doubled_ids_are_none() {
        let other = ID.replace("AAEC", "AAED");
        for bad in [
            "",
            "x",
            &ID[1..],
            &format!("{ID}A"),
            &format!("{ID}="),
            &"A".repeat(9000),
            &ID.replace('A', "*"),
        ] {
            assert!(!found(&[&format!("sallyport={bad}")], false), "{bad}");
        }
        assert!(!found(
            &[&format!("sallyport={ID}; sallyport={other}")],
            false
        ));
        assert!(found(&[&format!("sallyport={ID}; sallyport={ID}")], false));
        assert!(!found(&[], false));
    }

    #[test]
    fn apps_see_and_set_only_their_own() {
        let check = |value: &str, expected: Option<&str>| {
            assert_eq!(strip_cookies(value).as_deref(), expected, "{value}")
        };
        check("a=b; sallyport=x; c=d", Some("a=b; c=d"));
        check("sallyport=x", None);
        check("__Host-sallyport=x; SALLYPORT=y;", None);
        check("sallyportish=x", Some("sallyportish=x"));
        check(" =sallyport=x ;a", Some("a"));
        for ours in [
            "sallyport=x; Path=/",
            "__Host-sallyport=x",
            "=sallyport=x",
            " sallyport =x",
            "Sallyport",
        ] {
            assert!(takes_our_name(ours), "{ours}");
        }
        assert!(!takes_our_name("theme=sallyport; Path=/"));
    }

    #[test]
    fn the_cookie_has_its_guards() {
        let id = SessionId::parse(ID).unwrap();
        let secure = session_cookie(&id, true, 60);
        assert_eq!(
            secure,
            format!("__Host-sallyport={ID}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")
        );
        assert!(!session_cookie(&id, false, 60).contains("Secure"));
        assert!(clear_cookie(true).contains("Max-Age=0"));
    }
}
