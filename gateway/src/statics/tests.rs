//! Names, hashes, folders and ranges of static files.
use http::{HeaderMap, StatusCode, header};

use super::*;
use crate::respond::Reply;

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn source() -> Source {
    let names = [
        "static/css/a.css",
        "static/b",
        "static/a.min.js",
        "static_root/robots.txt",
        "app.star",
        "index.html",
    ];
    Source {
        files: names
            .iter()
            .map(|name| ((*name).to_owned(), Bytes::from_static(b"test")))
            .collect(),
    }
}

fn file(name: &str, hash: Option<&str>) -> Found {
    Found::File {
        name: name.into(),
        hash: hash.map(str::to_owned),
    }
}

#[test]
fn static_names_are_found() {
    let check = |rest: &str, expected: Found| assert_eq!(find(&source(), rest), expected, "{rest}");
    check("/static/css/a.css", file("static/css/a.css", None));
    check(
        &format!("/static/css/a-{HASH}.css"),
        file("static/css/a.css", Some(HASH)),
    );
    check(
        &format!("/static/a-{HASH}.min.js"),
        file("static/a.min.js", Some(HASH)),
    );
    check(&format!("/static/b-{HASH}"), file("static/b", Some(HASH)));
    check(&format!("/static/css/x-{HASH}.css"), Found::Missing);
    check("/static/css/a-123.css", Found::Missing);
    check("/static", Found::Folder);
    check("/static/", Found::Folder);
    check("/static/css", Found::Folder);
    check("/static/cs", Found::Missing);
    check("/static/../app.star", Found::Missing);
}

#[test]
fn root_files_have_exact_paths() {
    assert_eq!(
        find_root(&source(), "/robots.txt"),
        Some(file("static_root/robots.txt", None))
    );
    assert_eq!(find_root(&source(), "/"), None);
    assert_eq!(find_root(&source(), ""), None);
    assert_eq!(find_root(&source(), "/../app.star"), None);
}

#[test]
fn static_apps_hide_their_source() {
    let check = |rest: &str, expected: Found| {
        assert_eq!(
            find_only(&source(), &Inspection::default(), rest),
            expected,
            "{rest}"
        );
    };
    check("/", file("index.html", None));
    check("/index.html", file("index.html", None));
    check("/app.star", Found::Missing);
    check("/static", Found::Folder);
    check("/nothing", Found::Missing);
}

fn ask(headers: &[(header::HeaderName, &str)]) -> Reply {
    let asked: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect();
    answer(
        "a.css",
        &Bytes::from_static(b"0123456789"),
        HASH,
        false,
        &asked,
    )
}

#[test]
fn one_range_is_honoured() {
    let check = |range: &str, status: u16, content_range: Option<&str>| {
        let reply = ask(&[(header::RANGE, range)]);
        let found = reply
            .headers()
            .get(header::CONTENT_RANGE)
            .map(|value| value.to_str().unwrap());
        assert_eq!(
            (reply.status().as_u16(), found),
            (status, content_range),
            "{range}"
        );
    };
    check("bytes=0-3", 206, Some("bytes 0-3/10"));
    check("bytes=5-", 206, Some("bytes 5-9/10"));
    check("bytes=-3", 206, Some("bytes 7-9/10"));
    check("bytes=-30", 206, Some("bytes 0-9/10"));
    check("bytes=8-99", 206, Some("bytes 8-9/10"));
    check("bytes=10-", 416, Some("bytes */10"));
    check("bytes=99999999999999999999-", 416, Some("bytes */10"));
    check("bytes=-0", 416, Some("bytes */10"));
    check("bytes=3-1", 200, None);
    check("bytes=0-1,4-5", 200, None);
    check("bytes=+1-2", 200, None);
    check("items=0-1", 200, None);
    assert_eq!(
        ask(&[
            (header::RANGE, "bytes=0-3"),
            (header::IF_RANGE, "\"other\"")
        ])
        .status(),
        StatusCode::OK
    );
}

#[test]
fn an_empty_file_has_no_ranges() {
    let asked = HeaderMap::from_iter([(header::RANGE, "bytes=0-0".parse().unwrap())]);
    assert_eq!(
        answer("a", &Bytes::new(), HASH, false, &asked).status(),
        StatusCode::RANGE_NOT_SATISFIABLE
    );
    assert_eq!(
        answer("a", &Bytes::new(), HASH, false, &HeaderMap::new()).status(),
        StatusCode::OK
    );
}

#[test]
fn validators_and_types() {
    let tag = format!("\"{HASH}\"");
    for value in [&*tag, &format!("W/{tag}"), "*", &format!("\"x\", {tag}")] {
        assert_eq!(
            ask(&[(header::IF_NONE_MATCH, value)]).status(),
            StatusCode::NOT_MODIFIED
        );
    }
    let reply = ask(&[(header::IF_NONE_MATCH, "\"x\"")]);
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(
        reply.headers().get(header::CONTENT_TYPE).unwrap(),
        "text/css; charset=utf-8"
    );
    assert!(!reply.headers().contains_key(header::CACHE_CONTROL));
    let named = answer(
        "x.png",
        &Bytes::from_static(&[0xff]),
        HASH,
        true,
        &HeaderMap::new(),
    );
    assert!(
        named
            .headers()
            .get(header::CACHE_CONTROL)
            .unwrap()
            .to_str()
            .unwrap()
            .contains("max-age=31536000")
    );
    assert_eq!(
        named.headers().get(header::CONTENT_TYPE).unwrap(),
        "image/png"
    );
}
