//! Cases 47 and 49: what the provider changes while something is held open, with no other request that would notice;
//! and a question to the provider whose asker hangs up.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::provider::{honest, tokens};
use super::site::{APPS, CLIENT, Hostile, shown};
use crate::harness::eventually;
use crate::listener::Listener;
use crate::peer::agent::Agent;
use crate::service::Service;

const WEBSOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhl\r\nSec-WebSocket-Version: 13\r\n";

/// The provider is asked every second.
const REFRESH: &str = "refresh = \"1s\"\n";

/// A gateway with an app whose service holds every connection.
fn holding() -> (Hostile, Service) {
    let service = Service::start(|mut visit| {
        visit.answer(match visit.head.contains("websocket") {
            true => "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            false => "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n",
        });
        let _ = visit.reader.read(&mut [0]);
    });
    let hostile = Hostile::start(REFRESH);
    let url = service.url();
    let app = format!(
        "load(\"proxy.in\", \"proxy\")\n\napp = ace.app(\"Held\", routes=[ace.proxy(\"/\", proxy.config(\"{url}\"))],\n\
         permissions=[ace.permission(\"proxy.in\", \"config\", [\"{url}\"])])\n"
    );
    hostile.site.server.approved("/held", &[("app.star", &app)]);
    for set in ["egress-internal", "open"] {
        hostile.site.server.cli(&["set", "add", set, "/held"]).ok();
    }
    (hostile, service)
}

/// What the provider says of somebody when it is asked again.
fn renewed(hostile: &Hostile, subject: &str, groups: Value, next: &str) -> (u16, Value) {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "iss": hostile.provider.issuer("corp"), "aud": CLIENT, "sub": subject, "iat": now, "exp": now + 3600,
        "auth_time": now, "name": subject, "groups": groups,
    });
    let (status, mut answer) = tokens(&honest(&claims));
    answer["refresh_token"] = json!(next);
    (status, answer)
}

/// Something held open by somebody who asks for nothing else.
#[track_caller]
fn held(hostile: &Hostile, agent: &Agent, headers: &str) -> Listener {
    let headers = format!("Cookie: {}\r\n{headers}", shown(agent, APPS));
    let mut listener = Listener::stranger(&hostile.site.server, "GET /held/x", &headers);
    let head = listener.head();
    assert!(
        head.starts_with("HTTP/1.1 101 ") || head.starts_with("HTTP/1.1 200 "),
        "{head}"
    );
    listener
}

/// What is held open ends after `change`, and leaves a deny record about the person for this reason.
#[track_caller]
fn ends(change: impl Fn(&Hostile) -> (u16, Value), reason: Option<&str>) {
    let (hostile, _service) = holding();
    let good = renewed(&hostile, "alice", json!(["dev"]), "rt");
    hostile.provider.change(|world| world.refresh = good);
    let alice = hostile.at_the_door("alice");
    let open =
        [WEBSOCKET, "Accept: text/event-stream\r\n"].map(|headers| held(&hostile, &alice, headers));
    let asked = || {
        hostile
            .provider
            .seen("/corp/token")
            .iter()
            .filter(|asked| asked.contains("refresh_token="))
            .count()
    };
    eventually("the provider is asked without a request", || asked() >= 2);
    let (before, bad) = (hostile.site.server.newest(), change(&hostile));
    hostile.provider.change(|world| world.refresh = bad);
    for listener in open {
        listener.rest();
    }
    let denied: Vec<Value> = hostile
        .site
        .server
        .since(before)
        .into_iter()
        .filter(|record| record["decision"] == "deny")
        .collect();
    assert_eq!(denied.len(), 2, "{denied:?}");
    for record in denied {
        assert_eq!(record["principal"]["id"], "corp:alice", "{record}");
        assert_eq!(
            record["reasons"][0]
                .as_str()
                .filter(|it| it.starts_with("r.")),
            reason,
            "{record}"
        );
    }
    let status = hostile.ask(APPS, "/open", &[&shown(&alice, APPS)]).status;
    assert_eq!(status, if reason.is_some() { 401 } else { 403 });
}

#[test]
fn who_is_disabled_at_the_provider_holds_nothing_open() {
    ends(
        |_| (400, json!({ "error": "invalid_grant" })),
        Some("r.session-ended"),
    );
}

#[test]
fn who_loses_a_group_at_the_provider_holds_nothing_open() {
    ends(|hostile| renewed(hostile, "alice", json!([]), "rt"), None);
}

#[test]
fn who_becomes_somebody_else_at_the_provider_holds_nothing_open() {
    ends(
        |hostile| renewed(hostile, "root", json!(["dev", "admins"]), "rt"),
        Some("r.session-ended"),
    );
}

#[test]
fn a_request_that_hangs_up_does_not_lose_the_next_token() {
    let hostile = Hostile::start(REFRESH);
    let alice = hostile.at_the_door("alice");
    let next = renewed(&hostile, "alice", json!(["dev"]), "the-second");
    hostile.provider.change(|world| {
        world.refresh = next;
        world.slow = Duration::from_millis(1500);
    });
    let asked = || {
        let mut seen = hostile.provider.seen("/corp/token");
        seen.retain(|asked| asked.contains("grant_type=refresh_token"));
        seen
    };
    std::thread::sleep(Duration::from_millis(1100));
    let mut stream = TcpStream::connect(hostile.site.server.http).unwrap();
    let request = format!(
        "GET /open HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n",
        shown(&alice, APPS)
    );
    stream.write_all(request.as_bytes()).unwrap();
    eventually("the provider is asked", || hostile.provider.asked() == 1);
    drop(stream);
    eventually("the provider has answered nobody", || asked().len() == 1);
    hostile.provider.change(|world| world.slow = Duration::ZERO);
    eventually("the provider is asked with the second token", || {
        assert_eq!(
            hostile.ask(APPS, "/open", &[&shown(&alice, APPS)]).status,
            200,
            "alice stays signed in"
        );
        asked().len() >= 2
    });
    assert!(
        asked()[1].contains("refresh_token=the-second"),
        "{:?}",
        asked()
    );
}
