//! Headers of proxied requests and answers: what belongs to one connection stays there, who asks and from
//! where is ours to say, the rest passes.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sandbox::ProxyConfig;

use super::super::{headers, request};
use super::course::Course;
use crate::front::Inbound;

/// What the upstream gets.
pub(super) fn going(
    inbound: &Inbound,
    config: &ProxyConfig,
    course: &Course,
    upgrades: bool,
) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers::for_app(&inbound.parts.headers) {
        if !matches!(name.as_str(), "content-length" | "expect" | "cookie") {
            add(&mut passed, &name, &value);
        }
    }
    let cookies = headers::for_app(&inbound.parts.headers);
    let cookies: Vec<String> = cookies
        .into_iter()
        .filter(|(name, _)| name == "cookie")
        .map(|(_, value)| value)
        .collect();
    if !cookies.is_empty() {
        add(&mut passed, "cookie", &cookies.join("; "));
    }
    let host = if config.preserve_host || upgrades {
        inbound.authority.clone()
    } else {
        course.host()
    };
    add(&mut passed, "host", &host);
    for (name, value) in told(inbound) {
        add(&mut passed, &name, &value);
    }
    passed
}

/// What we say of the request.
fn told(inbound: &Inbound) -> Vec<(String, String)> {
    let ip = inbound.peer.ip().to_string();
    let mut told = vec![
        ("x-forwarded-for", ip.clone()),
        ("x-forwarded-host", without_port(&inbound.authority)),
        ("x-forwarded-proto", inbound.peer.scheme().to_owned()),
        ("x-real-ip", ip),
    ];
    let mount = inbound.installed.address.path().trim_end_matches('/');
    if !mount.is_empty() {
        told.push(("x-forwarded-prefix", mount.to_owned()));
    }
    let mut told: Vec<(String, String)> = told
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    told.extend(request::identity(&inbound.caller));
    told
}

fn without_port(authority: &str) -> String {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => authority,
    };
    name.to_owned()
}

/// What the client gets of the upstream's headers, with those that the app sets.
pub(super) fn coming(
    headers: &HeaderMap,
    config: &ProxyConfig,
    course: &Course,
    (status, head): (StatusCode, bool),
) -> HeaderMap {
    let mut passed = HeaderMap::new();
    let listed = headers::listed_by_connection(headers);
    for (name, value) in headers {
        let plain = headers::plain(name.as_str());
        if headers::may_leave(name, value) && !listed.contains(&plain) {
            passed.append(name.clone(), value.clone());
        }
    }
    // HEAD tells the length of a body that does not come.
    if let Some(length) = headers.get(header::CONTENT_LENGTH).filter(|_| head) {
        passed.insert(header::CONTENT_LENGTH, length.clone());
    }
    rewrite(&mut passed, course);
    if status == StatusCode::SWITCHING_PROTOCOLS {
        passed.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        if let Some(protocol) = headers.get(header::UPGRADE) {
            passed.insert(header::UPGRADE, protocol.clone());
        }
        return passed;
    }
    for (name, value) in &config.response_headers {
        let value = value.replace("$url", &course.rest);
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value))
            && headers::may_leave(&name, &value)
        {
            passed.insert(name, value);
        }
    }
    passed
}

fn rewrite(headers: &mut HeaderMap, course: &Course) {
    let given = headers.get(header::LOCATION);
    let location = given
        .and_then(|given| given.to_str().ok())
        .and_then(|given| course.location(given))
        .and_then(|location| HeaderValue::from_str(&location).ok());
    if let Some(location) = location {
        headers.insert(header::LOCATION, location);
    }
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn ports_are_left_out() {
        for (authority, expected) in [
            ("a.example", "a.example"),
            ("a.example:8080", "a.example"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(without_port(authority), expected);
        }
    }
}
