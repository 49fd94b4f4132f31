//! Requests that name their host twice or not at all, and what detail a rejection keeps.
use http::Version;

use super::*;

fn intake(method: &str, target: &str, hosts: &[&str]) -> Intake {
    let mut request = Request::new(Body::default());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = target.parse().unwrap();
    *request.version_mut() = Version::HTTP_11;
    for host in hosts {
        request
            .headers_mut()
            .append(header::HOST, host.parse().unwrap());
    }
    let peer = Peer {
        address: "[::ffff:10.0.0.1]:5000".parse().unwrap(),
        tls: false,
        handshake: None,
    };
    Intake::new(request, peer, Timestamp::UNIX_EPOCH)
}

fn read(method: &str, target: &str, hosts: &[&str]) -> Result<String, Unreadable> {
    let mut intake = intake(method, target, hosts);
    intake
        .read()
        .map(|()| format!("{} {}", intake.host.as_str(), intake.path.as_str()))
}

#[test]
fn one_host_and_one_path() {
    let check = |target: &str, hosts: &[&str], expected: &str| {
        assert_eq!(
            read("GET", target, hosts).as_deref(),
            Ok(expected),
            "{target} {hosts:?}"
        );
    };
    check("/a", &["A.example:443"], "a.example /a");
    check("//evil/admin", &["a.example"], "a.example /evil/admin");
    check("http://a.example/x", &["a.example"], "a.example /x");
    check("http://a.example/x", &[], "a.example /x");
    check("http://localhost:80/x", &["127.0.0.1:80"], "localhost /x");
    check("/a?x=/public/", &["a.example"], "a.example /a");
}

#[test]
fn several_hosts_or_none_are_refused() {
    let check = |target: &str, hosts: &[&str], expected: BadHost| {
        assert_eq!(
            read("GET", target, hosts),
            Err(Unreadable::Host(expected)),
            "{target} {hosts:?}"
        );
    };
    check("/a", &[], BadHost::Missing);
    check("/a", &[""], BadHost::Missing);
    check("/a", &["a.example", "b.example"], BadHost::Ambiguous);
    check("/a", &["a.example", "a.example"], BadHost::Ambiguous);
    check("http://other/", &["a.example"], BadHost::Ambiguous);
    check("http://a.example:1/", &["a.example:2"], BadHost::Ambiguous);
    check("/a", &["a.example/x"], BadHost::Malformed);
    check("http://us@evil/", &["evil"], BadHost::Malformed);
}

#[test]
fn methods_nobody_knows_are_refused() {
    for method in ["CONNECT", "TRACE", "PROPFIND", "get", "X"] {
        assert_eq!(read(method, "/a", &["a"]), Err(Unreadable::Method));
    }
    assert_eq!(
        read("GET", "/%2e%2e/a", &["a"]),
        Err(Unreadable::Path(BadPath::Dots))
    );
    assert_eq!(
        read("OPTIONS", "*", &["a"]),
        Err(Unreadable::Path(BadPath::Relative))
    );
}

#[test]
fn two_framings_are_refused() {
    let mut intake = intake("POST", "/a", &["a"]);
    intake
        .parts
        .headers
        .insert(header::CONTENT_LENGTH, 6.into());
    assert_eq!(intake.read(), Ok(()));
    intake
        .parts
        .headers
        .insert(header::TRANSFER_ENCODING, "chunked".parse().unwrap());
    assert_eq!(intake.read(), Err(Unreadable::Framing));
}

#[test]
fn only_chunked_and_only_once() {
    let read = |codings: &[&str]| {
        let mut intake = intake("POST", "/a", &["a"]);
        for coding in codings {
            intake
                .parts
                .headers
                .append(header::TRANSFER_ENCODING, coding.parse().unwrap());
        }
        intake.read()
    };
    assert_eq!(read(&["Chunked"]), Ok(()));
    for codings in [
        &["gzip, chunked"][..],
        &["chunked, chunked"],
        &["identity", "chunked"],
        &["chunked", "chunked"],
        &["xchunked"],
        &[""],
    ] {
        assert_eq!(read(codings), Err(Unreadable::Framing), "{codings:?}");
    }
}

#[test]
fn addresses_have_one_form_and_detail_has_no_query() {
    let intake = intake("GET", "/a?token=hunter2", &["a"]);
    assert_eq!(intake.moment.net.ip.to_string(), "10.0.0.1");
    assert!(
        !intake
            .detail(json!({ "user": "x" }))
            .to_string()
            .contains("hunter2")
    );
}
