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
    let single = Inspection {
        single_file: true,
        ..Inspection::default()
    };
    let check = |rest: &str, expected: Found| {
        assert_eq!(find_only(&source(), &single, rest), expected, "{rest}");
    };
    check("/", file("index.html", None));
    check("/index.html", Found::Missing);
    check("/static/b", Found::Missing);
}

fn sent(name: &str, content: &'static [u8], named: bool, asked: &HeaderMap) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let content = Bytes::from_static(content);
    let file = super::File {
        name,
        content: &content,
        hash: HASH,
        named,
        cache: None,
    };
    let coding = crate::respond::accepted(asked);
    runtime.block_on(answer(&file, asked, coding, &Variants::default()))
}

fn ask(headers: &[(header::HeaderName, &str)]) -> Reply {
    let asked: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect();
    sent("a.css", b"0123456789", false, &asked)
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
    check("bytes=0-1,4-5", 206, None);
    check("bytes=0-1,90-", 206, Some("bytes 0-1/10"));
    check("bytes=90-,91-", 416, Some("bytes */10"));
    check("bytes=0-4,5-9", 200, None);
    check("bytes=0-1,x", 200, None);
    check(&format!("bytes={}", vec!["0-0"; 17].join(",")), 200, None);
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
fn several_ranges_come_in_one_answer() {
    let reply = ask(&[(header::RANGE, "bytes=0-1, -2")]);
    let kind = reply.headers()[header::CONTENT_TYPE].to_str().unwrap();
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap()
        .to_owned();
    let body = String::from_utf8(reply.body().as_whole().unwrap().to_vec()).unwrap();
    let part = |range: &str, text: &str| {
        format!(
            "\r\n--{boundary}\r\nContent-Type: text/css; charset=utf-8\r\nContent-Range: bytes {range}/10\r\n\r\n{text}"
        )
    };
    let expected = part("0-1", "01") + &part("8-9", "89") + &format!("\r\n--{boundary}--\r\n");
    assert_eq!(body, expected);
}

#[test]
fn an_empty_file_has_no_ranges() {
    let asked = HeaderMap::from_iter([(header::RANGE, "bytes=0-0".parse().unwrap())]);
    assert_eq!(
        sent("a", b"", false, &asked).status(),
        StatusCode::RANGE_NOT_SATISFIABLE
    );
    assert_eq!(
        sent("a", b"", false, &HeaderMap::new()).status(),
        StatusCode::OK
    );
}

#[test]
fn files_shrink_for_clients_that_take_it() {
    const LONG: &[u8] = &[b'a'; 5000];
    let with =
        |value: &str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]);
    for (asked, coding) in [("gzip, br", "br"), ("gzip", "gzip")] {
        let reply = sent("a.css", LONG, true, &with(asked));
        let headers = reply.headers();
        assert_eq!(headers[header::CONTENT_ENCODING], coding);
        assert_eq!(headers[header::VARY], "accept-encoding");
        assert_eq!(headers[header::ETAG], format!("\"{HASH}-{coding}\""));
        assert!(reply.body().as_whole().unwrap().len() < 200);
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, headers[header::ETAG].clone())]);
        assert_eq!(
            sent("a.css", LONG, true, &again).status(),
            StatusCode::NOT_MODIFIED
        );
    }
    let mut ranged = with("br");
    ranged.insert(header::RANGE, "bytes=0-3".parse().unwrap());
    for (name, asked) in [
        ("a.css", with("identity")),
        ("a.png", with("br")),
        ("a.css", ranged),
    ] {
        let reply = sent(name, LONG, false, &asked);
        assert!(!reply.headers().contains_key(header::CONTENT_ENCODING));
    }
}

#[test]
fn types_come_from_the_name_and_then_from_the_content() {
    let check = |name: &str, content: &'static [u8], expected: &str| {
        let reply = sent(name, content, false, &HeaderMap::new());
        assert_eq!(reply.headers()[header::CONTENT_TYPE], expected, "{name}");
    };
    check("a.css", b"\x89PNG\r\n\x1a\n", "text/css; charset=utf-8");
    check("a.mjs", b"", "application/javascript; charset=utf-8");
    check("a.json", b"", "application/json");
    check("a", b"\x89PNG\r\n\x1a\n", "image/png");
    check("a", b" <!DOCTYPE html>", "text/html; charset=utf-8");
    check("a", b"plain", "text/plain; charset=utf-8");
    check("a", b"\xff\xfe\x00", "application/octet-stream");
}

#[test]
fn conditions_that_fail_send_nothing() {
    let tag = format!("\"{HASH}\"");
    assert_eq!(ask(&[(header::IF_MATCH, &tag)]).status(), StatusCode::OK);
    let failed = ask(&[(header::IF_MATCH, "\"x\"")]);
    assert_eq!(failed.status(), StatusCode::PRECONDITION_FAILED);
    let dated = [(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT")];
    assert_eq!(ask(&dated).status(), StatusCode::OK);
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
    let named = sent("x.png", &[0xff], true, &HeaderMap::new());
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
