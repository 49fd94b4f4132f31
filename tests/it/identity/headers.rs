//! The list of what clients say of themselves (`tests/attacks/headers.txt`), played at the front door over each
//! version of HTTP: it never arrives, and it changes no answer, no decision and no record.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{DEV, Server};
use crate::http::{basic, raw};
use crate::proxy::install;
use crate::service::Service;

const TABLE: &str = include_str!("../../attacks/headers.txt");

/// What stands for whatever clients make up.
const FORGED: [&str; 4] = ["mallory", "6.6.6.6", "gopher", ":6666"];

const ECHO: &str = r#"
app = ace.app("Echo", routes=[ace.api(path, handler=lambda req: req.Headers) for path in ["/", "/far", "/near"]])
"#;

/// Nothing but the peer's own address opens what these close.
const RULES: &str = r#"
@id("g.far")
@reason("for one address alone")
forbid (principal, action == Sallyport::Action::"app.access", resource)
when { context.http.path like "*/far" && context.net.ip != ip("6.6.6.6") };

@id("g.near")
@reason("for this machine alone")
forbid (principal, action == Sallyport::Action::"app.access", resource)
when { context.http.path like "*/near" && context.net.ipClass != "loopback" };
"#;

/// Scheme and version of HTTP.
const WAYS: [(&str, &str); 3] = [
    ("http", "--http1.1"),
    ("https", "--http1.1"),
    ("https", "--http2"),
];

struct Row {
    case: &'static str,
    who: &'static str,
    path: String,
    sent: Vec<&'static str>,
    status: u16,
    record: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(rows_of).collect()
}

fn rows_of(line: &'static str) -> Vec<Row> {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [case, who, path, sent, status, record] = parts[..] else {
        panic!("not six parts: {line}");
    };
    let paths = match path {
        "/either" => vec!["/echo", "/front"],
        path => vec![path],
    };
    let row = |path: &str| Row {
        case,
        who,
        path: path.to_owned(),
        sent: sent.split("; ").collect(),
        status: status.parse().unwrap(),
        record,
    };
    paths.into_iter().map(row).collect()
}

fn gate() -> (Server, Service) {
    let (server, service) = (Server::start(), Service::echo());
    server.approved("/echo", &[("app.star", ECHO)]);
    install(&server, "/front", &service.url(), "");
    server.approved("/open", &[("app.star", ECHO)]);
    server
        .cli(&["app", "update", "/open", "--auth", "none"])
        .ok();
    let rules = server.home().join("policy/guardrails/addresses.cedar");
    std::fs::write(rules, RULES).unwrap();
    server.cli(&["policy", "reload"]).ok();
    (server, service)
}

/// Head and body of what comes back.
fn ask(server: &Server, row: &Row, (scheme, version): (&str, &str), sent: &[&str]) -> String {
    let port = match scheme {
        "http" => server.http.port(),
        _ => server.https.port(),
    };
    let mut curl = Command::new("curl");
    curl.args(["-skig", version, "--max-time", "60"])
        .args(["--connect-to", &format!("::127.0.0.1:{port}")]);
    match row.who {
        "dev" => curl.args(["-u", &format!("{}:{}", DEV.0, DEV.1)]),
        "browser" => curl.args(["-H", "Accept: text/html", "-H", "Sec-Fetch-Mode: navigate"]),
        _ => &mut curl,
    };
    for header in sent {
        curl.args(["-H", header]);
    }
    curl.arg(format!("{scheme}://localhost:{port}{}", row.path));
    String::from_utf8(curl.output().unwrap().stdout).unwrap()
}

fn status(reply: &str) -> Option<u16> {
    reply.split(' ').nth(1)?.parse().ok()
}

/// What must not depend on a client's word: where the answer leads and the cookies it sets, without what was drawn.
fn shape(reply: &str) -> Vec<String> {
    let head = reply.split("\r\n\r\n").next().unwrap_or_default();
    let told = head.lines().filter_map(|line| line.split_once(": "));
    let told = told.filter_map(|(name, value)| match name.to_ascii_lowercase().as_str() {
        "location" => value.split("flow=").next().map(str::to_owned),
        "set-cookie" => {
            let (name, rest) = value.split_once('=')?;
            Some(format!("{name} {}", rest.split_once(';')?.1))
        }
        _ => None,
    });
    told.collect()
}

/// What the decision of an answer says: allowed or why not, who, what of, and from where.
fn record(records: &[Value], reply: &str) -> (String, Value) {
    let id = reply
        .lines()
        .find_map(|line| line.strip_prefix("sallyport-decision: "));
    let Some(record) = records.iter().find(|record| record["id"].as_str() == id) else {
        return (String::new(), Value::Null);
    };
    let verdict = match record["decision"].as_str() {
        Some("allow") => "allow",
        _ => record["reasons"][0].as_str().unwrap_or("policy"),
    };
    let same = ["action", "principal", "resource", "net"].map(|part| record[part].clone());
    (verdict.to_owned(), json!(same))
}

/// A line as it was played: with what is sent, and without.
struct Played {
    row: Row,
    way: (&'static str, &'static str),
    reply: String,
    honest: String,
}

fn judge(played: &Played, records: &[Value]) -> Result<(), String> {
    let Played {
        row, reply, honest, ..
    } = played;
    let found = record(records, reply);
    if status(reply) != Some(row.status) || found.0 != row.record {
        return Err(format!("{found:?}\n{reply}"));
    }
    if let Some(word) = FORGED.iter().find(|word| reply.contains(**word)) {
        return Err(format!("`{word}` arrives\n{reply}"));
    }
    if row.status == 200 && !reply.contains("builtin:dev") {
        return Err(format!("what we say of the caller is missing\n{reply}"));
    }
    let expected = record(records, honest);
    let same = (status(reply), shape(reply), found) == (status(honest), shape(honest), expected);
    if same || row.sent[0].starts_with("Host:") {
        return Ok(());
    }
    Err(format!(
        "it changes something\n{reply}\n--- without:\n{honest}"
    ))
}

#[test]
fn nothing_a_client_says_of_itself_counts() {
    let (server, _service) = gate();
    let mut all = Vec::new();
    for way in WAYS {
        // HTTP/2 has no `Connection`, and curl does not send it there.
        let has_meaning = |row: &Row| way.1 != "--http2" || !row.sent[0].starts_with("Connection");
        for row in rows().into_iter().filter(has_meaning) {
            let reply = ask(&server, &row, way, &row.sent);
            let honest = ask(&server, &row, way, &[]);
            all.push(Played {
                row,
                way,
                reply,
                honest,
            });
        }
    }
    let records = server.records();
    let wrong = all.iter().filter_map(|played| {
        let problem = judge(played, &records).err()?;
        let Row {
            case,
            who,
            path,
            sent,
            ..
        } = &played.row;
        Some(format!(
            "{case} {:?} {who} {path} {sent:?}: {problem}",
            played.way
        ))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Case 22: what follows the body, or comes after the gateway has asked for it, names nobody.
#[test]
fn nothing_said_after_the_head_arrives() {
    let (server, service) = gate();
    let trailers =
        "X-Forwarded-User: mallory\r\nX-Openrun-User: mallory\r\nRemote_User: mallory\r\n";
    for (path, who, expected) in [
        ("/front", true, 200),
        ("/front", false, 401),
        ("/echo", false, 401),
    ] {
        for more in [
            "",
            "Trailer: X-Forwarded-User\r\n",
            "Expect: 100-continue\r\n",
        ] {
            let login = match who {
                true => format!("Authorization: {}\r\n", basic(DEV.0, DEV.1)),
                false => String::new(),
            };
            let before = service.seen().len();
            let text = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{login}{more}\
                 Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n{trailers}\r\n"
            );
            let reply = raw(server.http, text.as_bytes()).unwrap();
            let shown = format!("{path} {more:?}: {reply:?}");
            // After `100 Continue` comes the answer itself.
            let (answered, decision) = match reply.status {
                100 => (status(&reply.body), reply.body.clone()),
                status => {
                    let id = reply.header("sallyport-decision").unwrap_or_default();
                    (Some(status), format!("sallyport-decision: {id}"))
                }
            };
            assert_eq!(answered, Some(expected), "{shown}");
            assert!(!reply.body.contains("mallory"), "{shown}");
            let arrived = service.seen().split_off(before);
            assert_eq!(arrived.len(), usize::from(who), "{shown}");
            assert!(!arrived.concat().contains("mallory"), "{arrived:?}");
            let (verdict, _) = record(&server.records(), &decision);
            assert_eq!(verdict, if who { "allow" } else { "policy" }, "{shown}");
        }
    }
}
