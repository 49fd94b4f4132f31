//! Apps in development: their folder is followed, their pages hear of it, mistakes are shown and go away,
//! and nothing of it is a way round policy.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;

use crate::harness::{CONFIG, DEV, Server, eventually};
use crate::http::Ask;
use crate::upstream::Upstream;

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

fn develop(server: &Server, path: &str, files: &[(&str, &str)]) -> PathBuf {
    let source = server.source(path, files);
    let text = source.to_str().unwrap();
    server
        .cli(&["app", "create", text, path, "--dev", "--approve"])
        .ok();
    source
}

/// An open stream of events.
fn listen(server: &Server, target: &str) -> TcpStream {
    let (name, password) = DEV;
    let token = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    let mut stream = TcpStream::connect(server.http).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\n\r\n"
    )
    .unwrap();
    stream
}

/// Reads until `wanted` has come; what came.
#[track_caller]
fn hear(stream: &mut TcpStream, wanted: &str) -> String {
    let mut heard = Vec::new();
    let mut piece = [0; 1024];
    while !String::from_utf8_lossy(&heard).contains(wanted) {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(heard).unwrap()
}

/// Hears reloads until one has brought what is expected; the first ones may be about generated files.
#[track_caller]
fn hear_until(stream: &mut TcpStream, mut brought: impl FnMut() -> bool) {
    let told = "event: openrun_reload\ndata: App reloaded after file updates\n\n";
    loop {
        hear(stream, told);
        if brought() {
            return;
        }
    }
}

#[test]
fn a_changed_file_is_served_and_pages_hear_of_it() {
    let server = server("");
    let source = develop(&server, "/dev", &[("app.star", APP)]);
    assert_eq!(
        server.get("/dev").json(),
        serde_json::json!({"version": 1, "dev": true})
    );
    let listed = server.cli(&["app", "list", "-o", "json"]).ok().stdout;
    assert!(listed.contains("\"env\": \"dev\""), "{listed}");
    let mut events = listen(&server, "/dev/_openrun_app/sse");
    let head = hear(&mut events, "keepalive");
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
    hear_until(&mut events, || server.get("/dev").json()["version"] == 2);

    let update = server.last("app.update");
    assert_eq!(
        (&update["decision"], &update["principal"]["type"]),
        (&"allow".into(), &"User".into())
    );
    let opened = server.decisions("app.access").into_iter().find(|record| {
        record["http"]["route"] == "/_openrun_app/sse"
            || record.to_string().contains("/_openrun_app/sse")
    });
    assert_eq!(opened.expect("a record of the stream")["decision"], "allow");
    let versions = server.cli(&["app", "show", "/dev", "-o", "json"]).ok();
    assert!(versions.stdout.contains("\"env\": \"dev\""));
}

#[test]
fn a_broken_app_says_where_and_recovers() {
    let server = server("");
    let source = develop(&server, "/dev", &[("app.star", APP)]);
    let mut events = listen(&server, "/dev/_openrun_app/sse");
    hear(&mut events, "keepalive");
    std::fs::write(source.join("app.star"), "def handler(req)\n    return 1\n").unwrap();
    hear_until(&mut events, || server.get("/dev").status == 500);
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
    let stranger = server.send(&Ask::get("/dev"));
    assert_eq!(stranger.status, 401);
    assert!(!stranger.body.contains("app.star"), "{stranger:?}");

    std::fs::write(source.join("app.star"), APP).unwrap();
    hear_until(&mut events, || server.get("/dev").status == 200);
}

#[test]
fn generated_files_appear_and_do_not_loop() {
    let server = server("");
    let source = develop(
        &server,
        "/paged",
        &[("app.star", PAGE), ("page.go.html", BODY)],
    );
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
                .contains("data-events=\"/paged/_openrun_app/sse\""),
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
    let rule = "@id(\"g.no-dev\")\n@reason(\"nothing is generated here\")\nforbid (principal, action == Sallyport::Action::\"dev.write\", resource);\n";
    std::fs::write(server.home().join("policy/guardrails/no-dev.cedar"), rule).unwrap();
    server.cli(&["policy", "reload"]).ok();
    let source = develop(
        &server,
        "/paged",
        &[("app.star", PAGE), ("page.go.html", BODY)],
    );
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
fn generated_files_never_leave_the_folder() {
    let server = server("");
    let outside = server.home().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let source = server.source("/paged", &[("app.star", PAGE), ("page.go.html", BODY)]);
    let text = source.to_str().unwrap();
    server
        .cli(&["app", "create", text, "/paged", "--dev", "--approve"])
        .ok();
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
    let source = develop(&server, "/dev", &[("app.star", FIRST)]);
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
    let mut events = listen(&server, "/dev/_openrun_app/sse");
    let notice = hear(&mut events, "exec.in");
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
    let rule = "@id(\"g.no-develop\")\n@reason(\"nothing is developed here\")\nforbid (principal, action == Sallyport::Action::\"app.develop\", resource);\n";
    std::fs::write(
        server.home().join("policy/guardrails/no-develop.cedar"),
        rule,
    )
    .unwrap();
    server.cli(&["policy", "reload"]).ok();
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
    let source = develop(&server, "/dev", &[("app.star", APP)]);
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

const STYLED: &str = r#"
def handler(req):
    return {}

app = ace.app("Styled", routes=[ace.html("/")], style=ace.style("daisyui", themes=["cupcake"]))
"#;

/// A stand-in for the compiler: it writes the sheet, starts a child of its own and goes on until its
/// standard input ends, as the real one does with `--watch`.
const COMPILER: &str = "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -o ] && out=$2; shift; done\n\
    mkdir -p \"$(dirname \"$out\")\"\necho '/*! tailwindcss stand-in */b{}' > \"$out\"\necho $$ > \"$HOME/pid\"\ncat\n";

fn compiler(folder: &Path) -> String {
    let script = folder.join("tailwind-stand-in");
    std::fs::write(&script, COMPILER).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script.to_str().unwrap().to_owned()
}

#[test]
fn the_style_compiler_lives_as_long_as_it_is_needed() {
    let tools = tempfile::TempDir::new().unwrap();
    let command = compiler(tools.path());
    let mut server = server(&format!("tailwindcss_command = \"{command}\"\n"));
    let files = [("app.star", STYLED), ("page.go.html", BODY)];
    let source = develop(&server, "/styled", &files);
    let page = |server: &Server| server.send(&Ask::get("/styled").basic(DEV.0, DEV.1).browser());
    eventually("the sheet is linked", || {
        page(&server).body.contains("/static/gen/css/style")
    });
    let work = std::fs::read_dir(server.home().join("dev")).unwrap();
    let work = work.map(Result::unwrap).next().unwrap().path();
    let input = std::fs::read_to_string(work.join("style/input.css")).unwrap();
    assert!(input.contains("cupcake, emerald --default"), "{input}");
    let run = server.last("dev.run");
    assert_eq!(
        (&run["decision"], &run["principal"]["type"]),
        (&"allow".into(), &"AppInstance".into())
    );
    let pid = || std::fs::read_to_string(work.join("pid")).unwrap();
    let alive = |pid: &str| Path::new(&format!("/proc/{}/exe", pid.trim())).exists();
    let first = pid();
    assert!(alive(&first));

    std::fs::write(
        source.join("app.star"),
        STYLED.replace("cupcake", "dracula"),
    )
    .unwrap();
    eventually("a new order is a new compiler", || {
        pid() != first && !alive(&first)
    });
    let second = pid();
    std::fs::write(
        source.join("app.star"),
        STYLED.replace(", style=ace.style(\"daisyui\", themes=[\"cupcake\"])", ""),
    )
    .unwrap();
    eventually("without a style there is none", || !alive(&second));
    std::fs::write(source.join("app.star"), STYLED).unwrap();
    eventually("and again", || pid() != second && alive(&pid()));
    let third = pid();
    server.cli(&["server", "stop"]).ok();
    eventually("it ends with the server", || !alive(&third));
    server.restart();
    eventually("it starts with the server", || {
        pid() != third && alive(&pid())
    });
    let fourth = pid();
    server.kill();
    eventually("it does not outlive a killed server", || !alive(&fourth));
}

/// A stand-in for the bundler: it copies the entry file.
const BUNDLER: &str = "#!/bin/sh\nin=$1\nfor a; do case $a in --outfile=*) out=${a#--outfile=};; esac; done\n\
    grep -q broken \"$in\" && { echo 'no such package' >&2; exit 1; }\n{ echo \"// bundled $*\"; cat \"$in\"; } > \"$out\"\n";

#[test]
fn libraries_are_bundled_and_downloads_are_off() {
    let tools = tempfile::TempDir::new().unwrap();
    let script = tools.path().join("esbuild-stand-in");
    std::fs::write(&script, BUNDLER).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let server = server(&format!("esbuild_command = \"{}\"\n", script.display()));
    let with = |libraries: &str| {
        PAGE.replace(
            "routes=[ace.html(\"/\")]",
            &format!("routes=[ace.html(\"/\")], libraries=[{libraries}]"),
        )
    };
    let good = with("ace.library(\"d3\", \"7.8.5\", args=[\"--minify\"])");
    let source = develop(
        &server,
        "/lib",
        &[("app.star", &good), ("page.go.html", BODY)],
    );
    let bundle = source.join("static/gen/esm/d3-7.8.5.js");
    eventually("the bundle", || bundle.exists());
    let text = std::fs::read_to_string(&bundle).unwrap();
    assert!(
        text.contains("--format=esm")
            && text.contains("--minify")
            && text.contains("export * from \"d3\""),
        "{text}"
    );
    for (libraries, expected) in [
        ("ace.library(\"broken\", \"1\")", "error building broken"),
        (
            "ace.library(\"d3\", \"8\", args=[\"--outfile=/tmp/x\"])",
            "error parsing esbuild args",
        ),
        ("\"https://cdn.example/x.js\"", "downloads are off"),
    ] {
        std::fs::write(source.join("app.star"), with(libraries)).unwrap();
        eventually(expected, || server.get("/lib").body.contains(expected));
    }
    std::fs::write(
        source.join("app.star"),
        with("\"https://unpkg.com/htmx.org@1.9.2/dist/htmx.min.js\""),
    )
    .unwrap();
    eventually("a shipped library needs no download", || {
        std::fs::read_to_string(source.join("static/gen/lib/htmx.min.js"))
            .is_ok_and(|text| text.contains("1.9.2"))
    });
    assert!(server.decisions("dev.fetch").is_empty());
    eventually("a library that is gone is removed", || !bundle.exists());
}

#[test]
fn downloads_are_judged_bounded_and_checked() {
    let upstream = Upstream::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let answer = |status: &str, headers: &str, body: &str| {
            (status.to_owned(), headers.to_owned(), body.to_owned())
        };
        match path {
            "/lib.js" => answer("200 OK", "", "// a library"),
            "/moved.js" => answer("302 Found", "Location: /lib.js\r\n", ""),
            "/away.js" => answer("302 Found", "Location: http://localhost/x\r\n", ""),
            "/big.js" => answer("200 OK", "", &"x".repeat(5000)),
            _ => answer("404 Not Found", "", "no such page"),
        }
    });
    let server =
        server("download = true\ndownload_hosts = [\"127.0.0.1\"]\ndownload_bytes = 2048\n");
    let with = |name: &str| {
        let libraries = format!("libraries=[\"{}{name}\"]", upstream.url());
        PAGE.replace("routes=", &format!("{libraries}, routes="))
    };
    let files = [("app.star", &*with("/lib.js")), ("page.go.html", BODY)];
    let source = develop(&server, "/lib", &files);
    let shows = |text: &str| eventually(text, || server.get("/lib").body.contains(text));
    shows("internal address");
    let refused = server.last("dev.fetch");
    assert_eq!(
        (&refused["decision"], &refused["principal"]["type"]),
        (&"deny".into(), &"AppInstance".into())
    );
    assert!(upstream.seen().is_empty());

    server.cli(&["set", "add", "egress-internal", "/lib"]).ok();
    let lib = source.join("static/gen/lib/lib.js");
    eventually("the library", || lib.exists());
    assert_eq!(std::fs::read_to_string(&lib).unwrap(), "// a library");
    assert_eq!(server.last("dev.fetch")["decision"], "allow");
    for (name, expected) in [
        ("/gone.js", "404"),
        ("/big.js", "longer than 2048 bytes"),
        ("/away.js", "download_hosts"),
    ] {
        std::fs::write(source.join("app.star"), with(name)).unwrap();
        shows(expected);
        assert!(!source.join(format!("static/gen/lib{name}")).exists());
    }
    std::fs::write(source.join("app.star"), with("/moved.js")).unwrap();
    eventually("a redirect is followed", || {
        source.join("static/gen/lib/moved.js").exists()
    });
    eventually("and what is gone is removed", || !lib.exists());
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
            && !page.body.contains("data-events"),
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
    let mut events = listen(&server, "/pushed/_openrun_app/sse");
    hear(&mut events, "keepalive");
    std::fs::write(
        source.join("app.star"),
        pushed.replace("\"version\": 1", "\"version\": 2"),
    )
    .unwrap();
    server.cli(&["app", "reload", "/pushed"]).ok();
    hear(&mut events, "openrun_reload");
}
