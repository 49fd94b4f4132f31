//! Who gets in, who does not, and what the log says about both.

use std::io::{BufRead, BufReader};

use crate::harness::{DEV, OPS, Server, command, eventually};
use crate::http::Ask;
use crate::listener::Listener;
use crate::peer::agent::Agent;

pub const HELLO: &[(&str, &str)] = &[(
    "app.star",
    r#"
def handler(req):
    return {"hello": req.UserId, "method": req.Method}

def broken(req):
    fail("the reactor is on fire")

app = ace.app("Hello", routes=[
    ace.api("/"), ace.api("/form", method="POST"), ace.api("/broken", handler=broken),
    ace.api("/item/{id}", type="TEXT", handler=lambda req: req.UrlParams["id"]),
])
"#,
)];

#[test]
fn allowed_request_is_answered_and_recorded() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let reply = server.get("/hello");
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["method"], "GET");

    let record = server.last("app.access");
    assert_eq!(record["decision"], "allow");
    assert_eq!(record["http"]["route"], "/");
    assert_eq!(record["app"]["path"], "/hello");
    assert!(!record["reasons"].as_array().unwrap().is_empty());
    assert!(record["policy"]["set"].as_str().unwrap().len() == 64);
    let shown = server.shown(&record);
    assert_eq!(shown["outcome"]["status"], "success", "{shown}");
    assert_eq!(shown["outcome"]["code"], 200);
    assert_eq!(
        shown["detail"]["http"]["path"], "/hello",
        "the detail is opened: {shown}"
    );
}

#[test]
fn app_waits_for_approval() {
    let server = Server::start();
    server.install("/hello", HELLO);
    let reply = server.send(&Ask::get("/hello").basic(DEV.0, DEV.1).browser());
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("approv"), "{reply:?}");
    let record = server.last("app.access");
    assert_eq!(record["decision"], "deny");
    assert!(
        reply.body.contains(record["id"].as_str().unwrap()),
        "the page names the decision: {reply:?}"
    );
    assert_eq!(record["reasons"][0], "g.unapproved-app");

    server.cli(&["app", "approve", "/hello"]).ok();
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn anonymous_is_sent_to_the_login_page() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let reply = server.send(&Ask::get("/hello/item/7?x=1").browser());
    assert_eq!(reply.status, 303);
    assert_eq!(
        reply.header("location"),
        Some("/_sallyport/login?next=%2Fhello%2Fitem%2F7%3Fx%3D1")
    );
    let record = server.last("app.access");
    assert_eq!(
        (&record["decision"], &record["principal"]["type"]),
        (&"deny".into(), &"Anonymous".into())
    );

    let reply = server.send(&Ask::get("/hello"));
    assert_eq!(reply.status, 401);
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("application/problem+json")
    );
    assert_eq!(reply.json()["instance"], server.last("app.access")["id"]);
}

#[test]
fn wrong_password_is_refused_and_recorded() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    for (name, password) in [(DEV.0, "wrong"), ("nobody", "wrong"), (DEV.0, "")] {
        let (reply, record) = server.refused(&Ask::get("/hello").basic(name, password));
        assert_eq!(reply.status, 401, "{name}: {reply:?}");
        assert_eq!(record["reasons"][0], "r.login-failed", "{record}");
    }
    assert!(
        server.decisions("app.access").is_empty(),
        "nothing was decided for an unproven name"
    );
}

#[test]
fn person_signs_in_works_and_signs_out() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let mut agent = Agent::new();
    let page = agent.open(&server.url("/hello"));
    assert_eq!(page.url.host_str(), Some("auth.localhost"), "{page:?}");
    let policy = page.reply.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");

    let wrong = agent.submit(&page, &[("name", DEV.0), ("password", "wrong")]);
    assert_eq!(wrong.reply.status, 401);
    assert_eq!(agent.cookie("auth.localhost", "sallyport"), None);

    let page = agent.submit(&wrong, &[("name", DEV.0), ("password", DEV.1)]);
    assert_eq!(page.url.as_str(), server.url("/hello"), "{page:?}");
    assert!(page.reply.json()["hello"].as_str().unwrap().contains("dev"));
    let opened = server.decisions("session.open");
    assert!(opened.iter().all(|record| record["decision"] == "allow"));
    assert_eq!(opened.len(), 2, "one for each host");

    let session = agent.cookie("localhost", "sallyport").unwrap();
    let elsewhere = agent.cookie("auth.localhost", "sallyport").unwrap();
    assert_ne!(session, elsewhere, "no host can use another's");
    let stolen = Ask::get("/hello").header("Cookie", &format!("sallyport={elsewhere}"));
    assert_eq!(server.send(&stolen).status, 401);

    let out = agent.post(&server.url("/_sallyport/logout"), &[]);
    assert_eq!(out.url.path(), "/_sallyport/signed-out", "{out:?}");
    assert_eq!(server.last("session.close")["decision"], "allow");
    let replayed = Ask::get("/hello").header("Cookie", &format!("sallyport={session}"));
    assert_eq!(server.send(&replayed).status, 401, "the cookie is dead");
    let page = agent.open(&server.url("/hello"));
    assert!(page.asks("password"), "signed out everywhere: {page:?}");
}

#[test]
fn session_survives_a_restart_and_ends_with_its_user() {
    let mut server = Server::start();
    server.approved("/hello", HELLO);
    let session = server.session(DEV);
    let ask = || Ask::get("/hello").header("Cookie", &session);
    server.restart();
    assert_eq!(server.send(&ask()).status, 200);
    server.cli(&["user", "delete", "dev", "--yes"]).ok();
    assert_eq!(server.send(&ask()).status, 401);
}

#[test]
fn return_target_is_only_a_path_of_ours() {
    let server = Server::start();
    for next in [
        "//evil",
        "/%5Cevil",
        "https:evil",
        "https://us@evil",
        "/%09/evil",
        "javascript:alert(1)",
        "%2F%2Fevil",
    ] {
        let (page, _) = server.sign_in(DEV, next);
        assert_eq!(page.url.as_str(), server.url("/"), "{next}");
    }
}

#[test]
fn foreign_origin_may_not_post() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let ask = || Ask::post("/hello/form", "a=1").basic(DEV.0, DEV.1);
    assert_eq!(server.send(&ask()).status, 200);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
    ] {
        let (reply, record) = server.refused(&ask().header(name, value));
        assert_eq!(reply.status, 403, "{name}: {value}");
        assert_eq!(record["reasons"][0], "r.cross-origin");
    }
    assert_eq!(
        server.decisions("app.access").len(),
        1,
        "only the first reached a decision"
    );
}

#[test]
fn unknown_places_are_recorded_too() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    for (target, host) in [("/nowhere", "localhost"), ("/hello", "evil.example")] {
        let ask = Ask::get(target).host(host).basic(DEV.0, DEV.1);
        let (reply, record) = server.refused(&ask);
        assert_eq!(reply.status, 404);
        assert_eq!(record["reasons"][0], "r.not-found", "{record}");
    }
    assert_eq!(
        server.get("/hello/nowhere").status,
        404,
        "known app, unknown route"
    );
    assert_eq!(
        server
            .send(&Ask::new("DELETE", "/hello").basic(DEV.0, DEV.1))
            .status,
        405
    );
    for method in ["TRACE", "CONNECT"] {
        assert_eq!(
            server
                .send(&Ask::new(method, "/hello").basic(DEV.0, DEV.1))
                .status,
            405,
            "{method}"
        );
    }
}

#[test]
fn failing_handler_is_a_500_and_a_failed_outcome() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let reply = server.get("/hello/broken");
    assert_eq!(reply.status, 500);
    assert!(reply.body.contains("the reactor is on fire"), "{reply:?}");
    let outcome = server.outcome(&server.last("app.access"));
    assert_eq!(outcome["status"], "failure");
    assert_eq!(server.get("/hello").status, 200);
}

#[test]
fn cancelled_request_closes_its_record() {
    let server = Server::start();
    server.approved(
        "/slow",
        &[("app.star", "def handler(req):\n    n = 0\n    for i in range(100000000):\n        n += i\n    return n\n\napp = ace.app(\"Slow\", routes=[ace.api(\"/\")])\n")],
    );
    let asked = Listener::get(&server, "/slow");
    eventually("the request is decided", || {
        !server.decisions("app.access").is_empty()
    });
    drop(asked);
    let outcome = server.outcome(&server.last("app.access"));
    assert_eq!(outcome["status"], "abandoned", "{outcome}");
}

#[test]
fn identity_headers_of_clients_never_arrive() {
    let server = Server::start();
    server.approved(
        "/echo",
        &[(
            "app.star",
            "app = ace.app(\"Echo\", routes=[ace.api(\"/\", handler=lambda req: req.Headers)])\n",
        )],
    );
    let mut ask = Ask::get("/echo")
        .basic(DEV.0, DEV.1)
        .header("Cookie", "theirs=1; sallyport=stolen");
    for name in [
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Openrun-User",
        "X_Openrun-Perms",
        "Remote-User",
        "X-Sallyport-User",
    ] {
        ask = ask.header(name, "mallory");
    }
    let reply = server.send(&ask);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(
        !reply.body.contains("mallory")
            && !reply.body.contains("stolen")
            && !reply.body.contains("Basic"),
        "{reply:?}"
    );
    assert!(reply.body.contains("theirs=1"), "{reply:?}");
}

#[test]
fn https_serves_the_same() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let answer = std::process::Command::new("curl")
        .args([
            "-sk",
            "-u",
            &format!("{}:{}", DEV.0, DEV.1),
            &format!("https://localhost:{}/hello", server.https.port()),
        ])
        .output()
        .expect("curl is installed");
    assert!(
        String::from_utf8_lossy(&answer.stdout).contains("GET"),
        "{answer:?}"
    );
    assert_eq!(server.last("app.access")["net"]["tls"], true);
}

#[test]
fn group_decides_who_administers() {
    let server = Server::start();
    let listed = server.cli(&["user", "list", "-o", "jsonl"]).ok().stdout;
    assert!(
        listed.contains(OPS.0) && listed.contains("admins"),
        "{listed}"
    );
    assert!(!listed.contains("argon2"), "no hashes: {listed}");
    assert_eq!(
        server.last("user.list")["principal"]["id"]
            .as_str()
            .unwrap()
            .split(':')
            .next(),
        Some("os")
    );
}

#[test]
fn what_is_not_available_yet_says_so() {
    let server = Server::start();
    let text = r#"
load("openrun.in", "openrun")
app = ace.app("Later",
    actions=[ace.action("Run", "/run", lambda dry_run, args: ace.result("done"))],
    routes=[ace.api("/apps", handler=lambda req: openrun.list_apps().value),
            ace.api("/fine", handler=lambda req: {"fine": True})],
    permissions=[ace.permission("openrun.in", "list_apps")])
"#;
    server.approved("/later", &[("app.star", text)]);
    assert_eq!(server.get("/later/fine").status, 200);
    let reply = server.get("/later/run");
    assert_eq!(reply.status, 501, "{reply:?}");
    assert!(reply.body.contains("not available"), "{reply:?}");
    let reply = server.get("/later/apps");
    assert_eq!(reply.status, 500);
    assert!(
        reply.body.contains("openrun.in.list_apps is not available"),
        "{reply:?}"
    );
    let refused = |record: &serde_json::Value| {
        record["action"] == "openrun.in.list_apps" && record["reasons"][0] == "r.plugin.unknown"
    };
    assert!(server.records().iter().any(refused));
}

#[test]
fn record_of_the_start_names_the_policies_in_force() {
    let server = Server::start();
    let records = server.records();
    let boot = records
        .iter()
        .find(|record| record["kind"] == "boot")
        .unwrap();
    let decision = records
        .iter()
        .find(|record| record["kind"] == "decision")
        .unwrap();
    assert_eq!(boot["public"]["policy"], decision["policy"]["set"]);
}

#[test]
fn following_since_a_time_begins_there_and_goes_on() {
    let server = Server::start();
    let mut follower = command(server.home())
        .args(["audit", "follow", "--since", "1h", "-o", "jsonl"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["kind"], "boot");
    server.get("/nowhere");
    while next()["decision"] != "deny" {}
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[test]
fn completion_nobody_reads_is_no_error() {
    let server = Server::start();
    let (closed, pipe) = std::io::pipe().unwrap();
    drop(closed);
    let status = command(server.home())
        .args(["completion", "fish"])
        .stdout(pipe)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}
