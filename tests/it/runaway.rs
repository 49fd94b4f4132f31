//! Code that loops, allocates, recurses or crashes takes down its own worker and nothing else.

use std::time::Instant;

use crate::front::HELLO;
use crate::harness::{CONFIG, Server};

const RUNAWAYS: &[(&str, &str)] = &[
    ("loop", "[x for x in range(1000000000) if x < 0]"),
    ("allocate", "\"a\" * 1099511627776"),
    ("allocate_list", "[0] * 1000000000"),
    ("grow", "grow()"),
    ("recurse", "recurse(1)"),
    ("replace", "(\"a\" * 100000).replace(\"a\", \"a\" * 100000)"),
    ("cyclic", "cyclic()"),
    ("nested", "nested()"),
];

const HELPERS: &str = r#"
def recurse(n):
    return recurse(n + 1) + 1

def grow():
    d = {}
    for i in range(1000000000):
        d[i] = str(i) * 100
    return len(d)

def cyclic():
    l = []
    l.append(l)
    return l

def nested():
    l = []
    for i in range(1000000):
        l = [l]
    return str(l)
"#;

fn app() -> String {
    let routes: String = RUNAWAYS
        .iter()
        .map(|(name, code)| {
            format!("    ace.api(\"/{name}\", handler=lambda req: {{\"value\": {code}}}),\n")
        })
        .collect();
    format!(
        "{HELPERS}\napp = ace.app(\"Runaway\", routes=[\n    ace.api(\"/\", handler=lambda req: {{\"fine\": True}}),\n{routes}])\n"
    )
}

#[test]
fn runaways_end_and_their_app_comes_back() {
    let server = Server::configured(&format!(
        "{CONFIG}\n[apps]\nhandler_ms = 3000\nmemory_mb = 768\n"
    ));
    server.approved("/runaway", &[("app.star", &app())]);
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/runaway").status, 200);
    for (name, _) in RUNAWAYS {
        let began = Instant::now();
        let reply = server.get(&format!("/runaway/{name}"));
        assert!([500, 503].contains(&reply.status), "{name}: {reply:?}");
        assert!(began.elapsed().as_secs() < 30, "{name} was stopped");
        assert_eq!(
            server.get("/hello").status,
            200,
            "{name}: the neighbour goes on"
        );
        crate::harness::eventually("the app is back", || server.get("/runaway").status == 200);
    }
    let outcomes = server.records();
    let failed = outcomes
        .iter()
        .filter(|record| record["kind"] == "outcome" && record["status"] == "failure")
        .count();
    assert!(failed >= RUNAWAYS.len(), "{failed} failures recorded");
}

#[test]
fn neighbour_is_served_while_another_app_loops() {
    let server = Server::configured(&format!(
        "{CONFIG}\n[apps]\nhandler_ms = 2000\nticks = 100000000000\n"
    ));
    server.approved("/runaway", &[("app.star", &app())]);
    server.approved("/hello", HELLO);
    std::thread::scope(|scope| {
        let looping = scope.spawn(|| server.get("/runaway/loop"));
        for _ in 0..20 {
            assert_eq!(server.get("/hello").status, 200);
        }
        let stopped = looping.join().unwrap();
        assert_eq!(stopped.status, 503);
        let record = stopped.header("sallyport-decision").unwrap();
        assert!(stopped.body.contains(record), "{stopped:?}");
    });
}

#[test]
fn killed_worker_is_replaced() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);
    let before = server.workers();
    assert_eq!(before.len(), 1, "one worker for one app");
    server.kill_workers();
    crate::harness::eventually("a fresh worker answers", || {
        server.get("/hello").status == 200
    });
    assert_ne!(server.workers(), before);
}

#[test]
fn hostile_source_is_refused_at_install() {
    let server = Server::start();
    for (name, text) in [
        ("parens", format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000))),
        ("constant", "x = list(range(100000000000))\napp = ace.app(\"x\")\n".to_owned()),
        ("endless", "def f():\n    for i in range(100000000000):\n        pass\nf()\napp = ace.app(\"x\")\n".to_owned()),
        ("noapp", "x = 1\n".to_owned()),
    ] {
        let source = server.source(name, &[("app.star", &text)]);
        let ran = server.cli(&["app", "create", source.to_str().unwrap(), &format!("/{name}")]);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        assert!(!ran.stderr.is_empty());
    }
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);
}
