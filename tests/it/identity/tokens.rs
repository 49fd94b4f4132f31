//! Service accounts: what they may, and that only the whole, living token names one.

use serde_json::Value;

use super::{noted, reason};
use crate::front::HELLO;
use crate::harness::{DEV, Server};
use crate::http::Ask;
use crate::listener::Listener;
use crate::proxy::{WEBSOCKET, holding, outcome, serve};
use crate::service::Service;

fn hello() -> Server {
    let server = Server::start();
    server.approved("/hello", HELLO);
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    server
}

fn token(server: &Server, arguments: &[&str]) -> String {
    let mut all = vec!["token", "create", "robot"];
    all.extend(arguments);
    let told = server.cli(&all).ok().stdout;
    told.trim().to_owned()
}

fn with(target: &str, token: &str) -> Ask {
    Ask::get(target).header("Authorization", &format!("Bearer {token}"))
}

/// The only token there is.
fn listed(server: &Server) -> Value {
    let listed = server.cli(&["token", "list", "-o", "json"]).ok();
    let mut listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    listed[0].take()
}

#[test]
fn a_token_names_its_service() {
    let server = hello();
    let token = token(&server, &[]);
    assert!(token.starts_with("sp_") && token.len() == 52, "{token}");
    assert!(listed(&server)["used"].is_null());
    let reply = server.send(&with("/hello", &token));
    assert_eq!(reply.status, 200, "{reply:?}");
    let record = server.last("app.access");
    assert_eq!(record["decision"], "allow");
    assert_eq!(record["principal"]["type"], "ServiceAccount");
    assert!(
        record["principal"]["id"]
            .as_str()
            .unwrap()
            .starts_with("sa:"),
        "{record}"
    );
    let listed = listed(&server);
    assert!(listed["used"].is_string(), "{listed}");
    let log = server
        .records()
        .iter()
        .map(Value::to_string)
        .collect::<String>();
    assert!(!log.contains(&token[3..46]));
    for file in ["metadata.db", "metadata.db-wal"] {
        let bytes = std::fs::read(server.home().join(file)).unwrap();
        let secret = &token.as_bytes()[3..46];
        assert!(
            !bytes.windows(secret.len()).any(|part| part == secret),
            "{file}"
        );
    }
    assert_eq!(server.last("token.create")["decision"], "allow");
    assert_eq!(noted(&server, "change.token-created").len(), 1);
}

#[test]
fn a_service_may_nothing_by_itself() {
    let server = hello();
    server.cli(&["service", "add", "quiet"]).ok();
    let made = server.cli(&["token", "create", "quiet"]).ok().stdout;
    let (reply, record) = server.refused(&with("/hello", made.trim()));
    assert_eq!(reply.status, 403, "{reply:?}");
    assert_eq!(record["principal"]["type"], "ServiceAccount");
    let id = server.cli(&["service", "list", "-o", "json"]).ok().stdout;
    let id: Value = serde_json::from_str(&id).unwrap();
    let id = id[0]["id"].as_str().unwrap();
    let grant = format!(
        "@id(\"my.quiet\")\npermit (principal == Sallyport::ServiceAccount::\"{id}\", action == Sallyport::Action::\"app.access\", resource in Sallyport::Space::\"/\");\n"
    );
    std::fs::write(server.home().join("policy/grants/quiet.cedar"), grant).unwrap();
    server.cli(&["policy", "reload"]).ok();
    assert_eq!(server.send(&with("/hello", made.trim())).status, 200);
}

/// Case 46: in any place one bit off, too short or too long is nobody; and what it was stays out of the record.
#[test]
fn damaged_tokens_are_nobodys() {
    let server = hello();
    let token = token(&server, &[]);
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    let other = format!("sp_{}", "A".repeat(49));
    for bad in [
        flipped(3),
        flipped(30),
        flipped(45),
        flipped(51),
        token[..51].to_owned(),
        token[..4].to_owned(),
        format!("{token}A"),
        format!("{token} {token}"),
        other,
        "sp_".to_owned(),
    ] {
        let (reply, record) = server.refused(&with("/hello", &bad));
        assert_eq!(
            (reply.status, reason(&record)),
            (401, "r.token-malformed"),
            "{bad}"
        );
        assert!(!server.shown(&record).to_string().contains(&bad[3..]) || bad.len() < 8);
        assert!(
            reply
                .all("www-authenticate")
                .iter()
                .any(|way| way.starts_with("Bearer "))
        );
    }
    // Beside another one, or beside a session, a damaged token is no better.
    let session = server.session(DEV);
    let both = with("/hello", &flipped(9)).header("Cookie", &session);
    assert_eq!(server.refused(&both).0.status, 401);
    let two = with("/hello", &token).header("Authorization", "Bearer of-an-app");
    assert_eq!(server.refused(&two).0.status, 401);
    assert_eq!(server.send(&with("/hello", &token)).status, 200);
}

#[test]
fn tokens_end() {
    let server = hello();
    let revoked = token(&server, &[]);
    assert_eq!(server.send(&with("/hello", &revoked)).status, 200);
    let id = listed(&server)["id"].as_str().unwrap().to_owned();
    server.cli(&["token", "revoke", &id]).ok();
    let (reply, record) = server.refused(&with("/hello", &revoked));
    assert_eq!((reply.status, reason(&record)), (401, "r.token-unknown"));
    assert_eq!(server.cli(&["token", "revoke", &id]).code, 4);
    assert_eq!(noted(&server, "change.token-revoked").len(), 1);

    let token = token(&server, &[]);
    assert_eq!(server.send(&with("/hello", &token)).status, 200);
    let dry = server
        .cli(&["service", "disable", "robot", "--dry-run"])
        .ok();
    assert!(dry.stderr.contains("nothing was changed"), "{dry:?}");
    server.cli(&["service", "disable", "robot"]).ok();
    let (reply, record) = server.refused(&with("/hello", &token));
    assert_eq!((reply.status, reason(&record)), (401, "r.token-disabled"));
    let shown = server.shown(&record);
    assert_eq!(shown["detail"]["token"], listed(&server)["id"], "{shown}");
    server.cli(&["service", "enable", "robot"]).ok();
    assert_eq!(server.send(&with("/hello", &token)).status, 200);
    assert_eq!(
        server.cli(&["service", "delete", "robot"]).code,
        2,
        "asks first"
    );
    server.cli(&["service", "delete", "robot", "--yes"]).ok();
    let (reply, record) = server.refused(&with("/hello", &token));
    assert_eq!((reply.status, reason(&record)), (401, "r.token-unknown"));
}

#[test]
fn a_token_reaches_no_further_than_it_says() {
    let server = hello();
    server.approved("/other", HELLO);
    let one = token(&server, &["--app", "/hello"]);
    let reading = token(&server, &["--read-only"]);
    let post = |target: &str, token: &str| {
        Ask::post(target, "a=1").header("Authorization", &format!("Bearer {token}"))
    };
    assert_eq!(server.send(&with("/hello", &one)).status, 200);
    assert_eq!(server.send(&post("/hello/form", &one)).status, 200);
    let (reply, record) = server.refused(&with("/other", &one));
    assert_eq!((reply.status, reason(&record)), (403, "g.token-scope"));
    assert_eq!(server.send(&with("/other", &reading)).status, 200);
    let (reply, record) = server.refused(&post("/hello/form", &reading));
    assert_eq!((reply.status, reason(&record)), (403, "g.token-scope"));
    for (arguments, code) in [
        (&["--app", "/nowhere"][..], 4),
        (&["--expires", "400d"], 2),
        (&["--expires", "soon"], 2),
        (&["--expires", "1s"], 2),
    ] {
        let mut all = vec!["token", "create", "robot"];
        all.extend(arguments);
        assert_eq!(server.cli(&all).code, code, "{arguments:?}");
    }
    assert_eq!(server.cli(&["token", "create", "nobody"]).code, 4);
}

/// Case 50: a token in an address is none. What is not ours is the app's, and ours never is.
#[test]
fn tokens_travel_in_their_header_only() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let token = token(&server, &[]);
    for name in ["access_token", "token", "bearer", "authorization"] {
        let ask = Ask::get(&format!("/front/x?{name}={token}"));
        let (reply, record) = server.refused(&ask);
        assert_eq!(reply.status, 401, "{name}");
        assert!(!server.shown(&record).to_string().contains(&token));
    }
    let reply = server.send(&with("/front/x", &token));
    assert!(
        reply.status == 200 && !reply.body.contains(&token[3..]),
        "{reply:?}"
    );
    let session = server.session(DEV);
    let theirs = with("/front/x", "of-the-app").header("Cookie", &session);
    let reply = server.send(&theirs);
    assert!(reply.body.contains("Bearer of-the-app"), "{reply:?}");
}

#[test]
fn long_answers_end_with_the_token() {
    let service = holding();
    let server = serve(&service.url(), "");
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let token = token(&server, &[]);
    let headers = format!("{WEBSOCKET}Authorization: Bearer {token}\r\n");
    let mut listener = Listener::stranger(&server, "GET /front/ws", &headers);
    let head = listener.head();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let id = listed(&server)["id"].as_str().unwrap().to_owned();
    server.cli(&["token", "revoke", &id]).ok();
    assert_eq!(listener.rest(), "", "it ends");
    assert_eq!(outcome(&server)["error_class"], "revoked");
}
