//! Approve once; a later version keeps working inside the old boundary and nothing beyond it.

use crate::harness::Server;
use crate::upstream::Upstream;

const FIRST: &str = r#"
load("fs.in", "fs")

def handler(req):
    return {"entries": len(fs.list("/usr/share/common-licenses").value)}

app = ace.app("Growing", routes=[ace.api("/")],
    permissions=[ace.permission("fs.in", "list", ["/usr/share/common-licenses/*"])])
"#;

const SECOND: &str = r#"
load("fs.in", "fs")
load("exec.in", "exec")

def handler(req):
    return {"entries": len(fs.list("/usr/share/common-licenses").value), "version": 2}

def more(req):
    return {"lines": exec.run("echo", ["hello"]).value}

app = ace.app("Growing", routes=[ace.api("/"), ace.api("/more", handler=more)],
    permissions=[ace.permission("fs.in", "list", ["/usr/share/common-licenses/*"]),
                 ace.permission("exec.in", "run", ["echo", "hello"])])
"#;

#[test]
fn update_stays_inside_until_approved() {
    let server = Server::start();
    let source = server.approved("/growing", &[("app.star", FIRST)]);
    server.cli(&["set", "add", "exec-allowed", "/growing"]).ok();
    assert_eq!(server.get("/growing").status, 200);

    std::fs::write(source.join("app.star"), SECOND).unwrap();
    let dry = server
        .cli(&["app", "reload", "/growing", "--dry-run", "-o", "json"])
        .ok();
    assert!(dry.stdout.contains("exec.in"), "{dry:?}");
    assert!(
        server.get("/growing").json()["version"].is_null(),
        "a dry run changes nothing"
    );

    let reload = server
        .cli(&["app", "reload", "/growing", "-o", "json"])
        .ok();
    let told: serde_json::Value = serde_json::from_str(&reload.stdout).unwrap();
    let permissions = told["permissions"].as_array().unwrap();
    let new: Vec<_> = permissions
        .iter()
        .filter(|permission| permission["state"] == "new")
        .collect();
    assert_eq!((permissions.len(), new.len()), (2, 1), "{told}");
    assert!(
        new[0]["declared"].as_str().unwrap().contains("exec.in"),
        "{told}"
    );
    assert!(!new[0]["risk"].as_str().unwrap().is_empty(), "{told}");

    assert_eq!(
        server.get("/growing").json()["version"],
        2,
        "the new version runs"
    );
    let reply = server.get("/growing/more");
    assert_eq!(reply.status, 500);
    let record = server.last("exec.in.run");
    assert_eq!(
        (&record["decision"], &record["principal"]["type"]),
        (&"deny".into(), &"AppInstance".into())
    );
    assert!(
        reply.body.contains("not permitted") && reply.body.contains(record["id"].as_str().unwrap()),
        "{reply:?}"
    );
    assert_eq!(
        record["parent"],
        server.last("app.access")["id"],
        "the call names the request it came from"
    );
    assert!(
        record["on_behalf_of"]["id"]
            .as_str()
            .unwrap()
            .starts_with("local:"),
        "{record}"
    );

    server.cli(&["app", "approve", "/growing"]).ok();
    let reply = server.get("/growing/more");
    assert_eq!(
        (reply.status, &reply.json()["lines"][0]),
        (200, &"hello".into()),
        "{reply:?}"
    );
    assert_eq!(server.last("exec.in.run")["decision"], "allow");
    assert!(
        server
            .records()
            .iter()
            .any(|record| record["kind"] == "change.approved")
    );
}

#[test]
fn broken_update_leaves_the_old_version_running() {
    let server = Server::start();
    let source = server.approved("/growing", &[("app.star", FIRST)]);
    std::fs::write(source.join("app.star"), "def handler(req)\n    return 1\n").unwrap();
    let ran = server.cli(&["app", "reload", "/growing"]);
    assert_ne!(ran.code, 0);
    assert!(
        ran.stderr.contains("app.star:1"),
        "the error points at the line: {}",
        ran.stderr
    );
    assert_eq!(server.get("/growing").status, 200);
}

#[test]
fn approval_survives_a_restart() {
    let mut server = Server::start();
    server.approved("/growing", &[("app.star", FIRST)]);
    server.restart();
    assert_eq!(server.get("/growing").status, 200);
    assert_eq!(server.last("fs.in.list")["decision"], "allow");
}

#[test]
fn declaring_a_write_as_a_read_is_rejected() {
    let server = Server::start();
    let source = server.source(
        "/liar",
        &[("app.star", "app = ace.app(\"Liar\", permissions=[ace.permission(\"http.in\", \"post\", [\"https://a.example/*\"], type=ace.READ)])\n")],
    );
    let ran = server.cli(&["app", "create", source.to_str().unwrap(), "/liar"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("READ") || ran.stderr.contains("read"),
        "{}",
        ran.stderr
    );
    assert_eq!(server.get("/liar").status, 404);
}

#[test]
fn operator_is_shown_what_an_app_asks_for() {
    let server = Server::start();
    let source = server.source("/growing", &[("app.star", SECOND)]);
    let dry = server
        .cli(&[
            "app",
            "create",
            source.to_str().unwrap(),
            "/growing",
            "--dry-run",
        ])
        .ok();
    for expected in ["fs.in", "exec.in", "app.star:"] {
        assert!(dry.stdout.contains(expected), "{expected}: {}", dry.stdout);
    }
    assert_eq!(
        server.get("/growing").status,
        404,
        "a dry run installs nothing"
    );
    assert_eq!(server.cli(&["app", "create", "/nonexistent", "/x"]).code, 1);
    assert!(server.cli(&["app", "show", "/nowhere"]).code != 0);
    server
        .cli(&["app", "create", source.to_str().unwrap(), "/growing"])
        .ok();
    let twice = server.cli(&["app", "create", source.to_str().unwrap(), "/growing"]);
    assert!(
        twice.code != 0 && twice.stderr.contains("/growing"),
        "{twice:?}"
    );
    let nested = server.cli(&["app", "create", source.to_str().unwrap(), "/growing/inside"]);
    assert!(nested.code != 0, "{nested:?}");
}

#[test]
fn policy_explains_a_refusal() {
    let server = Server::start();
    server.install("/growing", &[("app.star", FIRST)]);
    server.get("/growing");
    let seq = server.last("app.access")["seq"].to_string();
    let explained = server.cli(&["policy", "explain", &seq]).ok().stdout;
    assert!(explained.contains("g.unapproved-app"), "{explained}");
    server.get("/nowhere");
    let refused = |record: &&serde_json::Value| {
        record["reasons"][0]
            .as_str()
            .is_some_and(|id| id.starts_with("r."))
    };
    let seq = server.records().iter().rfind(refused).unwrap()["seq"].to_string();
    let explained = server.cli(&["policy", "explain", &seq]).ok().stdout;
    assert!(
        explained.contains("refused before policy was asked"),
        "{explained}"
    );
    let shown = server.cli(&["policy", "show"]).ok().stdout;
    assert!(
        shown.contains("forbid") && shown.contains("g.exec"),
        "{shown}"
    );
}

#[test]
fn old_refusal_is_explained_by_the_policies_of_its_time() {
    let mut server = Server::start();
    server.approved("/growing", &[("app.star", FIRST)]);
    server.install("/waiting", &[("app.star", FIRST)]);
    server.get("/waiting");
    let seq = server.last("app.access")["seq"].to_string();
    let guardrails = server.home().join("policy/guardrails/default.cedar");
    let text = std::fs::read_to_string(&guardrails).unwrap();
    std::fs::write(
        &guardrails,
        text.replace("the app waits for approval", "not today"),
    )
    .unwrap();
    server.restart();
    server.cli(&["app", "approve", "/waiting"]).ok();
    let explained = server.cli(&["policy", "explain", &seq]).ok().stdout;
    for expected in [
        "@reason(\"the app waits for approval\")",
        "by the policies of that time: deny",
        "by the policies in force now: deny\n  not today",
    ] {
        assert!(explained.contains(expected), "{expected}: {explained}");
    }
}

/// A handler that waits for its upstream goes on while the app is replaced under it.
#[test]
fn a_reload_lets_running_requests_finish() {
    const SLOW: &str = r#"
load("http.in", "http")

app = ace.app("Slow", routes=[ace.api("/", handler=lambda req: http.get("$UPSTREAM/").value.json())],
    permissions=[ace.permission("http.in", "get", ["$UPSTREAM/*"])])
"#;
    let (asked, wait) = std::sync::mpsc::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (asked, gate) = (std::sync::Mutex::new(asked), std::sync::Mutex::new(gate));
    let upstream = Upstream::start(move |_| {
        asked.lock().unwrap().send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        ("200 OK".into(), String::new(), "{\"late\": true}".into())
    });
    let server = Server::start();
    let text = SLOW.replace("$UPSTREAM", &upstream.url());
    let source = server.approved("/slow", &[("app.star", text.as_str())]);
    server.cli(&["set", "add", "egress-internal", "/slow"]).ok();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.get("/slow"));
        wait.recv_timeout(std::time::Duration::from_secs(30))
            .unwrap();
        std::fs::write(source.join("app.star"), text.replace("Slow", "Next")).unwrap();
        server.cli(&["app", "reload", "/slow"]).ok();
        go.send(()).unwrap();
        let reply = running.join().unwrap();
        assert_eq!((reply.status, reply.body.trim()), (200, "{\"late\":true}"));
    });
    assert_eq!(server.last("http.in.get")["decision"], "allow");
}
