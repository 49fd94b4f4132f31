//! Apps in development: their folder is followed, their pages hear of it, mistakes are shown and go away,
//! and nothing of it is a way round policy.

mod tools;

use std::time::Duration;

use crate::harness::{CONFIG, DEV, Server, eventually};
use crate::http::Ask;
use crate::listener::{Listener, is_whole};

const APP: &str = r#"
def handler(req):
    return {"version": 1, "dev": req.IsDev}

app = ace.app("Growing", routes=[ace.api("/")])
"#;

const PAGE: &str = r#"
def handler(req):
    return {}

app = ace.app("Paged", routes=[ace.html("/")])
"#;

const BODY: &str = "{{ define \"openrun_body\" }}<p>hello from {{ .AppName }}</p>{{ end }}";

/// A quick watcher, so that the tests need not wait.
fn server(more: &str) -> Server {
    Server::configured(&format!("{CONFIG}\n[dev]\ndebounce_ms = 50\n{more}"))
}

/// Hears reloads until one has brought what is expected; the first ones may be about generated files.
#[track_caller]
fn hears_until(events: &mut Listener, mut brought: impl FnMut() -> bool) {
    loop {
        events.hears("event: openrun_reload\ndata: App reloaded after file updates\n\n");
        if brought() {
            return;
        }
    }
}

#[test]
fn a_stream_of_reloads_ends_with_the_right_to_it() {
    let server = server("");
    server.develop("/dev", &[("app.star", APP)]);
    let mut events = Listener::get(&server, "/dev/_openrun_app/sse");
    events.hears("keepalive");
    server.forbid("app.access", "it is closed");
    assert!(!is_whole(&events.rest()), "it breaks off");
    assert_eq!(server.last("app.access")["decision"], "deny");
}

#[test]
fn a_changed_file_is_served_and_pages_hear_of_it() {
    let server = server("");
    let source = server.develop("/dev", &[("app.star", APP)]);
    assert_eq!(
        server.get("/dev").json(),
        serde_json::json!({"version": 1, "dev": true})
    );
    let listed = server.cli(&["app", "list", "-o", "json"]).ok().stdout;
    assert!(listed.contains("\"env\": \"dev\""), "{listed}");
    let mut events = Listener::get(&server, "/dev/_openrun_app/sse");
    let head = events.hears("keepalive");
    for expected in [
        "200 OK",
        "text/event-stream",
        "no-cache",
        "x-accel-buffering: no",
    ] {
        assert!(head.contains(expected), "{expected}: {head}");
    }
    std::fs::write(
        source.join("app.star"),
        APP.replace("\"version\": 1", "\"version\": 2"),
    )
    .unwrap();
    hears_until(&mut events, || server.get("/dev").json()["version"] == 2);

    let update = server.last("app.update");
    assert_eq!(
        (&update["decision"], &update["principal"]["type"]),
        (&"allow".into(), &"User".into())
    );
    let mut opened = server.decisions("app.access").into_iter();
    let opened = opened.find(|record| record["http"]["route"] == "/_openrun_app/sse");
    assert_eq!(opened.expect("a record of the stream")["decision"], "allow");
    let shown = server.cli(&["app", "show", "/dev", "-o", "json"]).ok();
    assert!(shown.stdout.contains("\"env\": \"dev\""));
}

#[test]
fn a_broken_app_says_where_and_recovers() {
    let server = server("");
    let source = server.develop("/dev", &[("app.star", APP)]);
    let mut events = Listener::get(&server, "/dev/_openrun_app/sse");
    events.hears("keepalive");
    std::fs::write(source.join("app.star"), "def handler(req)\n    return 1\n").unwrap();
    hears_until(&mut events, || server.get("/dev").status == 500);
    let page = server.send(&Ask::get("/dev").basic(DEV.0, DEV.1).browser());
    assert_eq!(page.status, 500, "{page:?}");
    for expected in [
        "app.star",
        "def handler(req)",
        "^",
        "data-events=\"/dev/_openrun_app/sse\"",
    ] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    let text = server.get("/dev/anything");
    assert!(
        text.status == 500 && text.body.contains("app.star:"),
        "{text:?}"
    );
    let shown = server.cli(&["app", "show", "/dev"]).ok().stdout;
    assert!(
        shown.contains("problem") && shown.contains("app.star:"),
        "{shown}"
    );
    let stranger = server.send(&Ask::get("/dev"));
    assert_eq!(stranger.status, 401);
    assert!(!stranger.body.contains("app.star"), "{stranger:?}");

    std::fs::write(source.join("app.star"), APP).unwrap();
    hears_until(&mut events, || server.get("/dev").status == 200);
}

#[test]
fn generated_files_appear_and_do_not_loop() {
    let server = server("");
    let source = server.develop("/paged", &[("app.star", PAGE), ("page.go.html", BODY)]);
    let files = [
        "index_gen.go.html",
        "openrun_gen.go.html",
        "config_gen.lock",
        "static/gen/css/style.css",
        "static/gen/lib/htmx.min.js",
        "static/gen/lib/sse.js",
    ];
    for file in files {
        eventually(file, || source.join(file).exists());
    }
    let page = || server.send(&Ask::get("/paged").basic(DEV.0, DEV.1).browser());
    eventually("the page with its scripts", || {
        page().body.contains("/static/gen/lib/htmx")
    });
    let shown = page();
    assert!(
        shown.status == 200
            && shown.body.contains("hello from Paged")
            && shown
                .body
                .contains("sse-connect=\"/paged/_openrun_app/sse\""),
        "{shown:?}"
    );
    let wrote = server.decisions("dev.write");
    assert_eq!(wrote.len(), files.len(), "{wrote:?}");
    for record in &wrote {
        assert_eq!(
            (&record["decision"], &record["principal"]["type"]),
            (&"allow".into(), &"AppInstance".into())
        );
    }
    let updates = server.decisions("app.update").len();
    std::fs::write(source.join("page.go.html~"), "x").unwrap();
    std::fs::write(source.join(".page.go.html.swp"), "x").unwrap();
    // Nothing says that nothing will happen: the pause is many times what the watcher takes.
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(
        server.decisions("app.update").len(),
        updates,
        "our own writes and an editor's are no changes"
    );

    std::fs::write(
        source.join("app.star"),
        PAGE.replace(
            "[ace.html(\"/\")]",
            "[ace.html(\"/\", full=\"page.go.html\")], custom_layout=True",
        ),
    )
    .unwrap();
    eventually("the skeleton goes", || {
        !source.join("index_gen.go.html").exists()
    });
}

#[test]
fn an_operator_can_forbid_generated_files() {
    let server = server("");
    server.forbid("dev.write", "nothing is generated here");
    let source = server.develop("/paged", &[("app.star", PAGE), ("page.go.html", BODY)]);
    eventually("the refusal is shown", || {
        server.get("/paged").status == 500
    });
    let reply = server.get("/paged");
    assert!(
        reply.body.contains("nothing is generated here"),
        "{reply:?}"
    );
    assert!(!source.join("index_gen.go.html").exists());
    assert_eq!(server.last("dev.write")["decision"], "deny");
}

#[test]
fn a_folder_that_was_exchanged_for_a_link_is_not_followed() {
    let server = server("");
    let source = server.develop("/dev", &[("app.star", APP)]);
    let other = server.source("/other", &[("app.star", "SECRET = 1 / 0\n")]);
    let away = source.with_extension("away");
    std::fs::rename(&source, &away).unwrap();
    std::os::unix::fs::symlink(&other, &source).unwrap();
    eventually("the link is refused", || {
        let said = server.get("/dev").body;
        assert!(!said.contains("SECRET"), "{said}");
        said.contains("leads to another folder")
    });
    std::fs::remove_file(&source).unwrap();
    std::fs::rename(&away, &source).unwrap();
    eventually("the folder is back", || server.get("/dev").status == 200);
}

#[test]
fn generated_files_never_leave_the_folder() {
    let server = server("");
    let outside = server.home().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let source = server.develop("/paged", &[("app.star", PAGE), ("page.go.html", BODY)]);
    eventually("it is furnished", || {
        source.join("static/gen/lib/sse.js").exists()
    });
    std::fs::remove_dir_all(source.join("static")).unwrap();
    std::os::unix::fs::symlink(&outside, source.join("static")).unwrap();
    eventually("a link out of the folder is refused", || {
        server.get("/paged").status == 500
    });
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

const FIRST: &str = r#"
load("fs.in", "fs")

def handler(req):
    return {"entries": len(fs.list("/usr/share/common-licenses").value)}

app = ace.app("Growing", routes=[ace.api("/")],
    permissions=[ace.permission("fs.in", "list", ["/usr/share/common-licenses/*"])])
"#;

#[test]
fn permissions_go_at_once_and_come_with_an_approval() {
    let server = server("");
    let without = FIRST.replace(
        "ace.permission(\"fs.in\", \"list\", [\"/usr/share/common-licenses/*\"])",
        "",
    );
    let source = server.develop("/dev", &[("app.star", FIRST)]);
    assert_eq!(server.get("/dev").status, 200);
    std::fs::write(source.join("app.star"), &without).unwrap();
    eventually("the permission is gone", || {
        server.get("/dev").status == 500
    });
    assert_eq!(server.last("fs.in.list")["decision"], "deny");

    let more = FIRST.replace(
        "permissions=[",
        "permissions=[ace.permission(\"exec.in\", \"run\", [\"echo\"]), ",
    );
    std::fs::write(source.join("app.star"), more).unwrap();
    eventually("it is back", || server.get("/dev").status == 200);
    let mut events = Listener::get(&server, "/dev/_openrun_app/sse");
    let notice = events.hears("exec.in");
    assert!(
        notice.contains("sallyport_notice") && notice.contains("sallyport app approve /dev"),
        "{notice}"
    );
}

#[test]
fn an_app_that_waits_for_approval_gets_nothing() {
    let server = server("");
    let source = server.source("/paged", &[("app.star", PAGE), ("page.go.html", BODY)]);
    let text = source.to_str().unwrap();
    server.cli(&["app", "create", text, "/paged", "--dev"]).ok();
    std::fs::write(source.join("page.go.html"), format!("{BODY}\n")).unwrap();
    eventually("the change is seen", || {
        !server.decisions("app.update").is_empty()
    });
    assert!(server.decisions("dev.write").is_empty());
    assert_eq!(server.get("/paged").status, 403);
    server.cli(&["app", "approve", "/paged"]).ok();
    eventually("now it is furnished", || {
        source.join("index_gen.go.html").exists()
    });
}

#[test]
fn only_administrators_create_apps_in_development() {
    let server = server("");
    server.forbid("app.develop", "nothing is developed here");
    let source = server.source("/dev", &[("app.star", APP)]);
    let text = source.to_str().unwrap();
    let ran = server.cli(&["app", "create", text, "/dev", "--dev"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(server.last("app.develop")["decision"], "deny");
    server.cli(&["app", "create", text, "/dev"]).ok();
}

#[test]
fn a_folder_may_go_and_come_back_and_a_server_too() {
    let mut server = server("");
    let source = server.develop("/dev", &[("app.star", APP)]);
    let aside = source.with_extension("aside");
    std::fs::rename(&source, &aside).unwrap();
    eventually("it is missed", || server.get("/dev").status == 500);
    std::fs::rename(&aside, &source).unwrap();
    eventually("it is back", || server.get("/dev").status == 200);
    std::fs::remove_dir_all(&source).unwrap();
    eventually("it is missed again", || server.get("/dev").status == 500);
    std::fs::create_dir(&source).unwrap();
    let second = APP.replace("\"version\": 1", "\"version\": 2");
    std::fs::write(source.join("app.star"), second).unwrap();
    eventually("another folder is followed", || {
        let reply = server.get("/dev");
        reply.status == 200 && reply.json()["version"] == 2
    });
    server.kill();
    let third = APP.replace("\"version\": 1", "\"version\": 3");
    std::fs::write(source.join("app.star"), third).unwrap();
    server.restart();
    eventually("what changed meanwhile is served", || {
        server.get("/dev").json()["version"] == 3
    });
    server.cli(&["app", "delete", "/dev", "--yes"]).ok();
    assert_eq!(server.get("/dev").status, 404);
}

#[test]
fn an_app_that_was_never_developed_has_what_it_needs() {
    let server = server("");
    let source = server.approved("/plain", &[("app.star", PAGE), ("page.go.html", BODY)]);
    let page = server.send(&Ask::get("/plain").basic(DEV.0, DEV.1).browser());
    assert!(
        page.status == 200
            && page.body.contains("hello from Paged")
            && page.body.contains("/static/gen/lib/htmx")
            && !page.body.contains("sse-connect"),
        "{page:?}"
    );
    assert!(!source.join("index_gen.go.html").exists());
    assert_eq!(server.get("/plain/_openrun_app/sse").status, 404);
}

#[test]
fn push_events_reach_pages_in_production() {
    let server = server("");
    let pushed = APP.replace(
        "routes=[ace.api(\"/\")]",
        "routes=[ace.api(\"/\")], settings={\"routing\": {\"push_events\": True}}",
    );
    let source = server.approved("/pushed", &[("app.star", &pushed)]);
    let mut events = Listener::get(&server, "/pushed/_openrun_app/sse");
    events.hears("keepalive");
    std::fs::write(
        source.join("app.star"),
        pushed.replace("\"version\": 1", "\"version\": 2"),
    )
    .unwrap();
    server.cli(&["app", "reload", "/pushed"]).ok();
    events.hears("openrun_reload");
}
