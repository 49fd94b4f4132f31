//! One canonical form of path and host: no spelling of a path reaches another rule than its plain form does.

use crate::front::HELLO;
use crate::harness::{DEV, Server};
use crate::http::{Ask, raw};

/// An app at `/public` that everybody may use and one at `/admin` that is not approved, so that "it got
/// through" is visible as a 200.
fn server() -> Server {
    let server = Server::start();
    server.approved("/public", HELLO);
    server.install("/admin", HELLO);
    server
}

#[track_caller]
fn check(server: &Server, target: &str, expected: u16, reason: &str) {
    let (reply, record) = server.refused(&Ask::get(target).basic(DEV.0, DEV.1));
    assert_eq!(reply.status, expected, "{target}: {reply:?}");
    assert!(
        record["reasons"][0].as_str().unwrap().starts_with(reason),
        "{target}: {record}"
    );
}

#[test]
fn plain_dots_are_resolved_before_anything_is_decided() {
    let server = server();
    check(&server, "/public/../admin", 403, "g.unapproved-app");
    check(&server, "/public/./../admin/", 403, "g.unapproved-app");
    assert!(
        server
            .decisions("app.access")
            .iter()
            .all(|record| record["app"]["path"] == "/admin")
    );
}

#[test]
fn disguised_paths_are_refused() {
    let server = server();
    for target in [
        "/public/%2e%2e/admin",
        "/public/.%2e/admin",
        "/public/%2E%2E/admin",
        "/public%2Fadmin",
        "/public/%5C../admin",
        "/public\\admin",
        "/admin/%00",
        "/admin%0a",
        "/admin%0d%0aX: y",
        "/public/%252e%252e%252fadmin",
        "/public/%252e%252e/admin",
        "/public/%c0%ae%c0%ae/admin",
        "/public/%ff",
        "/public/%zz",
        "/public/%4",
        "/public/..;/admin",
    ] {
        if !target.contains(' ') {
            check(&server, target, 400, "r.");
        }
    }
    assert!(
        server.decisions("app.access").is_empty(),
        "none of them reached a decision about an app"
    );
}

#[test]
fn look_alikes_are_other_paths() {
    let server = server();
    for target in [
        "//evil/admin",
        "/ADMIN",
        "/%41dmin",
        "/admin;x=1",
        "/admin%23",
        "/nothing?x=/public/",
        "/public../admin",
    ] {
        check(&server, target, 404, "r.not-found");
    }
    check(&server, "/%61dmin", 403, "g.unapproved-app");
    check(&server, "/admin?x=/public/", 403, "g.unapproved-app");
}

#[test]
fn hash_in_a_path_is_data() {
    let server = server();
    let reply = server.get("/public/item/secret%23");
    assert_eq!(reply.status, 200);
    let record = server.last("app.access");
    assert_eq!(record["http"]["route"], "/item/{id}");
}

#[test]
fn host_has_one_form() {
    let server = Server::start();
    let source = server.source("/site", HELLO);
    server
        .cli(&[
            "app",
            "create",
            source.to_str().unwrap(),
            "site.example.com:/",
            "--approve",
        ])
        .ok();
    for host in [
        "site.example.com",
        "SITE.EXAMPLE.COM",
        "site.example.com.",
        "site.example.com:443",
        "Site.Example.Com.:25222",
    ] {
        assert_eq!(
            server
                .send(&Ask::get("/").host(host).basic(DEV.0, DEV.1))
                .status,
            200,
            "{host}"
        );
    }
    for host in [
        "evilsite.example.com",
        "site.example.com.evil.io",
        "x.site.example.com",
    ] {
        assert_eq!(
            server
                .send(&Ask::get("/item/1").host(host).basic(DEV.0, DEV.1))
                .status,
            404,
            "{host}"
        );
    }
}

#[test]
fn contradictory_hosts_are_refused() {
    let server = server();
    for head in [
        "GET http://other.example/public HTTP/1.1\r\nHost: localhost\r\n",
        "GET /public HTTP/1.1\r\nHost: localhost\r\nHost: other.example\r\n",
        "GET /public HTTP/1.1\r\n",
        "GET /public HTTP/1.1\r\nHost: local host\r\n",
        "GET /public HTTP/1.1\r\nHost: a@localhost\r\n",
    ] {
        let reply = raw(
            server.http,
            format!("{head}Connection: close\r\n\r\n").as_bytes(),
        )
        .unwrap();
        assert_eq!(reply.status, 400, "{head:?}: {reply:?}");
    }
    assert!(server.decisions("app.access").is_empty());
}

#[test]
fn hostile_text_cannot_forge_a_record() {
    let server = server();
    let before = server.records().len();
    let agent = "x\u{1b}[2J\u{202e}\",\"decision\":\"allow";
    let long = "a".repeat(6000);
    server.send(
        &Ask::get(&format!("/public/item/{long}"))
            .basic(DEV.0, DEV.1)
            .header("User-Agent", agent),
    );
    server.send(&Ask::get("/admin").basic("dev\u{202e}\",\"decision\":\"allow", "x"));
    let listed = server.cli(&["audit", "list", "--limit", "50"]).ok().stdout;
    assert!(
        !listed.contains('\u{1b}') && !listed.contains('\u{202e}'),
        "{listed:?}"
    );
    assert!(server.records().len() > before);
    server.cli(&["audit", "verify"]).ok();
}
