//! Case 34: upgrades and event streams that nobody may have; the service behind the app counts what reaches it.

use super::site::{APPS, COOKIE, Hostile, session};
use super::{Stage, Variant, play};
use crate::harness::Server;
use crate::http::{Reply, raw};
use crate::service::Service;

const WEBSOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
const EVENTS: &str = "Connection: close\r\nAccept: text/event-stream\r\n";

/// A gateway with an app that passes everything on.
struct Wired {
    hostile: Hostile,
    service: Service,
}

impl Stage for Wired {
    fn server(&self) -> &Server {
        self.hostile.server()
    }

    fn good(&self) {
        self.hostile.good();
    }
}

const VARIANTS: &[Variant<Wired>] = &[
    ("no-session", |wired| wired.ask(WEBSOCKET)),
    ("dead-session", |wired| {
        wired.ask(&format!(
            "{WEBSOCKET}Cookie: {COOKIE}={}\r\n",
            "A".repeat(43)
        ))
    }),
    ("foreign-origin", |wired| {
        wired.by_alice("Origin: https://evil.test\r\n")
    }),
    ("origin-null", |wired| wired.by_alice("Origin: null\r\n")),
    ("origin-of-the-login-host", |wired| {
        wired.by_alice(&format!(
            "Origin: http://auth.localhost:{}\r\n",
            wired.hostile.site.port
        ))
    }),
    ("origin-of-another-port", |wired| {
        wired.by_alice("Origin: http://localhost:1\r\n")
    }),
    ("origin-that-begins-like-ours", |wired| {
        wired.by_alice(&format!(
            "Origin: http://localhost:{}.evil.test\r\n",
            wired.hostile.site.port
        ))
    }),
    ("foreign-site", |wired| {
        wired.by_alice("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\n")
    }),
    ("token-as-protocol", |wired| {
        wired.ask(&format!(
            "{WEBSOCKET}Sec-WebSocket-Protocol: bearer, sp_{}\r\n",
            "A".repeat(43)
        ))
    }),
    ("session-as-protocol", |wired| {
        let alice = wired.hostile.at_the_door("alice");
        let session = session(&alice, APPS);
        wired.ask(&format!(
            "{WEBSOCKET}Sec-WebSocket-Protocol: {COOKIE}, {session}\r\n"
        ))
    }),
    ("session-in-the-address", |wired| {
        let session = session(&wired.hostile.at_the_door("alice"), APPS);
        wired.at(
            &format!("/wired/ws?{COOKIE}={session}&access_token={session}"),
            WEBSOCKET,
        )
    }),
    ("token-that-is-none", |wired| {
        wired.ask(&format!(
            "{WEBSOCKET}Authorization: Bearer sp_{}\r\n",
            "A".repeat(43)
        ))
    }),
    ("events-without-session", |wired| wired.ask(EVENTS)),
    ("events-with-session-in-the-address", |wired| {
        let session = session(&wired.hostile.at_the_door("alice"), APPS);
        wired.at(&format!("/wired/events?{COOKIE}={session}"), EVENTS)
    }),
    ("events-by-post-of-a-foreign-page", |wired| {
        let alice = super::site::shown(&wired.hostile.at_the_door("alice"), APPS);
        wired.line(
            "POST /wired/events",
            &format!(
                "{EVENTS}Cookie: {alice}\r\nOrigin: https://evil.test\r\nContent-Length: 0\r\n"
            ),
        )
    }),
];

impl Wired {
    fn start() -> Wired {
        let service = Service::start(|mut visit| {
            visit.answer("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        });
        let hostile = Hostile::start("");
        let url = service.url();
        let app = format!(
            "load(\"proxy.in\", \"proxy\")\n\napp = ace.app(\"Wired\", routes=[ace.proxy(\"/\", proxy.config(\"{url}\"))],\n\
             permissions=[ace.permission(\"proxy.in\", \"config\", [\"{url}\"])])\n"
        );
        hostile.server().approved("/wired", &[("app.star", &app)]);
        for set in ["egress-internal", "open"] {
            hostile.server().cli(&["set", "add", set, "/wired"]).ok();
        }
        Wired { hostile, service }
    }

    fn ask(&self, headers: &str) -> Reply {
        self.at("/wired/ws", headers)
    }

    fn at(&self, target: &str, headers: &str) -> Reply {
        self.line(&format!("GET {target}"), headers)
    }

    /// Somebody who may, from a page that may not.
    fn by_alice(&self, headers: &str) -> Reply {
        let alice = super::site::shown(&self.hostile.at_the_door("alice"), APPS);
        self.ask(&format!("{WEBSOCKET}Cookie: {alice}\r\n{headers}"))
    }

    fn line(&self, line: &str, headers: &str) -> Reply {
        let host = format!("localhost:{}", self.hostile.site.port);
        // The connection of a refused upgrade may stay open; this one ends after its answer.
        let headers = headers.replace("Connection: Upgrade", "Connection: Upgrade, close");
        let asked = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        raw(self.server().http, asked.as_bytes()).expect("an answer")
    }
}

#[test]
fn nothing_is_upgraded_before_it_is_judged() {
    let wired = Wired::start();
    play(&wired, "socket", VARIANTS);
    assert!(
        wired.service.seen().is_empty(),
        "{:?}",
        wired.service.seen()
    );
    // With a session from a page of ours it is let through, so the refusals above were for what they say.
    let alice = super::site::shown(&wired.hostile.at_the_door("alice"), APPS);
    let origin = format!("Origin: http://localhost:{}\r\n", wired.hostile.site.port);
    assert_eq!(
        wired
            .ask(&format!("{WEBSOCKET}Cookie: {alice}\r\n{origin}"))
            .status,
        101
    );
    assert_eq!(wired.service.seen().len(), 1);
}
