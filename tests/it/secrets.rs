//! A secret reaches the one call it was approved for, and no other place at all.

use std::path::Path;

use crate::harness::Server;
use crate::upstream::Upstream;

const CANARY: &str = "canary-7f3a9b1c5d2e8f60";
const OTHER: &str = "canary-of-somebody-else-44";

const APP: &str = r#"
load("http.in", "http")

KEY = '{{secret_from "file" "weather_key"}}'

def good(req):
    ret = http.get(param.upstream + "/v1/echo", headers={"X-Key": KEY}, params={"k": "pre-" + KEY})
    return {"body": ret.value.body(), "key": KEY, "upper": KEY.upper()}

def failing(req):
    return http.get(param.upstream + "/v1/fail?key=" + KEY).value.json()

def elsewhere(req):
    return http.get(param.elsewhere + "/v1/echo", headers={"X-Key": KEY}).value.body()

def unlisted(req):
    return http.get(param.upstream + "/v1/echo", headers={"X-Key": '{{secret_from "file" "other_key"}}'}).value.body()

def request_data(req):
    return http.get(param.upstream + "/v1/echo", headers={"X-Text": req.Query["q"][0]}).value.body()

def crash(req):
    fail("crashed with " + KEY)

app = ace.app("Secrets",
    routes=[ace.api("/good", handler=good), ace.api("/failing", handler=failing), ace.api("/elsewhere", handler=elsewhere),
            ace.api("/unlisted", handler=unlisted), ace.api("/request_data", handler=request_data), ace.api("/crash", handler=crash)],
    permissions=[
        ace.permission("http.in", "get", [param.upstream + "/v1/*"], secrets=[["weather_key"]]),
        ace.permission("http.in", "get", [param.elsewhere + "/v1/*"]),
    ])
"#;

const PARAMS: &str = "param(\"upstream\")\nparam(\"elsewhere\")\n";

/// A server with the app, its upstream, and two secrets of which one was approved for it.
struct Stage {
    server: Server,
    upstream: Upstream,
}

impl Stage {
    fn set() -> Stage {
        let server = Server::start();
        let upstream = Upstream::start(|head| {
            let status = if head.contains("/fail") {
                "500 Broken"
            } else {
                "200 OK"
            };
            (
                status.into(),
                format!("X-Echo: {CANARY}\r\n"),
                head.to_owned(),
            )
        });
        give(&server, "weather_key", CANARY);
        give(&server, "other_key", OTHER);
        let source = server.source("/secrets", &[("app.star", APP), ("params.star", PARAMS)]);
        let here = format!("upstream={}", upstream.url());
        let elsewhere = format!(
            "elsewhere={}",
            upstream.url().replace("127.0.0.1", "localhost")
        );
        let source = source.to_str().unwrap();
        let params = ["--param", &here, "--param", &elsewhere];
        server
            .cli(
                &[
                    &["app", "create", source, "/secrets", "--approve"],
                    &params[..],
                ]
                .concat(),
            )
            .ok();
        server
            .cli(&["set", "add", "egress-internal", "/secrets"])
            .ok();
        Stage { server, upstream }
    }
}

#[test]
fn secret_arrives_and_the_app_sees_the_reference() {
    let Stage { server, upstream } = Stage::set();
    let good = server.get("/secrets/good");
    assert_eq!(good.status, 200, "{good:?}");
    let head = upstream.seen().pop().unwrap();
    assert!(
        head.to_lowercase().contains(&format!("x-key: {CANARY}")),
        "it arrived: {head}"
    );
    assert!(head.contains(&format!("k=pre-{CANARY}")), "{head}");
    assert!(
        good.json()["key"].as_str().unwrap().contains("secret"),
        "the app shows the reference: {good:?}"
    );
    let resolve = server.last("secret.resolve");
    assert_eq!(
        (&resolve["decision"], &resolve["resource"]["id"]),
        (&"allow".into(), &"file:weather_key".into())
    );
}

#[test]
fn secret_goes_nowhere_else() {
    let Stage { server, upstream } = Stage::set();
    for route in ["elsewhere", "unlisted"] {
        assert_eq!(
            server.get(&format!("/secrets/{route}")).status,
            500,
            "{route}"
        );
        assert_eq!(server.last("secret.resolve")["decision"], "deny", "{route}");
        assert!(upstream.seen().is_empty(), "{route}: nothing was sent");
    }
}

#[test]
fn text_of_a_request_is_never_a_reference() {
    let Stage { server, upstream } = Stage::set();
    let asked = "%7B%7Bsecret_from%20%22file%22%20%22weather_key%22%7D%7D";
    assert_eq!(
        server
            .get(&format!("/secrets/request_data?q={asked}"))
            .status,
        200
    );
    assert!(
        upstream
            .seen()
            .pop()
            .unwrap()
            .contains(r#"{{secret_from "file" "weather_key"}}"#),
        "text stays text"
    );
    assert!(
        server.decisions("secret.resolve").is_empty(),
        "and nothing was resolved"
    );
}

#[test]
fn value_is_in_no_answer_record_log_or_file() {
    let Stage { server, .. } = Stage::set();
    for route in ["good", "failing", "crash", "elsewhere", "unlisted"] {
        let reply = server.get(&format!("/secrets/{route}"));
        assert!(
            !format!("{reply:?}").to_lowercase().contains(CANARY),
            "{reply:?}"
        );
    }
    let listed = server
        .cli(&["audit", "list", "--limit", "1000", "-o", "json"])
        .ok();
    assert!(!listed.stdout.contains(CANARY));
    server.cli(&["server", "stop"]).ok();
    scan(server.home(), &server.home().join("secrets"));
}

/// Puts a value where the `file` provider reads it.
fn give(server: &Server, name: &str, value: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = server.home().join("secrets");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), value).unwrap();
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Reads every file below `folder` but `except`, raw bytes, for either canary.
fn scan(folder: &Path, except: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path == except {
            continue;
        }
        if path.is_dir() {
            scan(&path, except);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for canary in [CANARY, OTHER] {
                let found = bytes
                    .windows(canary.len())
                    .any(|window| window.eq_ignore_ascii_case(canary.as_bytes()));
                assert!(!found, "{canary} is in {}", path.display());
            }
        }
    }
}
