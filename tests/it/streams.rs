//! Answers that are made while they are sent: items arrive one by one, and when the client, the worker or
//! the program is gone, so are the others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde_json::Value;

use crate::harness::{CONFIG, DEV, Server, eventually};

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
    let files = [("app.star", app(script)), ("page.go.html", PAGE.to_owned())];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    server.approved("/s", &files);
    server.cli(&["set", "add", "exec-allowed", "/s"]).ok();
    server
}

/// A request whose answer is read as it comes.
struct Listener {
    stream: TcpStream,
    heard: String,
}

impl Listener {
    fn new(server: &Server, path: &str) -> Listener {
        let mut stream = TcpStream::connect(server.http).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let token =
            base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", DEV.0, DEV.1));
        let ask = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {token}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).unwrap();
        Listener {
            stream,
            heard: String::new(),
        }
    }

    /// Reads until `text` has come.
    #[track_caller]
    fn hears(&mut self, text: &str) {
        while !self.heard.contains(text) {
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "{text} did not come: {}", self.heard);
            self.heard
                .push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }

    /// Reads to the end, however it comes.
    fn rest(&mut self) -> &str {
        let mut rest = Vec::new();
        // A connection that is broken off is an end, too.
        let _ = self.stream.read_to_end(&mut rest);
        self.heard.push_str(&String::from_utf8_lossy(&rest));
        &self.heard
    }
}

/// Whether an answer in chunks has its last one.
fn is_whole(heard: &str) -> bool {
    heard.ends_with("0\r\n\r\n")
}

/// The outcome of the last call, once it has one.
fn outcome(server: &Server, action: &str) -> Value {
    let mut found = Value::Null;
    eventually("the record closes", || {
        let id = server.last(action)["id"].clone();
        let records = server.records();
        let closed = records
            .iter()
            .find(|record| record["kind"] == "outcome" && record["intent"] == id);
        found = closed.cloned().unwrap_or_default();
        !found.is_null()
    });
    let id = server.last(action)["id"].as_str().unwrap().to_owned();
    let shown = server.cli(&["audit", "show", &id, "-o", "json"]).ok();
    serde_json::from_str::<Value>(&shown.stdout).unwrap()["outcome"].clone()
}

fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
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
    let mut first = Listener::new(&server, "/s/json");
    first.hears("\"one\"\n");
    let mut second = Listener::new(&server, "/s/page");
    second.hears("<p>one</p>\n");
    assert!(!first.heard.contains("two"));
    std::fs::write(&open, "").unwrap();
    let heard = first.rest();
    assert!(heard.contains("\"two\"\n") && is_whole(heard), "{heard}");
    assert!(
        heard
            .to_lowercase()
            .contains("content-type: application/json"),
        "{heard}"
    );
    let heard = second.rest();
    assert!(heard.contains("<p>two</p>\n") && is_whole(heard), "{heard}");
    assert!(heard.contains("<!--cl_stream_end-->\n\n"), "{heard}");
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(
        (&closed["status"], &closed["code"]),
        (&"success".into(), &0.into()),
        "{closed}"
    );
    assert_eq!(outcome(&server, "app.access")["status"], "success");
    for (path, expected) in [("/s/text", "one\n"), ("/s/plain", "one\n")] {
        let reply = server.get(path);
        assert!(reply.body.contains(expected), "{path}: {reply:?}");
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
    let mut listener = Listener::new(&server, "/s/text");
    listener.hears("x\n");
    let pid = listener.heard.split("pid ").nth(1).unwrap();
    let pid = pid.split_whitespace().next().unwrap().to_owned();
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
    let mut listener = Listener::new(&server, "/s/text");
    listener.hears("\n0\r\n".trim_end_matches("0\r\n"));
    listener.hears("pid ");
    listener.hears("\r\n\r\n");
    let pid = listener.heard.split("pid ").nth(1).unwrap();
    let pid = pid.split_whitespace().next().unwrap().to_owned();
    drop(listener);
    eventually("the program is gone", || !is_alive(&pid));
    assert_eq!(outcome(&server, "exec.in.run")["error_class"], "exec.cut");
}

#[test]
fn what_fails_midway_is_not_taken_for_whole() {
    let server = streaming("", "echo '{\"a\": 1}'; exit 3");
    let mut listener = Listener::new(&server, "/s/objects");
    let heard = listener.rest();
    assert!(heard.contains("{\"a\":1}\n") && !is_whole(heard), "{heard}");
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
    let pid = std::fs::read_to_string(&file).unwrap_or_default();
    eventually("the program is gone", || {
        pid.is_empty() || !is_alive(pid.trim())
    });
}

#[test]
fn the_open_streams_of_an_app_are_counted_and_take_no_turn() {
    let server = streaming("[apps]\nstreams = 2\nconcurrent = 1\n", "echo x; sleep 600");
    let mut open: Vec<Listener> = (0..2).map(|_| Listener::new(&server, "/s/text")).collect();
    open.iter_mut().for_each(|listener| listener.hears("x\n"));
    assert_eq!(server.get("/s/text").status, 503);
    assert!(server.get("/s/value").status == 500, "requests go on");
    open.pop();
    eventually("there is room again", || {
        let mut listener = Listener::new(&server, "/s/text");
        listener.hears("\r\n");
        listener.heard.starts_with("HTTP/1.1 200")
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
    let mut listener = Listener::new(&server, "/s/text");
    listener.hears("x\n");
    let mut waiting = Listener::new(&server, "/s/whole");
    eventually("the handler waits for its program", || {
        server.decisions("exec.in.run").len() == 2
    });
    std::fs::write(&first, "").unwrap();
    listener.hears("y\n");
    assert!(waiting.heard.is_empty());
    std::fs::write(&second, "").unwrap();
    assert!(is_whole(listener.rest()));
    assert!(waiting.rest().contains("[\"x\",\"y\"]"));
}

#[test]
fn a_worker_that_dies_ends_its_streams_alone() {
    let server = streaming("", "echo x; sleep 1; echo y; sleep 600");
    let mut listener = Listener::new(&server, "/s/text");
    listener.hears("x\n");
    for worker in workers(server.pid()) {
        let ended = std::process::Command::new("kill")
            .args(["-9", &worker])
            .status();
        assert!(ended.unwrap().success());
    }
    assert!(!is_whole(listener.rest()));
    let closed = outcome(&server, "exec.in.run");
    assert_eq!(closed["error_class"], "exec.cut", "{closed}");
    assert_eq!(server.get("/s/value").status, 500, "another worker answers");
}

/// The processes that run app code, children of the server.
fn workers(server: u32) -> Vec<String> {
    let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"));
    let mut found: Vec<String> = children
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    found.extend(by_parent(server));
    found.retain(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.ends_with(b"\0worker\0")
    });
    found.sort();
    found.dedup();
    found
}

fn by_parent(parent: u32) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let names = all.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| {
            let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).unwrap_or_default();
            let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            rest.split_whitespace().nth(1) == Some(&parent.to_string())
        })
        .collect()
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
    eventually("it is gone", || !is_alive(pid.trim()));
}

#[test]
fn a_server_that_dies_takes_its_programs_with_it() {
    let mut server = streaming("", "echo \"pid $$\"; sleep 600");
    let mut listener = Listener::new(&server, "/s/text");
    listener.hears("pid ");
    listener.hears("\r\n\r\n");
    let pid = listener.heard.split("pid ").nth(1).unwrap();
    let pid = pid.split_whitespace().next().unwrap().to_owned();
    assert!(is_alive(&pid));
    server.kill();
    eventually("the program is gone", || !is_alive(&pid));
}
