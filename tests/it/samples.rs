//! Apps published for OpenRun, copied unmodified from their own repository, work here.
//!
//! Their files are not ours to carry: `OPENRUN_APPS` names a checkout of that repository. Without it apps
//! of our own, written for the same API, stand in.

use std::path::Path;
use std::process::Command;

use crate::harness::{DEV, Server};
use crate::http::Ask;

const FOLDER: &str = "/usr/share/doc/base-files";

#[test]
fn disk_usage_works_unmodified() {
    let server = Server::start();
    let source = disk_usage(server.home());
    let path = format!("/du/?dir={FOLDER}");
    let created = server.cli(&["app", "create", &source, "/du"]).ok();
    for expected in ["fs.in", "list", "find"] {
        assert!(
            created.stdout.contains(expected),
            "{expected}: {}",
            created.stdout
        );
    }
    assert_eq!(
        server.send(&Ask::get("/du/").basic(DEV.0, DEV.1)).status,
        403
    );
    server.cli(&["app", "approve", "/du"]).ok();
    let page = server.get(&path);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("<html") && page.body.contains(FOLDER),
        "{page:?}"
    );
    let part = server.send(
        &Ask::get(&path)
            .basic(DEV.0, DEV.1)
            .header("HX-Request", "true"),
    );
    assert!(
        part.status == 200 && !part.body.contains("<html") && part.body.contains("<table"),
        "{part:?}"
    );
    assert_eq!(server.last("fs.in.list")["decision"], "allow");
    let script = page
        .body
        .split('"')
        .find(|text| text.contains("/static/gen/lib/htmx"))
        .expect("a hashed script");
    let script = server.get(script);
    assert_eq!(script.status, 200, "{:?}", script.headers);
    assert!(
        script
            .header("cache-control")
            .unwrap_or_default()
            .contains("max-age=31536000"),
        "{:?}",
        script.headers
    );
}

/// The shape of the published list_files: an action over a program, with parameters.
const ACTION: &[(&str, &str)] = &[
    (
        "app.star",
        r#"
load("exec.in", "exec")

def run(dry_run, args):
    return ace.result("Files in " + args.dir, exec.run("ls", ["-a", args.dir]).value)

app = ace.app("Files", actions=[ace.action("Files", "/", run, description="Lists a folder")],
    permissions=[ace.permission("exec.in", "run", ["ls"])])
"#,
    ),
    (
        "params.star",
        "param(\"dir\", description=\"The folder\", default=\"/tmp\")\n",
    ),
];

#[test]
fn list_files_installs_and_is_approved() {
    let server = Server::start();
    let source = match std::env::var_os("OPENRUN_APPS") {
        Some(apps) => copy(Path::new(&apps), server.home(), "system/list_files"),
        None => server.source("ls", ACTION).to_str().unwrap().to_owned(),
    };
    let created = server.cli(&["app", "create", &source, "/ls"]).ok();
    assert!(
        created.stdout.contains("exec.in") && created.stdout.contains("runs "),
        "{created:?}"
    );
    assert_eq!(server.get("/ls").status, 403);
    server.cli(&["app", "approve", "/ls"]).ok();
    let reply = server.get("/ls");
    assert_eq!(
        reply.status, 501,
        "actions say that they do not run yet: {reply:?}"
    );
    assert_eq!(server.last("app.access")["decision"], "allow");
}

/// The published app where there is one, ours otherwise: its folder.
fn disk_usage(home: &Path) -> String {
    match std::env::var_os("OPENRUN_APPS") {
        Some(apps) => copy(Path::new(&apps), home, "system/disk_usage"),
        None => copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"),
            home,
            "disk_usage",
        ),
    }
}

fn copy(from: &Path, home: &Path, name: &str) -> String {
    let to = home.join("copies");
    std::fs::create_dir_all(&to).unwrap();
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(from.join(name))
            .arg(&to)
            .status()
            .unwrap()
            .success()
    );
    to.join(Path::new(name).file_name().unwrap())
        .to_str()
        .unwrap()
        .to_owned()
}
