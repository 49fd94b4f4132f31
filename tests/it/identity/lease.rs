//! WebSockets and event streams end with what let them begin: the account, the sign-in, the token, the groups at the
//! provider. Nobody else asks anything meanwhile, so it is the open connection that notices.

use std::io::Read;

use serde_json::{Value, json};

use crate::harness::{DEV, Server, eventually};
use crate::http::Ask;
use crate::listener::{Listener, is_whole};
use crate::peer::agent::Agent;
use crate::peer::oidc::OidcProvider;
use crate::proxy::{WEBSOCKET, install, serve};
use crate::service::Service;
use crate::sso::{NAME, Site, oidc};

const EVENTS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: one\n\n";
const SWITCHED: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// Becomes what is wished, says something and then holds on.
fn service() -> Service {
    Service::start(|mut visit| {
        let socket = visit
            .head
            .to_ascii_lowercase()
            .contains("upgrade: websocket");
        visit.answer(if socket { SWITCHED } else { EVENTS });
        if socket {
            visit.answer("data: one\n\n");
        }
        let _ = visit.reader.read(&mut [0]);
    })
}

/// What somebody holds open.
struct Held {
    socket: Listener,
    events: Listener,
    before: u64,
}

/// Opens both, as whoever the header names.
#[track_caller]
fn hold(server: &Server, who: &str) -> Held {
    let open = |path: &str, headers: &str| {
        let mut listener = Listener::stranger(server, path, &format!("{headers}{who}\r\n"));
        let head = listener.head();
        listener.hears("data: one\n\n");
        (head, listener)
    };
    let (head, socket) = open("GET /front/ws", WEBSOCKET);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let (head, events) = open("GET /front/events", "Connection: close\r\n");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let before = server.newest();
    Held {
        socket,
        events,
        before,
    }
}

/// Both break off, and each leaves a denial for this reason.
#[track_caller]
fn ends(server: &Server, held: Held, reason: &str) {
    let (socket, events) = (held.socket.rest(), held.events.rest());
    assert_eq!(socket, "", "the connection ends");
    assert!(!is_whole(&events), "the stream breaks off: {events}");
    let denied = |record: &Value| {
        record["decision"] == "deny"
            && record["action"] == "app.access"
            && record["reasons"][0].as_str() == Some(reason).filter(|reason| !reason.is_empty())
    };
    eventually(&format!("two denials `{reason}`"), || {
        let records = server.since(held.before);
        records.iter().filter(|record| denied(record)).count() == 2
    });
    // Passing on ends the connection; the request itself ends the stream.
    let begun = ["proxy.in.config", "app.access"].map(|action| server.decisions(action));
    let revoked = begun.iter().flatten().filter(|record| {
        record["decision"] == "allow" && server.outcome(record)["error_class"] == "revoked"
    });
    assert_eq!(revoked.count(), 2);
}

/// A person with a session, a way to end it, and the reason that is recorded.
fn check(ended: impl Fn(&Server, &str)) {
    let service = service();
    let server = serve(&service.url(), "");
    let cookie = server.session(DEV);
    let held = hold(&server, &format!("Cookie: {cookie}"));
    ended(&server, &cookie);
    ends(&server, held, "r.session-ended");
}

#[test]
fn they_end_with_the_account() {
    check(|server, _| {
        server.cli(&["user", "disable", DEV.0]).ok();
    });
}

#[test]
fn they_end_with_a_revoked_session() {
    check(|server, _| {
        let listed = server.cli(&["session", "list", "-o", "json"]).ok();
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        let id = listed[0]["session"].as_str().unwrap();
        server.cli(&["session", "revoke", id]).ok();
    });
}

#[test]
fn they_end_when_another_tab_signs_out() {
    check(|server, cookie| {
        let origin = server.url("");
        let logout = Ask::post("/_sallyport/logout", "")
            .header("Cookie", cookie)
            .header("Origin", &origin)
            .host(origin.trim_start_matches("http://"));
        let reply = server.send(&logout);
        assert_eq!(reply.status, 303, "{reply:?}");
    });
}

#[test]
fn they_end_with_the_token() {
    let service = service();
    let server = serve(&service.url(), "");
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let token = server.cli(&["token", "create", "robot"]).ok().stdout;
    let held = hold(&server, &format!("Authorization: Bearer {}", token.trim()));
    let listed = server.cli(&["token", "list", "-o", "json"]).ok();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    server.cli(&["token", "revoke", id]).ok();
    ends(&server, held, "r.session-ended");
}

/// A provider that is asked every two seconds, a gateway with the app, and somebody who holds both open.
#[track_caller]
fn at_provider(service: &Service) -> (OidcProvider, Site, Agent, Held) {
    let (provider, site) = oidc::pair("refresh = \"2s\"\n");
    install(&site.server, "/front", &service.url(), "");
    site.server.cli(&["set", "add", "open", "/front"]).ok();
    let bob = oidc::signed_in(&site, "bob");
    let cookie = bob.cookie("localhost", "sallyport").expect("a session");
    let held = hold(&site.server, &format!("Cookie: sallyport={cookie}"));
    (provider, site, bob, held)
}

#[test]
fn they_ask_the_provider_themselves() {
    let service = service();
    let (provider, site, _, held) = at_provider(&service);
    let asked = provider.count("token:refresh_token");
    eventually("the provider is asked", || {
        provider.count("token:refresh_token") >= asked + 2
    });
    provider.change("bob", json!({ "groups": [] }));
    ends(&site.server, held, "");
}

#[test]
fn they_end_with_an_account_of_the_provider() {
    let service = service();
    let (provider, site, _, held) = at_provider(&service);
    provider.change("bob", json!({ "disabled": true }));
    ends(&site.server, held, "r.session-ended");
    let closed = site.decisions("session.close", &format!("{NAME}:bob"));
    assert_eq!(closed.len(), 1, "{closed:?}");
}

/// A provider that says nothing must not keep what is held open from ending.
#[test]
fn they_end_while_the_provider_hangs() {
    let service = service();
    let (provider, site, _, held) = at_provider(&service);
    provider.mood("hang");
    std::thread::sleep(std::time::Duration::from_millis(3500));
    let user = format!("{NAME}:bob");
    let revoke = ["session", "revoke", "--user", &user];
    site.server.cli(&revoke).ok();
    ends(&site.server, held, "r.session-ended");
    provider.mood("ok");
}
