//! Addresses: which are good, and what they exclude. Lookup is tested through the front door too.

use super::Address;

fn check(text: &str, expected: &str) {
    let got = text
        .parse::<Address>()
        .map_or_else(|error| error.to_string(), |address| address.to_string());
    assert_eq!(got, expected, "{text}");
}

#[test]
fn good_addresses_are_canonical() {
    check("/", "/");
    check("/a", "/a");
    check("/a/b-c_d.e~f", "/a/b-c_d.e~f");
    check("Shop.Example.com:/a", "shop.example.com:/a");
    check("localhost:/a", "/a");
    check("127.0.0.1:/a", "/a");
    check("shop.example.com:/", "shop.example.com:/");
}

#[test]
fn bad_addresses_say_why() {
    check(
        "a",
        "path `a` does not start with `/`; write `/name` or `host:/name`",
    );
    check(
        "",
        "path `` does not start with `/`; write `/name` or `host:/name`",
    );
    check("/a/", "path `/a/` ends with `/`; leave it out");
    check(
        "/a/../b",
        "path `/a/../b` has an empty segment, `.` or `..`; use plain names",
    );
    check(
        "//a",
        "path `//a` has an empty segment, `.` or `..`; use plain names",
    );
    check(
        "/a/.",
        "path `/a/.` has an empty segment, `.` or `..`; use plain names",
    );
    check(
        "/a%2fb",
        "path `/a%2fb` has characters other than letters, digits and `-_.~`; use plain names",
    );
    check(
        "/a?b",
        "path `/a?b` has characters other than letters, digits and `-_.~`; use plain names",
    );
    check(
        "/_sallyport",
        "path `/_sallyport` belongs to the gateway; choose another one",
    );
    check(
        "/a/_openrun_app/x",
        "path `/a/_openrun_app/x` belongs to the gateway; choose another one",
    );
    check(
        "ex ample:/a",
        "host `ex ample` is not a lower case host name without port",
    );
    check(
        "example.com:80:/a",
        "path `80:/a` does not start with `/`; write `/name` or `host:/name`",
    );
    check(
        "-bad.example:/a",
        "host `-bad.example` is not a lower case host name without port",
    );
    check(
        "/a:/b",
        "path `/a:/b` has characters other than letters, digits and `-_.~`; use plain names",
    );
}

#[test]
fn nesting() {
    let nests = |a: &str, b: &str| a.parse::<Address>().unwrap().nests(&b.parse().unwrap());
    assert!(nests("/a", "/a/b"));
    assert!(nests("/a/b", "/a"));
    assert!(nests("/", "/a"));
    assert!(!nests("/a", "/ab"));
    assert!(!nests("/a", "/a"));
    assert!(!nests("x.example:/a", "/a/b"));
}

#[test]
fn spaces() {
    let space = |text: &str| text.parse::<Address>().unwrap().space().to_owned();
    assert_eq!(space("/a"), "/");
    assert_eq!(space("/"), "/");
    assert_eq!(space("/team/a"), "/team");
}
