//! Proxy routes: what reaches the upstream, what comes back, and that nothing passes unjudged.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Mutex, mpsc};

use serde_json::Value;

use crate::harness::{DEV, Server, eventually};
use crate::http::Ask;
use crate::listener::{Listener, is_whole};
use crate::service::Service;

/// An app with one proxy route for everything, and the permission for it.
fn app(url: &str, options: &str) -> String {
    format!(
        "load(\"proxy.in\", \"proxy\")\n\n\
         app = ace.app(\"Front\", routes=[ace.proxy(\"/\", proxy.config(\"{url}\"{options}))],\n\
             permissions=[ace.permission(\"proxy.in\", \"config\", [\"{url}\"])])\n"
    )
}

pub fn serve(url: &str, options: &str) -> Server {
    let server = Server::start();
    install(&server, "/front", url, options);
    server
}

pub fn install(server: &Server, path: &str, url: &str, options: &str) {
    server.approved(path, &[("app.star", &app(url, options))]);
    server.cli(&["set", "add", "egress-internal", path]).ok();
}

/// The outcome of the last call, once it has one.
#[track_caller]
pub fn outcome(server: &Server) -> Value {
    server.outcome(&server.last("proxy.in.config"))
}

fn header<'h>(head: &'h str, name: &str) -> Vec<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn the_upstream_reads_what_we_vouch_for() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    let reply = server.send(
        &Ask::new("POST", "/front/a/b?x=1&y=%20")
            .basic(DEV.0, DEV.1)
            .host("LocalHost:8080")
            .header("X-Forwarded-For", "6.6.6.6")
            .header("X-Forwarded-User", "root")
            .header("X_Openrun_User", "root")
            .header("X-Openrun-Perms", "all")
            .header("Forwarded", "for=6.6.6.6")
            .header("X-Real-IP", "6.6.6.6")
            .header("Keep-Alive", "timeout=5")
            .header("TE", "trailers")
            .header("X-Custom", "kept")
            .header("Cookie", "a=b; sallyport=secret")
            .body("hello"),
    );
    assert_eq!(reply.status, 200, "{reply:?}");
    let asked = service.seen().remove(0);
    assert!(
        asked.starts_with("POST /a/b?x=1&y=%20 HTTP/1.1\r\n"),
        "{asked}"
    );
    for (name, expected) in [
        ("host", vec![service.address.to_string()]),
        ("x-forwarded-for", vec!["127.0.0.1".into()]),
        ("x-real-ip", vec!["127.0.0.1".into()]),
        ("x-forwarded-host", vec!["localhost".into()]),
        ("x-forwarded-proto", vec!["http".into()]),
        ("x-forwarded-prefix", vec!["/front".into()]),
        ("x-openrun-user", vec!["builtin:dev".into()]),
        ("x-openrun-perms", vec![String::new()]),
        ("x-custom", vec!["kept".into()]),
        ("cookie", vec!["a=b".into()]),
        ("content-length", vec!["5".into()]),
        ("authorization", vec![]),
        ("forwarded", vec![]),
        ("x-forwarded-user", vec![]),
        ("x_openrun_user", vec![]),
        ("te", vec![]),
        ("keep-alive", vec![]),
        ("connection", vec![]),
        ("transfer-encoding", vec![]),
    ] {
        assert_eq!(header(&asked, name), expected, "{name} in {asked}");
    }
    let (access, call) = (server.last("app.access"), server.last("proxy.in.config"));
    assert_eq!(call["principal"]["type"], "AppInstance");
    assert_eq!(call["parent"], access["id"], "{call}");
    assert_eq!(call["durability"].as_str().unwrap_or("sync"), "sync");
    let url = server.shown(&call)["detail"]["url"].take();
    assert_eq!(
        (&url["host"], &url["port"]),
        (&"127.0.0.1".into(), &service.address.port().into()),
        "{url}"
    );
}

#[test]
fn prefixes_and_hosts() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    install(
        &server,
        "/deep",
        &format!("{}/base", service.url()),
        ", strip_path=\"/api\"",
    );
    install(
        &server,
        "/whole",
        &service.url(),
        ", strip_app=False, preserve_host=True",
    );
    for (target, line) in [
        ("/front", "GET / HTTP/1.1"),
        ("/front/", "GET / HTTP/1.1"),
        ("/front/x/", "GET /x/ HTTP/1.1"),
        ("/front/%7Ea/./b/../c%20d", "GET /~a/c%20d HTTP/1.1"),
        ("/deep/api/x", "GET /base/x HTTP/1.1"),
        ("/deep/api", "GET /base/ HTTP/1.1"),
        ("/whole/x", "GET /whole/x HTTP/1.1"),
    ] {
        let reply = server.get(target);
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        assert_eq!(reply.body.lines().next(), Some(line), "{target}");
    }
    let before = service.seen().len();
    for target in ["/deep/x", "/deep/apis", "/deep"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    assert_eq!(service.seen().len(), before, "nothing reached it");
    let kept = server.send(
        &Ask::get("/whole/x")
            .basic(DEV.0, DEV.1)
            .host("LocalHost:81"),
    );
    assert_eq!(header(&kept.body, "host"), ["localhost:81"]);
}

#[test]
fn answers_come_back_as_ours() {
    let service = Service::start(|mut visit| {
        let place = visit.stream.local_addr().unwrap();
        visit.answer(&format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{place}/next?a=b\r\nSet-Cookie: theirs=1\r\n\
             Set-Cookie: sallyport=stolen\r\nAlt-Svc: h3\r\nServer: Theirs\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\
             X-Frame-Options: DENY\r\nSallyport-Decision: fake\r\nContent-Length: 2\r\n\r\nok"
        ));
    });
    let server = serve(
        &service.url(),
        ", response_headers={\"X-Page\": \"at $url\", \"X-Number\": 3}",
    );
    let reply = server.get("/front/here");
    assert_eq!((reply.status, reply.body.as_str()), (302, "ok"));
    for (name, expected) in [
        ("location", vec!["/front/next?a=b"]),
        ("set-cookie", vec!["theirs=1"]),
        ("server", vec![]),
        ("alt-svc", vec![]),
        ("x-hop", vec![]),
        ("x-page", vec!["at /here"]),
        ("x-frame-options", vec!["DENY"]),
        ("x-content-type-options", vec!["nosniff"]),
        ("content-length", vec!["2"]),
    ] {
        assert_eq!(reply.all(name), expected, "{name}: {reply:?}");
    }
    assert_ne!(reply.header("sallyport-decision"), Some("fake"));
    assert_eq!(service.seen().len(), 1, "no redirect is followed");
}

#[test]
fn heads_and_empty_answers() {
    let service = Service::start(|mut visit| {
        let status = if visit.head.starts_with("HEAD") {
            "200 OK\r\nContent-Length: 1234"
        } else {
            "304 Not Modified\r\nETag: \"x\""
        };
        visit.answer(&format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n"));
    });
    let server = serve(&service.url(), "");
    let reply = server.send(&Ask::new("HEAD", "/front/x").basic(DEV.0, DEV.1));
    assert_eq!(
        (reply.status, reply.header("content-length")),
        (200, Some("1234"))
    );
    let reply = server.get("/front/x");
    assert_eq!((reply.status, reply.header("etag")), (304, Some("\"x\"")));
    assert_eq!(outcome(&server)["status"], "success");
}

#[test]
fn an_upstream_that_fails_is_502() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = serve(&format!("http://127.0.0.1:{port}"), "");
    let reply = server.get("/front/x");
    assert_eq!((reply.status, reply.body.as_str()), (502, ""));
    assert_eq!(outcome(&server)["error_class"], "proxy.connect");
    let service = Service::start(drop);
    install(&server, "/gone", &service.url(), "");
    let reply = server.send(&Ask::post("/gone/x", "a=b").basic(DEV.0, DEV.1));
    assert_eq!((reply.status, reply.body.as_str()), (502, ""));
    assert_eq!(outcome(&server)["error_class"], "proxy.exchange");
    assert_eq!(service.seen().len(), 1, "nothing is sent twice");
    install(&server, "/nowhere", "http://nowhere.invalid", "");
    let (reply, denied) = server.refused(&Ask::get("/nowhere/x").basic(DEV.0, DEV.1));
    assert_eq!(reply.status, 502);
    assert_eq!(denied["action"], "proxy.in.config");
}

#[test]
fn nothing_passes_without_approval() {
    let service = Service::echo();
    let server = Server::start();
    let url = service.url();
    let code = app(&url, "").replace(&format!("[\"{url}\"]"), &format!("[\"{url}/only\"]"));
    server.approved("/front", &[("app.star", &code)]);
    let (reply, denied) = server.refused(&Ask::get("/front/only").basic(DEV.0, DEV.1));
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("internal address"), "{reply:?}");
    assert_eq!(denied["action"], "proxy.in.config");
    server
        .cli(&["set", "add", "egress-internal", "/front"])
        .ok();
    assert_eq!(server.get("/front/only/x?y").status, 200);
    for target in ["/front", "/front/onl", "/front/onlyx", "/front/only/../x"] {
        let (reply, denied) = server.refused(&Ask::get(target).basic(DEV.0, DEV.1));
        assert_eq!(reply.status, 403, "{target}");
        assert_eq!(
            denied["principal"]["type"], "AppInstance",
            "{target}: {denied}"
        );
    }
    for method in ["CONNECT", "TRACE", "PROPFIND", "FROB"] {
        let (reply, _) = server.refused(&Ask::new(method, "/front/only").basic(DEV.0, DEV.1));
        assert_eq!(reply.status, 405, "{method}");
    }
    // A stranger does not even reach the question.
    assert_eq!(server.send(&Ask::get("/front/only")).status, 401);
    assert_eq!(service.seen().len(), 1, "{:?}", service.seen());
}

/// Says that it wants to talk otherwise; answers the head of the answer and the connection.
pub fn upgrade(server: &Server, target: &str, headers: &str) -> (String, Listener) {
    let mut listener = Listener::ask(server, &format!("GET {target}"), headers);
    (listener.head(), listener)
}

pub const WEBSOCKET: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhl\r\nSec-WebSocket-Version: 13\r\n";

#[test]
fn websockets_carry_bytes_both_ways() {
    let service = Service::start(|mut visit| {
        visit.answer(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
        );
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = visit.reader.read(&mut buffer) {
            visit.stream.write_all(&buffer[..count]).unwrap();
        }
    });
    let server = serve(&service.url(), "");
    let (answer, mut listener) = upgrade(&server, "/front/ws", WEBSOCKET);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert_eq!(header(&answer, "sec-websocket-accept"), ["x"]);
    let asked = service.seen().remove(0);
    assert!(asked.starts_with("GET /ws HTTP/1.1"), "{asked}");
    assert_eq!(header(&asked, "host"), ["localhost"]);
    assert_eq!(header(&asked, "upgrade"), ["websocket"]);
    assert_eq!(header(&asked, "sec-websocket-key"), ["dGhl"]);
    for text in ["hello", "again"] {
        listener.send(text);
        assert_eq!(listener.hears(text), text);
    }
    drop(listener);
    let closed = outcome(&server);
    assert_eq!(
        (&closed["code"], &closed["bytes"]),
        (&101.into(), &10.into()),
        "{closed}"
    );
    let foreign = format!("{WEBSOCKET}Origin: https://evil.example\r\n");
    let (answer, _) = upgrade(&server, "/front/ws", &foreign);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(service.seen().len(), 1);
}

/// Accepts every upgrade and keeps the connection.
pub fn holding() -> Service {
    Service::start(|mut visit| {
        visit.answer(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        let _ = visit.reader.read(&mut [0]);
    })
}

#[test]
fn a_websocket_ends_with_the_leave_of_its_request() {
    let service = holding();
    let mut server = serve(&service.url(), "");
    let (answer, listener) = upgrade(&server, "/front/ws", WEBSOCKET);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    server.cli(&["user", "delete", DEV.0, "--yes"]).ok();
    assert_eq!(listener.rest(), "", "it ends");
    assert_eq!(outcome(&server)["error_class"], "revoked");
    server.user(DEV, "users");
    let (answer, listener) = upgrade(&server, "/front/ws", WEBSOCKET);
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    server.cli(&["server", "stop"]).ok();
    assert_eq!(listener.rest(), "", "it ends");
    server.restart();
    assert_eq!(outcome(&server)["error_class"], "stopped");
}

#[test]
fn what_is_not_permitted_any_more_ends() {
    let service = Service::start(|mut visit| {
        if visit.head.contains("websocket") {
            visit.answer("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        } else {
            visit.answer("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n");
        }
        let _ = visit.reader.read(&mut [0]);
    });
    let server = serve(&service.url(), "");
    for headers in [WEBSOCKET, ""] {
        let (_, listener) = upgrade(&server, "/front/x", headers);
        let begun = server.last("proxy.in.config");
        assert_eq!(begun["decision"], "allow");
        server
            .cli(&["set", "remove", "egress-internal", "/front"])
            .ok();
        assert!(!is_whole(&listener.rest()), "it breaks off");
        assert_eq!(server.last("proxy.in.config")["decision"], "deny");
        assert_eq!(server.outcome(&begun)["error_class"], "revoked");
        server
            .cli(&["set", "add", "egress-internal", "/front"])
            .ok();
    }
}

#[test]
fn only_what_was_asked_for_is_switched_to() {
    let service = Service::start(|mut visit| {
        if visit.head.starts_with("GET /switch") {
            visit.answer(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
            );
        } else {
            let head = visit.head.clone();
            visit.plain("", &head);
        }
    });
    let server = serve(&service.url(), "");
    let (answer, _) = upgrade(&server, "/front/switch", WEBSOCKET);
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_eq!(server.get("/front/switch").status, 502);
    for headers in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
        "Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx",
    ] {
        let (answer, _) = upgrade(&server, "/front/plain", headers);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{headers}: {answer}");
        let asked = service.seen().pop().unwrap();
        assert!(header(&asked, "upgrade").is_empty(), "{asked}");
        assert!(header(&asked, "http2-settings").is_empty(), "{asked}");
    }
}

const LARGE: usize = 100 << 20;

/// Most memory the server has used, in bytes.
fn peak(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

#[test]
fn large_bodies_pass_without_being_held() {
    let service = Service::start(|mut visit| {
        if visit.head.starts_with("GET") {
            visit.answer(&format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\nConnection: close\r\n\r\n"
            ));
            let piece = vec![b'x'; 1 << 20];
            for _ in 0..LARGE / piece.len() {
                visit.stream.write_all(&piece).unwrap();
            }
        } else {
            let got = std::io::copy(
                &mut visit.reader.by_ref().take(LARGE as u64),
                &mut std::io::sink(),
            );
            visit.plain("", &got.unwrap().to_string());
        }
    });
    let server = serve(&service.url(), "");
    let before = peak(&server);
    let length = format!("Connection: close\r\nContent-Length: {LARGE}\r\n");
    let mut up = Listener::ask(&server, "POST /front/up", &length);
    let piece = vec![b'y'; 1 << 20];
    for _ in 0..LARGE / piece.len() {
        up.send(&piece);
    }
    let answer = up.rest();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&LARGE.to_string()),
        "{answer}"
    );
    let mut down = Listener::get(&server, "/front/down");
    assert!(down.head().starts_with("HTTP/1.1 200 "));
    assert_eq!(down.count(), LARGE as u64);
    let grown = peak(&server).saturating_sub(before);
    assert!(grown < 48 << 20, "the server grew by {grown} bytes");
    assert_eq!(outcome(&server)["bytes"], LARGE);
}

#[test]
fn events_pass_one_by_one() {
    let (next, events) = mpsc::channel::<&'static str>();
    let events = Mutex::new(events);
    let service = Service::start(move |mut visit| {
        visit.answer(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
        );
        for event in events.lock().unwrap().iter() {
            visit.answer(&format!("data: {event}\n\n"));
        }
    });
    let server = serve(&service.url(), "");
    let mut listener = Listener::get(&server, "/front/events");
    assert!(listener.head().starts_with("HTTP/1.1 200 "));
    // Each event is sent only after the one before has arrived.
    for event in ["one", "two", "three"] {
        next.send(event).unwrap();
        listener.hears(event);
    }
    // Who goes in between leaves an abandoned record, and the upstream is let go.
    drop(listener);
    let call = server.last("proxy.in.config");
    eventually("the call is closed", || {
        let _ = next.send("more");
        server.shown(&call)["outcome"]["status"] == "abandoned"
    });
}
