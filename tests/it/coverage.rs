//! Nothing can be asked without leaving a record: every page of the gateway, every plugin function and every
//! admin operation is tried, and each must be found in the log. The list of exceptions is empty and stays so.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::harness::{DEV, Server};
use crate::http::Ask;

#[test]
fn every_page_of_the_gateway_leaves_a_record() {
    let server = Server::start();
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/_sallyport/health"),
        ("GET", "/_sallyport/ready"),
        ("GET", "/_sallyport/login"),
        ("GET", "/_sallyport/logout"),
        ("GET", "/_sallyport/signed-out"),
        ("GET", "/_sallyport/session"),
        ("GET", "/_sallyport/jwks.json"),
        ("GET", "/_sallyport/oidc/corp/start"),
        ("POST", "/_sallyport/saml/corp/acs"),
        ("POST", "/_sallyport/login"),
        ("POST", "/_sallyport/logout"),
        ("GET", "/_sallyport/asset/style.css"),
        ("GET", "/_sallyport/asset/nothing"),
        ("GET", "/_sallyport/nothing"),
        ("DELETE", "/_sallyport/login"),
    ] {
        let before = server.records().len();
        let reply = server.send(&Ask::new(method, target));
        let left = server.records().into_iter().skip(before).any(|record| {
            record["kind"] == "decision"
                && !record["action"].as_str().unwrap().starts_with("audit.")
        });
        assert!(
            left,
            "{method} {target} answered {} and left no record",
            reply.status
        );
    }
}

const PROXY: &str = "load(\"proxy.in\", \"proxy\")\n\n\
    app = ace.app(\"Asks\", routes=[ace.proxy(\"/\", proxy.config(\"http://127.0.0.1:9\"))])\n";

#[test]
fn every_plugin_function_asks_first() {
    let server = Server::start();
    for (index, function) in policy::functions().iter().enumerate() {
        let module = function.plugin.trim_end_matches(".in");
        let argument = match function.plugin {
            "http.in" => "http://127.0.0.1:9/",
            "exec.in" => "ls",
            _ => "/etc",
        };
        let (plugin, name) = (function.plugin, function.name);
        let code = format!(
            "load(\"{plugin}\", \"{module}\")\n\ndef handler(req):\n    return {{\"value\": {module}.{name}(\"{argument}\").value}}\n\n\
             app = ace.app(\"Asks\", routes=[ace.api(\"/\")])\n"
        );
        // A proxy route is declared when the app loads and asks for every request that it passes on.
        let (code, status) = match plugin {
            "proxy.in" => (PROXY, 403),
            _ => (code.as_str(), 500),
        };
        let path = format!("/f{index}");
        server.approved(&path, &[("app.star", code)]);
        let (reply, denied) = server.refused(&Ask::get(&path).basic(DEV.0, DEV.1));
        assert_eq!(reply.status, status, "{plugin} {name}");
        assert_eq!(
            denied["principal"]["type"], "AppInstance",
            "{plugin} {name}"
        );
    }
}

#[test]
fn every_admin_operation_leaves_a_record() {
    let server = Server::start();
    for action in policy::AdminAction::ALL
        .iter()
        .map(|action| policy::Action::from(*action).as_str())
    {
        if action == "system.stop" {
            continue; // asked last: nobody is there to be asked afterwards
        }
        for body in ["{}", "{\"unknown\":1}", "not json"] {
            let before = server.records().len();
            post(&server, action, body);
            let records = server.records();
            let left = records[before..]
                .iter()
                .any(|record| record["action"] == action && record["kind"] == "decision");
            assert!(left, "{action} {body}: no record");
        }
    }
    post(&server, "no.such", "{}");
    let last = server
        .records()
        .into_iter()
        .rev()
        .find(|record| record["decision"] == "deny")
        .unwrap();
    assert!(
        last["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("r.unknown"),
        "an unknown operation is recorded: {last}"
    );
    server.cli(&["server", "stop"]).ok();
    let segment = std::fs::read(server.home().join("audit/seg-0000000000000000.log")).unwrap();
    assert!(String::from_utf8_lossy(&segment).contains("\"action\":\"system.stop\""));
}

fn post(server: &Server, action: &str, body: &str) -> String {
    let mut stream = UnixStream::connect(server.home().join("run/sallyport.sock")).unwrap();
    let length = body.len();
    write!(stream, "POST /v1/{action} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
