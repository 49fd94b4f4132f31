//! Answers that are made while they are sent: items arrive one by one, and when the client, the worker or
//! the program is gone, so are the others.

use serde_json::Value;

use crate::harness::{CONFIG, Server, eventually, is_alive};
use crate::listener::{Listener, is_whole};

const PAGE: &str = "<p>{{ . }}</p>";

/// An app that runs `script` in a shell and streams its lines in every form.
fn app(script: &str) -> String {
    format!(
        r#"
load("exec.in", "exec")

SCRIPT = '''{script}'''

def lines(req):
    return exec.run("sh", ["-c", SCRIPT], stream=True)

def objects(req):
    return exec.run("sh", ["-c", SCRIPT], stream=True, parse="jsonlines")

def value(req):
    return exec.run("sh", ["-c", SCRIPT], stream=True).value

def forgotten(req):
    exec.run("sh", ["-c", SCRIPT], stream=True)
    return "nothing"

def whole(req):
    return exec.run("sh", ["-c", SCRIPT]).value

app = ace.app("Streams", routes=[
    ace.api("/json", handler=lines),
    ace.api("/text", handler=lines, type="TEXT"),
    ace.html("/page", full="page.go.html", handler=lines),
    ace.html("/plain", full="-", handler=lines),
    ace.api("/objects", handler=objects),
    ace.api("/value", handler=value),
    ace.api("/forgotten", handler=forgotten),
    ace.api("/whole", handler=whole),
], permissions=[ace.permission("exec.in", "run", ["sh"])])
"#
    )
}

fn streaming(config: &str, script: &str) -> Server {
    let server = Server::configured(&format!("{CONFIG}\n{config}"));
    let app = app(script);
    server.approved("/s", &[("app.star", &*app), ("page.go.html", PAGE)]);
    server.cli(&["set", "add", "exec-allowed", "/s"]).ok();
    server
}

/// The outcome of the last call of an action, once it has one.
#[track_caller]
fn outcome(server: &Server, action: &str) -> Value {
    server.outcome(&server.last(action))
}

#[test]
fn items_arrive_before_the_program_ends() {
    let gate = tempfile::TempDir::new().unwrap();
    let open = gate.path().join("open");
    let script = format!(
        "echo one; while [ ! -e {} ]; do sleep 0.05; done; echo two",
        open.display()
    );
    let server = streaming("", &script);
    let mut first = Listener::get(&server, "/s/json");
    let head = first.head();
    assert!(head.contains("content-type: application/json"), "{head}");
    first.hears("\"one\"\n");
    let mut second = Listener::get(&server, "/s/page");
    second.hears("<p>one</p>\n");
    std::fs::write(&open, "").unwrap();
    let heard = first.rest();
    assert!(heard.contains("\"two\"\n") && is_whole(&heard), "{heard}");
    let heard = second.rest();
    assert!(
        heard.contains("<p>two</p>\n") && is_whole(&heard),
        "{heard}"
    );
    assert!(heard.contains("<!--cl_stream_end-->\n\n"), "{heard}");
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(
        (&closed["status"], &closed["code"]),
        (&"success".into(), &0.into()),
        "{closed}"
    );
    assert_eq!(outcome(&server, "app.access")["status"], "success");
    for path in ["/s/text", "/s/plain"] {
        let reply = server.get(path);
        assert!(reply.body.contains("one\n"), "{path}: {reply:?}");
    }
    let reply = server.get("/s/value");
    assert!(
        reply
            .body
            .contains("stream value cannot be accessed in Starlark"),
        "{reply:?}"
    );
}

#[test]
fn a_program_ends_when_its_client_is_gone() {
    let server = streaming(
        "",
        "echo \"pid $$\"; while true; do echo x; sleep 0.05; done",
    );
    let mut listener = Listener::get(&server, "/s/text");
    let pid = listener.pid();
    listener.hears("x\n");
    assert!(is_alive(&pid));
    drop(listener);
    eventually("the program is gone", || !is_alive(&pid));
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(closed["error_class"], "exec.cut", "{closed}");
    assert_eq!(outcome(&server, "app.access")["status"], "abandoned");
}

#[test]
fn a_quiet_program_ends_when_its_client_is_gone() {
    let server = streaming("", "echo \"pid $$\"; sleep 600");
    let mut listener = Listener::get(&server, "/s/text");
    let pid = listener.pid();
    drop(listener);
    eventually("the program is gone", || !is_alive(&pid));
    assert_eq!(outcome(&server, "exec.in.run")["error_class"], "exec.cut");
}

#[test]
fn what_fails_midway_is_not_taken_for_whole() {
    let server = streaming("", "echo '{\"a\": 1}'; exit 3");
    let heard = Listener::get(&server, "/s/objects").rest();
    assert!(
        heard.contains("{\"a\":1}\n") && !is_whole(&heard),
        "{heard}"
    );
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(
        (&closed["status"], &closed["code"]),
        (&"failure".into(), &3.into()),
        "{closed}"
    );
    assert_eq!(outcome(&server, "app.access")["status"], "failure");
    let reply = server.get("/s/whole");
    assert_eq!((reply.status, reply.body.trim()), (500, "exit status 3"));
}

#[test]
fn a_stream_nobody_returns_ends_with_the_request() {
    let gate = tempfile::TempDir::new().unwrap();
    let file = gate.path().join("pid");
    let script = format!("echo $$ > {}; sleep 600", file.display());
    let server = streaming("", &script);
    let reply = server.get("/s/forgotten");
    assert_eq!((reply.status, reply.body.trim()), (200, "\"nothing\""));
    assert_eq!(outcome(&server, "exec.in.run")["error_class"], "exec.cut");
    // It may have ended before it said anything.
    let pid = std::fs::read_to_string(&file).unwrap_or_default();
    eventually("the program is gone", || !is_alive(&pid));
}

#[test]
fn the_open_streams_of_an_app_are_counted_and_take_no_turn() {
    let server = streaming("[apps]\nstreams = 2\nconcurrent = 1\n", "echo x; sleep 600");
    let mut open: Vec<Listener> = (0..2).map(|_| Listener::get(&server, "/s/text")).collect();
    for listener in &mut open {
        listener.hears("x\n");
    }
    assert_eq!(server.get("/s/text").status, 503);
    assert_eq!(server.get("/s/value").status, 500, "requests go on");
    open.pop();
    eventually("there is room again", || {
        let head = Listener::get(&server, "/s/text").head();
        head.starts_with("HTTP/1.1 200")
    });
}

#[test]
fn items_pass_while_every_handler_waits() {
    let gate = tempfile::TempDir::new().unwrap();
    let (first, second) = (gate.path().join("1"), gate.path().join("2"));
    let script = format!(
        "echo x; while [ ! -e {} ]; do sleep 0.05; done; echo y; while [ ! -e {} ]; do sleep 0.05; done",
        first.display(),
        second.display()
    );
    let server = streaming("[apps]\nconcurrent = 1\n", &script);
    let mut listener = Listener::get(&server, "/s/text");
    listener.hears("x\n");
    let waiting = Listener::get(&server, "/s/whole");
    eventually("the handler waits for its program", || {
        server.decisions("exec.in.run").len() == 2
    });
    std::fs::write(&first, "").unwrap();
    listener.hears("y\n");
    std::fs::write(&second, "").unwrap();
    assert!(is_whole(&listener.rest()));
    assert!(waiting.rest().contains("[\"x\",\"y\"]"));
}

#[test]
fn a_worker_that_dies_ends_its_streams_alone() {
    let gate = tempfile::TempDir::new().unwrap();
    let open = gate.path().join("open");
    let script = format!(
        "echo x; while [ ! -e {} ]; do sleep 0.05; done; echo y; sleep 600",
        open.display()
    );
    let server = streaming("", &script);
    let mut listener = Listener::get(&server, "/s/text");
    listener.hears("x\n");
    server.kill_workers();
    std::fs::write(&open, "").unwrap();
    assert!(!is_whole(&listener.rest()));
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(closed["error_class"], "exec.cut", "{closed}");
    assert_eq!(server.get("/s/value").status, 500, "another worker answers");
}

#[test]
fn what_a_program_leaves_behind_does_not_outlive_its_call() {
    let gate = tempfile::TempDir::new().unwrap();
    let file = gate.path().join("pid");
    let script = format!(
        "setsid sh -c \"echo \\$\\$ > {0}; exec sleep 600\" > /dev/null 2>&1 & while [ ! -s {0} ]; do sleep 0.05; done; echo done",
        file.display()
    );
    let server = streaming("", &script.replace('\\', "\\\\"));
    let reply = server.get("/s/whole");
    assert_eq!((reply.status, reply.body.trim()), (200, "[\"done\"]"));
    let pid = std::fs::read_to_string(&file).unwrap();
    eventually("it is gone", || !is_alive(&pid));
}

#[test]
fn a_server_that_dies_takes_its_programs_with_it() {
    let mut server = streaming("", "echo \"pid $$\"; sleep 600");
    let mut listener = Listener::get(&server, "/s/text");
    let pid = listener.pid();
    assert!(is_alive(&pid));
    server.kill();
    eventually("the program is gone", || !is_alive(&pid));
}
