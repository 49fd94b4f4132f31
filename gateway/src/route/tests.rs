//! The attack cases 1-13, 24, 35 and 43 as tables: what is one path, what is refused.
use super::*;

fn path(raw: &str, expected: Result<&str, BadPath>) {
    let found = canonical_path(raw);
    assert_eq!(
        found.as_ref().map(Path::as_str),
        expected.as_ref().map(|path| *path),
        "{raw:?}"
    );
}

fn host(raw: &str, expected: Result<&str, BadHost>) {
    let found = canonical_host(raw);
    assert_eq!(
        found.as_ref().map(Host::as_str),
        expected.as_ref().map(|host| *host),
        "{raw:?}"
    );
}

#[test]
fn clear_paths_are_resolved() {
    path("/", Ok("/"));
    path("/a/b", Ok("/a/b"));
    path("/a/b/", Ok("/a/b"));
    path("/public/../admin/secrets", Ok("/admin/secrets"));
    path("/../../etc/passwd", Ok("/etc/passwd"));
    path("//evil/admin", Ok("/evil/admin"));
    path("///a////b", Ok("/a/b"));
    path("/admin/.", Ok("/admin"));
    path("/./admin", Ok("/admin"));
    path("/a/b/..", Ok("/a"));
    path("/...", Ok("/..."));
    path("/api../admin", Ok("/api../admin"));
}

#[test]
fn case_is_kept_and_escapes_are_decoded_once() {
    path("/ADMIN", Ok("/ADMIN"));
    path("/%41dmin", Ok("/Admin"));
    path("/%61dmin", Ok("/admin"));
    path(
        "/public/secret%23/endpoint",
        Ok("/public/secret%23/endpoint"),
    );
    path("/a%20b", Ok("/a%20b"));
    path("/caf%c3%a9", Ok("/caf%C3%A9"));
    path("/café", Ok("/caf%C3%A9"));
    path("/a%3fb", Ok("/a%3Fb"));
    path("/100%25", Ok("/100%25"));
    path("/100%25zz", Ok("/100%25zz"));
    path("/%40me", Ok("/@me"));
    path("/@me", Ok("/@me"));
    path("/a\"b|c", Ok("/a%22b%7Cc"));
}

#[test]
fn parameters_stay_part_of_the_segment() {
    path("/admin;x=1", Ok("/admin;x=1"));
    path("/admin%3bx=1", Ok("/admin;x=1"));
    path("/app/..;/admin", Err(BadPath::Dots));
    path("/app/.;x/admin", Err(BadPath::Dots));
    path("/app/..%3b/admin", Err(BadPath::Dots));
}

#[test]
fn disguises_are_refused() {
    path("/public/%2e%2e/admin", Err(BadPath::Dots));
    path("/public/.%2e/admin", Err(BadPath::Dots));
    path("/public/%2E./admin", Err(BadPath::Dots));
    path("/a/%2e", Err(BadPath::Dots));
    path("/api%2Fadmin", Err(BadPath::Separator));
    path("/api%2fadmin", Err(BadPath::Separator));
    path("/api%5Cadmin", Err(BadPath::Separator));
    path("/api\\admin", Err(BadPath::Separator));
    path("/..\\admin", Err(BadPath::Separator));
    path("/admin/%00", Err(BadPath::Control));
    path("/admin%0a", Err(BadPath::Control));
    path("/admin%0d%0aX: y", Err(BadPath::Control));
    path("/%7f", Err(BadPath::Control));
    path("/%c2%85", Err(BadPath::Control));
    path("/a\tb", Err(BadPath::Control));
    path("/%252e%252e%252fadmin", Err(BadPath::Double));
    path("/a%252fb", Err(BadPath::Double));
    path("/a%2525", Err(BadPath::Double));
    path("/%c0%ae%c0%ae/admin", Err(BadPath::Text));
    path("/%ff", Err(BadPath::Text));
    path("/%", Err(BadPath::Escape));
    path("/%2", Err(BadPath::Escape));
    path("/%zz", Err(BadPath::Escape));
    path("/%+1", Err(BadPath::Escape));
    path("/a?b", Err(BadPath::Delimiter));
    path("/a#b", Err(BadPath::Delimiter));
}

#[test]
fn targets_without_a_slash_are_refused() {
    path("", Err(BadPath::Relative));
    path("*", Err(BadPath::Relative));
    path("admin", Err(BadPath::Relative));
    path("example.com:443", Err(BadPath::Relative));
    path(&format!("/{}", "a".repeat(5000)), Err(BadPath::Long));
}

#[test]
fn the_form_is_stable_and_remembers_the_slash() {
    for raw in ["/a%20b/%23/;x/@/caf%C3%A9/", "/", "/%25"] {
        let once = canonical_path(raw).unwrap();
        let twice = canonical_path(once.as_str()).unwrap();
        assert_eq!(once.as_str(), twice.as_str());
        assert_eq!(once.decoded(), twice.decoded());
    }
    assert!(canonical_path("/a/").unwrap().has_trailing_slash());
    assert!(!canonical_path("/a").unwrap().has_trailing_slash());
    assert!(!canonical_path("/").unwrap().has_trailing_slash());
    assert_eq!(canonical_path("/a%20b").unwrap().decoded(), "/a b");
}

#[test]
fn hosts_have_one_name() {
    host("ADMIN.EXAMPLE.COM", Ok("admin.example.com"));
    host("admin.example.com.", Ok("admin.example.com"));
    host("admin.example.com:443", Ok("admin.example.com"));
    host("admin.example.com.:443", Ok("admin.example.com"));
    host("localhost:8080", Ok("localhost"));
    host("127.0.0.1:8080", Ok("localhost"));
    host("[::1]:8080", Ok("localhost"));
    host("[::ffff:127.0.0.1]", Ok("localhost"));
    host("10.0.0.1", Ok("10.0.0.1"));
    host("[2001:DB8:0::1]", Ok("2001:db8::1"));
    host("my_app.example", Ok("my_app.example"));
    host("example.com:", Ok("example.com"));
    assert_ne!(
        canonical_host("a.example:8443"),
        canonical_host("a.example")
    );
}

#[test]
fn odd_hosts_are_refused() {
    host("", Err(BadHost::Missing));
    for raw in [
        "a..b",
        ".",
        "..",
        ".a",
        "a.b..",
        "a b",
        "a/b",
        "a@b",
        "us@evil",
        "a%41",
        "-a.b",
        "a-.b",
        "a:b",
        "a:0",
        "a:+1",
        "a:99999",
        "a:80:80",
        "::1",
        "[::1",
        "[::1]x",
        "[fe80::1%25eth0]",
        "[gg]",
        "0x7f.1",
        "127.1",
        "1.2.3.4.5",
        "0177.0.0.1",
        "256.1.1.1",
        "a\\b",
        "a,b",
        "caf\u{e9}.example",
        "a\0",
    ] {
        host(raw, Err(BadHost::Malformed));
    }
    host(&"a".repeat(64), Err(BadHost::Malformed));
}

#[test]
fn returns_stay_on_this_gateway() {
    let check =
        |written: &str, expected: &str| assert_eq!(return_target(written), expected, "{written:?}");
    check("/disk", "/disk");
    check("/disk/", "/disk/");
    check("/disk?dir=/srv&x=1", "/disk?dir=/srv&x=1");
    check("/a/../b", "/b");
    for evil in [
        "",
        "//evil",
        "///evil",
        "/\\evil",
        "\\\\evil",
        "https:evil",
        "https://evil",
        "/%09/evil",
        "/\t/evil",
        "javascript:alert(1)",
        "https://us@evil",
        "evil",
        "/%2fevil",
        "/%5cevil",
        "/a\r\nX: y",
        "/a?\r\nX: y",
        "/a?b c",
        "/a#b",
        "/_sallyport/login?next=/a",
        "/_sallyport/logout",
        " /a",
    ] {
        check(evil, "/");
    }
    check(&format!("/{}", "a".repeat(3000)), "/");
}
