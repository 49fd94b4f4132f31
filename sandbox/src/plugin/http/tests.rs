//! `http.in` against servers on this machine: what arrives there, what does not, what is recorded.

use serde_json::json;

use crate::plugin::message::{CallAnswer, HttpAnswer};
use crate::plugin::tests::{
    CANARY, Fixture, Upstream, carrying, failed, permission, refused, response,
};

const INSIDE: &[&str] = &["egress-internal"];
/// The canary as it stands in a URL.
const CANARY_IN_URL: &str = "canary-7f3a%2F%2B%2041";

fn http(answer: CallAnswer) -> HttpAnswer {
    match answer {
        CallAnswer::Http(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn header<'a>(answer: &'a HttpAnswer, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(header, _)| header == name);
    found.map_or("", |(_, value)| value)
}

#[tokio::test]
async fn a_permitted_call_goes_out_and_comes_back() {
    let upstream =
        Upstream::start(|_| response("200 OK", "X-One: a\r\nX-One: b\r\n", "hello")).await;
    let fixture = Fixture::new(
        INSIDE,
        &[permission("http.in", "get", &[&upstream.url("/v1/*")])],
    );
    let keyword = json!({"params": {"q": "a b", "c": "new"}, "headers": {"X-Me": "1"}});
    let answer = http(
        fixture
            .call(
                "http.in",
                "get",
                json!([upstream.url("/v1/a/../x?c=old")]),
                keyword,
            )
            .await,
    );
    assert_eq!((answer.status_code, answer.body.as_str()), (200, "hello"));
    assert_eq!(answer.url, upstream.url("/v1/x?c=new&q=a+b"));
    assert_eq!(header(&answer, "X-One"), "a,b");
    let request = upstream.requests().join("");
    assert!(
        request.starts_with("GET /v1/x?c=new&q=a+b HTTP/1.1"),
        "{request}"
    );
    assert!(request.contains("x-me: 1"), "{request}");
}

#[tokio::test]
async fn what_is_not_permitted_reaches_nobody() {
    let upstream = Upstream::start(|_| response("200 OK", "", "hello")).await;
    let fixture = Fixture::new(
        INSIDE,
        &[permission("http.in", "get", &[&upstream.url("/v1/*")])],
    );
    for path in ["/v2/x", "/v1/../v2/x", "/v1/%2e%2e/v2", "/", "/v1x/"] {
        let message = refused(
            fixture
                .call("http.in", "get", json!([upstream.url(path)]), json!({}))
                .await,
        );
        assert!(
            message.starts_with("app /test is not permitted to call http.in.get http://127.0.0.1"),
            "{message}"
        );
        assert!(message.contains("decision 0"), "{message}");
    }
    refused(
        fixture
            .call("http.in", "post", json!([upstream.url("/v1/x")]), json!({}))
            .await,
    );
    refused(
        fixture
            .call(
                "http.in",
                "get",
                json!([format!(
                    "http://elsewhere.example/?u={}",
                    upstream.url("/v1/")
                )]),
                json!({}),
            )
            .await,
    );
    for url in [
        "ftp://127.0.0.1/v1/x",
        "http://u:p@127.0.0.1/v1/",
        "http://127.0.0.1/v1/%2fx",
        "/v1/x",
    ] {
        failed(
            fixture
                .call("http.in", "get", json!([url]), json!({}))
                .await,
        );
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn internal_addresses_need_the_set() {
    let upstream = Upstream::start(|_| response("200 OK", "", "hello")).await;
    let port = upstream.port;
    let hosts = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "localhost.",
    ];
    let permissions: Vec<_> = hosts
        .iter()
        .map(|host| permission("http.in", "get", &[&format!("http://{host}:{port}/*")]))
        .collect();
    let fixture = Fixture::new(&[], &permissions);
    for host in hosts {
        let url = format!("http://{host}:{port}/x");
        let message = refused(
            fixture
                .call("http.in", "get", json!([url]), json!({}))
                .await,
        );
        assert!(message.contains("internal address"), "{host}: {message}");
    }
    assert!(upstream.requests().is_empty());
    assert!(fixture.records().contains("g.egress-internal"));
}

#[tokio::test]
async fn a_name_is_resolved_and_pinned() {
    let upstream = Upstream::start(|_| response("200 OK", "", "hello")).await;
    let url = format!("http://localhost:{}/x", upstream.port);
    let fixture = Fixture::new(INSIDE, &[permission("http.in", "get", &[&url])]);
    let answer = http(
        fixture
            .call("http.in", "get", json!([url]), json!({}))
            .await,
    );
    assert_eq!(answer.body, "hello");
    assert!(
        upstream
            .requests()
            .join("")
            .contains(&format!("host: localhost:{}", upstream.port))
    );
}

#[tokio::test]
async fn a_secret_arrives_upstream_and_nowhere_else() {
    let upstream =
        Upstream::start(|request| response("200 OK", "X-Echo: canary-7f3a/+ 41\r\n", request))
            .await;
    let url = upstream.url("/v1/{{secret \"key\"}}/x");
    let permissions = [carrying(permission(
        "http.in",
        "post",
        &[&upstream.url("/v1/*")],
    ))];
    let mut fixture = Fixture::new(INSIDE, &permissions);
    let token = fixture.hidden("{{secret \"key\"}}");
    let keyword = json!({
        "headers": {"X-Key": format!("Bearer {token}")},
        "params": {"k": token},
        "json_body": {"a": token, "deep": {"b": token}},
        "auth_basic": ["user", token],
    });
    let url = fixture.hidden(&url);
    let answer = http(fixture.call("http.in", "post", json!([url]), keyword).await);
    let request = upstream.requests().join("");
    assert!(
        request.starts_with(&format!("POST /v1/{CANARY_IN_URL}/x?k={CANARY_IN_URL} ")),
        "{request}"
    );
    assert!(
        request.contains(&format!("x-key: Bearer {CANARY}")),
        "{request}"
    );
    assert!(
        request.contains(&format!("\"a\":\"{CANARY}\"")),
        "{request}"
    );
    assert!(
        request.contains("\"b\":\"{{secret \\\"key\\\"}}\""),
        "{request}"
    );
    assert!(
        request.contains("authorization: Basic dXNlcjpjYW5hcnktN2YzYS8rIDQx"),
        "{request}"
    );
    let shown = format!("{answer:?}");
    let records = fixture.records();
    for text in [&shown, &records] {
        for form in ["canary-7f3a", "Y2FuYXJ5", "jYW5hcnkt", "FuYXJ5LT"] {
            assert!(!text.contains(form), "{form} in {text}");
        }
    }
    assert!(
        !records.contains(&token) && records.contains("map:key"),
        "{records}"
    );
}

#[tokio::test]
async fn a_secret_goes_only_where_the_permission_says() {
    let upstream = Upstream::start(|_| response("200 OK", "", "hello")).await;
    let permissions = [
        carrying(permission("http.in", "get", &[&upstream.url("/v1/*")])),
        permission(
            "http.in",
            "get",
            &[&format!("http://localhost:{}/*", upstream.port)],
        ),
    ];
    let mut fixture = Fixture::new(INSIDE, &permissions);
    let (key, other) = (
        fixture.hidden("{{secret \"key\"}}"),
        fixture.hidden("{{secret \"other\"}}"),
    );
    let elsewhere = format!("http://localhost:{}/", upstream.port);
    for (url, token) in [(upstream.url("/v1/x"), &other), (elsewhere, &key)] {
        let message = refused(
            fixture
                .call(
                    "http.in",
                    "get",
                    json!([url]),
                    json!({"headers": {"K": token}}),
                )
                .await,
        );
        assert!(message.contains("with secret map:"), "{message}");
    }
    let host = format!("http://{key}.example/");
    let error = failed(
        fixture
            .call("http.in", "get", json!([host]), json!({}))
            .await,
    );
    assert!(error.contains("host name"), "{error}");
    let name = json!({"headers": {key: "x"}});
    failed(
        fixture
            .call("http.in", "get", json!([upstream.url("/v1/x")]), name)
            .await,
    );
    assert!(upstream.requests().is_empty());
    assert!(!fixture.records().contains("canary"));
}

#[tokio::test]
async fn every_redirect_is_judged_again() {
    let other = Upstream::start(|_| response("200 OK", "", "other")).await;
    let target = format!("http://localhost:{}", other.port);
    let location = target.clone();
    let upstream = Upstream::start(move |request| match request.split(' ').nth(1).unwrap() {
        "/v1/away" => response("302 Found", &format!("Location: {location}/in\r\n"), ""),
        "/v1/out" => response("302 Found", &format!("Location: {location}/out\r\n"), ""),
        "/v1/loop" => response("302 Found", "Location: /v1/loop\r\n", ""),
        "/v1/keep" => response("307 Temporary", "Location: /v1/end\r\n", ""),
        "/v1/get" => response("303 See Other", "Location: end\r\n", ""),
        _ => response("200 OK", "", "end"),
    })
    .await;
    let permissions = [
        carrying(permission("http.in", "get", &[&upstream.url("/v1/*")])),
        permission("http.in", "post", &[&upstream.url("/v1/*")]),
        permission("http.in", "get", &[&format!("{target}/in")]),
    ];
    let mut fixture = Fixture::new(INSIDE, &permissions);
    let key = fixture.hidden("{{secret \"key\"}}");
    let headers = json!({"headers": {"X-Key": key, "Authorization": "mine", "X-Plain": "p"}, "auth_basic": ["u", "p"]});
    let answer = http(
        fixture
            .call("http.in", "get", json!([upstream.url("/v1/away")]), headers)
            .await,
    );
    assert_eq!(
        (answer.body.as_str(), answer.url),
        ("other", format!("{target}/in"))
    );
    let arrived = other.requests().join("");
    assert!(arrived.contains("x-plain: p"), "{arrived}");
    assert!(
        !arrived.contains("x-key") && !arrived.contains("authorization"),
        "{arrived}"
    );
    refused(
        fixture
            .call(
                "http.in",
                "get",
                json!([upstream.url("/v1/out")]),
                json!({}),
            )
            .await,
    );
    assert_eq!(other.requests().len(), 1);
    let error = failed(
        fixture
            .call(
                "http.in",
                "get",
                json!([upstream.url("/v1/loop")]),
                json!({}),
            )
            .await,
    );
    assert!(error.contains("10 redirects"), "{error}");
    let body = json!({"body": "text"});
    http(
        fixture
            .call(
                "http.in",
                "post",
                json!([upstream.url("/v1/keep")]),
                body.clone(),
            )
            .await,
    );
    http(
        fixture
            .call("http.in", "post", json!([upstream.url("/v1/get")]), body)
            .await,
    );
    let requests = upstream.requests();
    let last = |start: &str| {
        requests
            .iter()
            .filter(|request| request.starts_with(start))
            .count()
    };
    assert_eq!((last("POST /v1/end"), last("GET /v1/end")), (1, 1));
}

#[tokio::test]
async fn a_redirect_that_repeats_a_secret_keeps_it_hidden() {
    let upstream = Upstream::start(|request| match request.contains("/end") {
        true => response("200 OK", "", "end"),
        false => response(
            "302 Found",
            &format!("Location: /v1/end?k={CANARY_IN_URL}\r\n"),
            "",
        ),
    })
    .await;
    let mut fixture = Fixture::new(
        INSIDE,
        &[carrying(permission(
            "http.in",
            "get",
            &[&upstream.url("/v1/*")],
        ))],
    );
    let url = fixture.hidden(&upstream.url("/v1/x?k={{secret \"key\"}}"));
    let answer = http(
        fixture
            .call("http.in", "get", json!([url]), json!({}))
            .await,
    );
    assert_eq!(answer.url, upstream.url("/v1/end?k={{secret \"key\"}}"));
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| request.contains(CANARY_IN_URL))
    );
    assert!(!fixture.records().contains("canary"));
}

#[tokio::test]
async fn bounds_and_failures_are_told() {
    let upstream = Upstream::start(|request| match request.split(' ').nth(1).unwrap() {
        "/long" => response("200 OK", "", &"x".repeat(200_000)),
        _ => response("404 Not Found", "", "gone"),
    })
    .await;
    let fixture = Fixture::new(
        INSIDE,
        &[permission("http.in", "get", &[&upstream.url("/*")])],
    );
    let error = failed(
        fixture
            .call("http.in", "get", json!([upstream.url("/long")]), json!({}))
            .await,
    );
    assert!(error.contains("longer than 100000 bytes"), "{error}");
    let error = failed(
        fixture
            .call("http.in", "get", json!([upstream.url("/x")]), json!({}))
            .await,
    );
    assert_eq!(
        error,
        "http request failed with status code 404: 404 Not Found"
    );
    let answer = http(
        fixture
            .call(
                "http.in",
                "get",
                json!([upstream.url("/x")]),
                json!({"error_on_fail": false}),
            )
            .await,
    );
    assert_eq!(answer.body, "gone");
    for (keyword, expected) in [
        (json!({"timeout": 0}), "timeout must be a positive"),
        (json!({"headers": {"Host": "evil"}}), "set by the gateway"),
        (
            json!({"params": {"k": 1}}),
            "expected param value for key 'k' to be a string. got: 'int64'",
        ),
        (json!({"auth_basic": ["u"]}), "expected two values"),
        (
            json!({"form_body": {"a": "b"}, "form_encoding": "x"}),
            "unknown form encoding: x",
        ),
    ] {
        let error = failed(
            fixture
                .call("http.in", "get", json!([upstream.url("/x")]), keyword)
                .await,
        );
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn without_a_valid_certificate_nothing_is_sent() {
    let upstream = Upstream::start(|_| response("200 OK", "", "hello")).await;
    let url = upstream.url("/x").replace("http:", "https:");
    let mut fixture = Fixture::new(INSIDE, &[carrying(permission("http.in", "get", &[&url]))]);
    let headers = json!({"headers": {"K": fixture.hidden("{{secret \"key\"}}")}, "timeout": 5});
    failed(fixture.call("http.in", "get", json!([url]), headers).await);
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| !request.contains("canary"))
    );
    assert!(fixture.records().contains("failure"));
}

#[tokio::test]
async fn bodies_take_their_form() {
    let upstream = Upstream::start(|_| response("200 OK", "", "")).await;
    let fixture = Fixture::new(
        INSIDE,
        &[permission("http.in", "post", &[&upstream.url("/*")])],
    );
    for (keyword, kind, body) in [
        (json!({"body": "plain"}), "", "plain"),
        (
            json!({"json_body": [1, "a"]}),
            "application/json",
            "[1,\"a\"]",
        ),
        (
            json!({"form_body": {"a": "b c"}}),
            "application/x-www-form-urlencoded",
            "a=b+c",
        ),
        (
            json!({"form_body": {"a": "b"}, "form_encoding": "multipart/form-data"}),
            "multipart/form-data; boundary=",
            "name=\"a\"\r\n\r\nb\r\n--",
        ),
    ] {
        http(
            fixture
                .call("http.in", "post", json!([upstream.url("/x")]), keyword)
                .await,
        );
        let request = upstream.requests().pop().unwrap();
        let (head, sent) = request.split_once("\r\n\r\n").unwrap();
        assert!(sent.contains(body), "{request}");
        assert!(
            kind.is_empty() || head.contains(&format!("content-type: {kind}")),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_signature_is_made_with_the_value_of_its_key() {
    let upstream = Upstream::start(|_| response("200 OK", "", "ok")).await;
    let allowed = permission("http.in", "get", &[&upstream.url("/*")]);
    let mut fixture = Fixture::new(INSIDE, &[carrying(allowed)]);
    let token = fixture.hidden(r#"{{secret "key"}}"#);
    let signature = json!({"type": "SL", "user": "ann", "api_key": token});
    let keyword = json!({"auth_signature": signature});
    let url = json!([upstream.url("/x?y=1")]);
    http(fixture.call("http.in", "get", url.clone(), keyword).await);
    let request = upstream.requests().join("");
    let line = |name: &str| {
        let mut lines = request.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).unwrap().1.to_owned()
    };
    let place = upstream.url("/x?y=1").replace("http://", "");
    let signed = format!("{place};{};{CANARY}", line("date"));
    let expected = {
        use base64::Engine as _;
        use sha2::Digest as _;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(signed))
    };
    let authorization = line("authorization");
    assert_eq!(
        authorization,
        format!("SLSignature keyId=ann, headers=date, {expected}")
    );
    let check = async |signature: serde_json::Value, expected: &str| {
        let keyword = json!({"auth_signature": signature});
        let error = failed(fixture.call("http.in", "get", url.clone(), keyword).await);
        assert_eq!(error, expected);
    };
    check(json!({"user": "ann"}), "key type not found").await;
    check(json!({"type": 1}), "key type is not a string").await;
    check(json!({"type": "X"}), "unknown auth type: X").await;
    check(
        json!({"type": "SL", "user": "ann"}),
        "key api_key not found",
    )
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_text_arrives_whole() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\x89PN\xff";
        stream.write_all(answer).await.unwrap();
    });
    let fixture = Fixture::new(INSIDE, &[permission("http.in", "get", &[&url])]);
    let answer = http(
        fixture
            .call("http.in", "get", json!([url]), json!({}))
            .await,
    );
    assert_eq!(
        (answer.body.as_str(), answer.binary.as_deref()),
        ("", Some("iVBO/w=="))
    );
}
