//! What an app's code may do outside, tried by code that wants more than it was given.

use crate::harness::{DEV, Server};
use crate::http::Ask;
use crate::upstream::Upstream;

/// An app with one API per expression, each run under the same permissions.
fn app(permissions: &str, attempts: &[&str]) -> String {
    let handlers: String = attempts
        .iter()
        .enumerate()
        .map(|(index, code)| format!("def t{index}(req):\n    return {{\"value\": {code}}}\n\n"))
        .collect();
    let routes: String = (0..attempts.len())
        .map(|index| format!("ace.api(\"/{index}\", handler=t{index}), "))
        .collect();
    format!(
        "load(\"fs.in\", \"fs\")\nload(\"exec.in\", \"exec\")\nload(\"http.in\", \"http\")\n\n{handlers}\
         app = ace.app(\"Attempts\", routes=[{routes}], permissions=[{permissions}])\n"
    )
}

/// Installs the attempts; each must be refused with a deny record of `action`.
#[track_caller]
fn all_refused(server: &Server, permissions: &str, action: &str, attempts: &[&str]) {
    server.approved("/attempts", &[("app.star", &app(permissions, attempts))]);
    server
        .cli(&["set", "add", "exec-allowed", "/attempts"])
        .ok();
    each_refused(server, action, attempts);
}

/// Each attempt of the installed app fails, with a deny record of `action` about the app.
#[track_caller]
fn each_refused(server: &Server, action: &str, attempts: &[&str]) {
    for (index, attempt) in attempts.iter().enumerate() {
        let ask = Ask::get(&format!("/attempts/{index}")).basic(DEV.0, DEV.1);
        let (reply, denied) = server.refused(&ask);
        assert_eq!(reply.status, 500, "{attempt}: {reply:?}");
        assert!(
            denied["action"].as_str().unwrap().starts_with(action),
            "{attempt}: {denied}"
        );
        assert_eq!(
            denied["principal"]["type"], "AppInstance",
            "{attempt}: {denied}"
        );
    }
}

#[test]
fn pinned_arguments_hold_for_every_spelling() {
    all_refused(
        &Server::start(),
        r#"ace.permission("fs.in", "list", ["/usr/share/common-licenses/*"]), ace.permission("exec.in", "run", ["echo", "hello"])"#,
        "",
        &[
            r#"fs.list("/etc").value"#,
            r#"fs.list(path="/etc").value"#,
            r#"fs.list(ignore_errors=True, path="/etc").value"#,
            r#"fs.list("/usr/share/common-licenses-other").value"#,
            r#"fs.list("/usr/share/common-licenses/../../../etc").value"#,
            r#"fs.find("/usr/share/common-licenses").value"#,
            r#"exec.run("ls").value"#,
            r#"exec.run(path="ls").value"#,
            r#"exec.run("echo", ["other"]).value"#,
            r#"exec.run("echo", args=["other"]).value"#,
            r#"exec.run("echo").value"#,
            r#"exec.run("/usr/bin/../bin/ls").value"#,
            r#"exec.run("echo hello").value"#,
            r#"exec.run("echo", "hello").value"#,
            r#"exec.run("echo", ["hello"], undeclared="x").value"#,
        ],
    );
}

#[test]
fn regular_expressions_are_anchored() {
    let server = Server::start();
    let upstream = Upstream::json();
    let url = upstream.url();
    let permission = format!(
        r#"ace.permission("http.in", "get", ["regex:{}/api/[a-z]+"])"#,
        url.replace('.', "\\\\.")
    );
    server.cli(&["set", "list"]).ok();
    let attempts = [
        format!(
            r#"http.get("http://127.0.0.2:{}/?u={url}/api/x").json()"#,
            upstream.address.port()
        ),
        format!(r#"http.get("{url}/api/x/../../secret").json()"#),
        format!(r#"http.get("{url}/api/x?y=1").json()"#),
        format!(r#"http.get("{url}/api/X").json()"#),
        format!(r#"http.get(url="{url}/other").json()"#),
    ];
    let attempts: Vec<&str> = attempts.iter().map(String::as_str).collect();
    // Approved and allowed to reach loopback, so that only the expression stands in the way.
    server.install("/attempts", &[("app.star", &app(&permission, &attempts))]);
    server
        .cli(&["set", "add", "egress-internal", "/attempts"])
        .ok();
    server.cli(&["app", "approve", "/attempts"]).ok();
    each_refused(&server, "http.in", &attempts);
    assert!(
        upstream.seen().is_empty(),
        "nothing reached it: {:?}",
        upstream.seen()
    );
}

#[test]
fn internal_addresses_are_out_of_reach() {
    let upstream = Upstream::json();
    let port = upstream.address.port();
    let attempts: Vec<String> = [
        "http://127.0.0.1:PORT/",
        "http://localhost:PORT/",
        "http://localhost.:PORT/",
        "http://2130706433:PORT/",
        "http://0x7f.1:PORT/",
        "http://127.1:PORT/",
        "http://0177.0.0.1:PORT/",
        "http://0.0.0.0:PORT/",
        "http://[::1]:PORT/",
        "http://[::]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
    ]
    .iter()
    .map(|url| {
        format!(
            r#"http.get("{}").json()"#,
            url.replace("PORT", &port.to_string())
        )
    })
    .collect();
    let attempts: Vec<&str> = attempts.iter().map(String::as_str).collect();
    all_refused(
        &Server::start(),
        r#"ace.permission("http.in", "get")"#,
        "http.in.get",
        &attempts,
    );
    assert!(
        upstream.seen().is_empty(),
        "nothing reached it: {:?}",
        upstream.seen()
    );
}

#[test]
fn redirects_are_decided_again() {
    let inside = Upstream::json();
    let target = inside.address.port();
    let outside = Upstream::start(move |_| {
        (
            "302 Found".into(),
            format!("Location: http://127.0.0.2:{target}/private\r\n"),
            String::new(),
        )
    });
    let server = Server::start();
    let code = app(
        &format!(
            r#"ace.permission("http.in", "get", ["{}/*"])"#,
            outside.url()
        ),
        &[&format!(r#"http.get("{}/go").json()"#, outside.url())],
    );
    server.approved("/attempts", &[("app.star", &code)]);
    server
        .cli(&["set", "add", "egress-internal", "/attempts"])
        .ok();
    assert_eq!(server.get("/attempts/0").status, 500);
    let decisions = server.decisions("http.in.get");
    assert_eq!(
        decisions
            .iter()
            .map(|record| record["decision"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["allow", "deny"]
    );
    assert_eq!((outside.seen().len(), inside.seen().len()), (1, 0));
}

#[test]
fn programs_are_for_the_curated_set_only() {
    let server = Server::start();
    let code = app(
        r#"ace.permission("exec.in", "run", ["echo", "hello"])"#,
        &[r#"exec.run("echo", ["hello"]).value"#],
    );
    server.approved("/attempts", &[("app.star", &code)]);
    assert_eq!(server.get("/attempts/0").status, 500);
    assert_eq!(server.last("exec.in.run")["reasons"][0], "g.exec");
    server
        .cli(&["set", "add", "exec-allowed", "/attempts"])
        .ok();
    assert_eq!(server.get("/attempts/0").json()["value"][0], "hello");
    server
        .cli(&["set", "remove", "exec-allowed", "/attempts"])
        .ok();
    assert_eq!(server.get("/attempts/0").status, 500);
}

#[test]
fn link_out_of_the_approved_folder_is_judged_where_it_leads() {
    let server = Server::start();
    let folder = server.home().join("data");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/etc", folder.join("innocent")).unwrap();
    let folder = folder.to_str().unwrap();
    let code = app(
        &format!(r#"ace.permission("fs.in", "list", ["{folder}/*"])"#),
        &[
            &format!(r#"fs.list("{folder}/innocent").value"#),
            &format!(r#"len(fs.list("{folder}").value)"#),
        ],
    );
    server.approved("/attempts", &[("app.star", &code)]);
    assert_eq!(server.get("/attempts/0").status, 500);
    assert_eq!(server.last("fs.in.list")["resource"]["id"], "/etc");
    assert_eq!(server.get("/attempts/1").status, 200);
}

#[test]
fn unchecked_plugin_error_fails_the_handler() {
    let server = Server::start();
    let code = app(
        r#"ace.permission("fs.in", "list")"#,
        &[
            r#"fs.list("/nonexistent").error"#,
            r#"[fs.list("/nonexistent"), 1][1]"#,
            r#"fs.list("/nonexistent").value"#,
        ],
    );
    server.approved("/attempts", &[("app.star", &code)]);
    assert_eq!(
        server.get("/attempts/0").status,
        200,
        "a read error is handled"
    );
    assert_eq!(
        server.get("/attempts/1").status,
        500,
        "an unread one fails the request"
    );
    assert_eq!(server.get("/attempts/2").status, 500);
}
