//! The signed word on who asks, as servers behind the gateway check it.

use std::os::unix::fs::PermissionsExt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::Value;

use crate::harness::{DEV, OPS, Server};
use crate::http::Ask;
use crate::proxy::{install, serve};
use crate::service::Service;

/// What a request brought to the service under this name, in any spelling.
fn brought(head: &str) -> Vec<String> {
    let named = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        let name = name.to_ascii_lowercase().replace(['_', '.', '~'], "-");
        name.contains("sallyport-assertion")
    };
    head.lines().filter(named).map(str::to_owned).collect()
}

/// The one token that a request of `ask` brings.
#[track_caller]
fn token(server: &Server, service: &Service, ask: Ask) -> String {
    let reply = server.send(&ask);
    assert_eq!(reply.status, 200, "{reply:?}");
    let found = brought(&service.seen().pop().unwrap());
    let [only] = found.as_slice() else {
        panic!("not one: {found:?}");
    };
    let (name, token) = only.split_once(": ").unwrap();
    assert_eq!(name.to_ascii_lowercase(), "x-sallyport-assertion");
    token.trim().to_owned()
}

/// The claims, if the published keys vouch for them to this app.
fn claims(server: &Server, app: &str, token: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let published = server.send(&Ask::get("/_sallyport/jwks.json"));
    assert_eq!(published.status, 200, "{published:?}");
    assert!(
        !published.body.contains("\"d\""),
        "no secrets: {published:?}"
    );
    let set: JwkSet = serde_json::from_str(&published.body).unwrap();
    let header = jsonwebtoken::decode_header(token)?;
    assert_eq!(header.alg, Algorithm::ES256);
    let key = set
        .find(&header.kid.unwrap())
        .expect("the key is published");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[app]);
    rules.set_issuer(&[issuer(server)]);
    rules.leeway = 0;
    let decoded = jsonwebtoken::decode(token, &DecodingKey::from_jwk(key)?, &rules);
    decoded.map(|decoded| decoded.claims)
}

fn issuer(server: &Server) -> String {
    format!("https://auth.localhost:{}", server.https.port())
}

#[test]
fn servers_behind_can_check_who_asks() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    let as_dev = || Ask::get("/front").basic(DEV.0, DEV.1);
    let first = token(&server, &service, as_dev());
    let record = server.last("app.access");
    let said = claims(&server, "/front", &first).unwrap();
    assert_eq!(said["iss"], issuer(&server));
    assert_eq!(said["aud"], "/front");
    assert_eq!(said["sub"], record["principal"]["id"], "{said}");
    assert_eq!(said["name"], DEV.0);
    assert_eq!(said["groups"], serde_json::json!(["local:users"]));
    assert_eq!(said["amr"], serde_json::json!(["pwd"]));
    assert_eq!(said["jti"], record["id"]);
    assert!(said.get("email").is_none(), "{said}");
    let [issued, ends] = ["iat", "exp"].map(|claim| said[claim].as_i64().unwrap());
    let now = jiff::Timestamp::now().as_second();
    assert!(
        issued <= now && (1..=120).contains(&(ends - issued)),
        "{said}"
    );

    // One serves for a minute; another person, and another app, get their own.
    assert_eq!(token(&server, &service, as_dev()), first);
    let of_ops = token(&server, &service, Ask::get("/front").basic(OPS.0, OPS.1));
    let other = claims(&server, "/front", &of_ops).unwrap();
    assert_ne!((&other["sub"], &other["jti"]), (&said["sub"], &said["jti"]));
    assert_eq!(other["name"], OPS.0);
    install(&server, "/other", &service.url(), "");
    let elsewhere = token(&server, &service, Ask::get("/other").basic(DEV.0, DEV.1));
    assert_ne!(elsewhere, first);
    claims(&server, "/other", &elsewhere).unwrap();
    assert!(
        claims(&server, "/front", &elsewhere).is_err(),
        "it is for another app"
    );
}

#[test]
fn a_token_that_was_touched_is_worth_nothing() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    let good = token(&server, &service, Ask::get("/front").basic(DEV.0, DEV.1));
    claims(&server, "/front", &good).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, signature] = parts[..] else {
        panic!("three parts: {good}");
    };
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    let root = BASE64_URL_SAFE_NO_PAD.encode(text.replace("local:users", "local:admins"));
    let start = if signature.starts_with('A') { 'B' } else { 'A' };
    for wrong in [
        format!("{head}.{root}.{signature}"),
        format!("{head}.{body}.{start}{}", &signature[1..]),
        format!("{head}.{body}."),
    ] {
        assert!(claims(&server, "/front", &wrong).is_err(), "{wrong}");
    }
}

/// What clients send under that name never arrives, whoever they are and however they write it.
#[test]
fn nobody_brings_a_word_of_their_own() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    let good = token(&server, &service, Ask::get("/front").basic(DEV.0, DEV.1));
    install(&server, "/open", &service.url(), "");
    server
        .cli(&["app", "update", "/open", "--auth", "none"])
        .ok();
    for name in [
        "X-Sallyport-Assertion",
        "x-sallyport-assertion",
        "X_Sallyport_Assertion",
        "X-Sallyport_Assertion",
        "X_SALLYPORT-ASSERTION",
        "X.Sallyport.Assertion",
        "X~Sallyport~Assertion",
    ] {
        let ask = |path: &str| Ask::get(path).header(name, &good);
        let reply = server.send(&ask("/open"));
        assert_eq!(reply.status, 200, "{reply:?}");
        let seen = service.seen().pop().unwrap();
        assert_eq!(brought(&seen), [""; 0], "{name}: a stranger is nobody");
        assert!(!seen.contains(&good), "{name}: {seen}");
        let of_ops = token(&server, &service, ask("/front").basic(OPS.0, OPS.1));
        assert_eq!(claims(&server, "/front", &of_ops).unwrap()["name"], OPS.0);
        let reply = server.send(&ask("/front"));
        assert_eq!(reply.status, 401, "it is no way to sign in: {reply:?}");
    }
    let reply = server.send(&Ask::get("/open"));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(brought(&service.seen().pop().unwrap()), [""; 0]);
}

#[test]
fn programs_are_named_by_their_account() {
    let service = Service::echo();
    let server = serve(&service.url(), "");
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let secret = server.cli(&["token", "create", "robot"]).ok().stdout;
    let bearer = format!("Bearer {}", secret.trim());
    let found = token(
        &server,
        &service,
        Ask::get("/front").header("Authorization", &bearer),
    );
    let said = claims(&server, "/front", &found).unwrap();
    let record = server.last("app.access");
    assert_eq!(record["principal"]["type"], "ServiceAccount");
    assert_eq!(said["sub"], record["principal"]["id"], "{said}");
    assert_eq!(said["name"], "robot");
    assert!(said.get("auth_time").is_none_or(Value::is_i64), "{said}");
}

#[test]
fn the_key_is_read_by_its_owner_alone_and_kept() {
    let service = Service::echo();
    let mut server = serve(&service.url(), "");
    let good = token(&server, &service, Ask::get("/front").basic(DEV.0, DEV.1));
    let keys = std::fs::read_dir(server.home().join("keys")).unwrap();
    let keys: Vec<_> = keys
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("assertion-"))
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let mode = std::fs::metadata(&keys[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = server.send(&Ask::get("/_sallyport/jwks.json")).body;
    server.restart();
    assert_eq!(server.send(&Ask::get("/_sallyport/jwks.json")).body, before);
    // The listener has another port now, and with it the origin another name.
    let error = claims(&server, "/front", &good).unwrap_err();
    let kind = error.kind();
    assert!(
        matches!(kind, jsonwebtoken::errors::ErrorKind::InvalidIssuer),
        "{kind:?}"
    );
}
