//! The command line as operators and auditors use it: what it prints, where, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, Server, cli, command};
use crate::http::Ask;

/// Runs `server check` in a home with this configuration and these extra files.
fn check(config: &str, files: &[(&str, &str)]) -> crate::harness::Ran {
    let home = tempfile::TempDir::new().unwrap();
    std::fs::write(home.path().join("sallyport.toml"), config).unwrap();
    for (name, text) in files {
        let file = home.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    cli(home.path(), &["server", "check"])
}

#[test]
fn mistakes_in_the_configuration_are_pointed_at() {
    check(CONFIG, &[]).ok();
    for (config, expected) in [
        ("[http]\nprot = 1\n", ["sallyport.toml:2", "port"]),
        ("[http]\nport = \"high\"\n", ["sallyport.toml:2", "port"]),
        ("[htpp]\nport = 1\n", ["sallyport.toml:1", "http"]),
        ("[http\n", ["sallyport.toml:1", ""]),
    ] {
        let ran = check(config, &[]);
        assert_ne!(ran.code, 0, "{config}");
        for part in expected {
            assert!(
                ran.stderr.contains(part),
                "{config}: {part}: {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn certificate_that_cannot_be_used_is_found_before_the_start() {
    let config = "[https]\ncert = \"a.pem\"\nkey = \"b.pem\"\n";
    for files in [&[][..], &[("a.pem", "not a certificate"), ("b.pem", "")]] {
        let ran = check(config, files);
        assert!(ran.code == 1 && ran.stderr.contains("a.pem"), "{ran:?}");
    }
    check(&format!("{config}enabled = false\n"), &[]).ok();
}

#[test]
fn mistakes_in_policies_are_pointed_at() {
    let guardrail = "policy/guardrails/mine.cedar";
    for (text, expected) in [
        (
            "\nforbid (principal, action, resource) whn { true };",
            "mine.cedar:2",
        ),
        (
            "@id(\"x\")\npermit (principal, action, resource);",
            "mine.cedar",
        ),
        (
            "@id(\"x\") @reason(\"x\")\nforbid (principal, action, resource) when { principal.nothing };",
            "mine.cedar",
        ),
    ] {
        let ran = check(
            CONFIG,
            &[(guardrail, text), ("policy/grants/mine.cedar", "")],
        );
        assert_ne!(ran.code, 0, "{text}");
        assert!(ran.stderr.contains(expected), "{text}: {}", ran.stderr);
    }
}

#[test]
fn exit_codes_mean_something() {
    let server = Server::start();
    for (arguments, code) in [
        (&["version"][..], 0),
        (&["server", "status"], 0),
        (&["completion", "bash"], 0),
        (&["no-such-command"], 2),
        (&["app", "show", "/nowhere"], 4),
        (&["audit", "show", "99999999"], 4),
        (&["app", "delete", "/nowhere", "--yes"], 4),
    ] {
        let ran = server.cli(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert_eq!(
            ran.stdout.is_empty(),
            code != 0,
            "results on stdout, messages on stderr: {arguments:?}: {ran:?}"
        );
    }
    let nobody = tempfile::TempDir::new().unwrap();
    assert_eq!(cli(nobody.path(), &["app", "list"]).code, 6, "no server");
}

#[test]
fn deleting_asks_first() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    assert_ne!(
        server.cli(&["app", "delete", "/hello"]).code,
        0,
        "no terminal and no --yes"
    );
    assert_eq!(server.get("/hello").status, 200);
    server.cli(&["app", "delete", "/hello", "--yes"]).ok();
    assert_eq!(server.get("/hello").status, 404);
    assert_eq!(server.last("app.delete")["decision"], "allow");
    server.install("/hello", HELLO);
    assert_eq!(
        server.get("/hello").status,
        403,
        "the approval went with the old app"
    );
}

#[test]
fn list_finds_by_every_filter() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    server.install("/other", HELLO);
    server.get("/hello");
    server.get("/other");
    let found = |filters: &[&str]| -> Vec<serde_json::Value> {
        let ran = server
            .cli(&[&["audit", "list", "-o", "jsonl"], filters].concat())
            .ok();
        ran.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert!(
        found(&["--app", "/hello"])
            .iter()
            .all(|record| record["app"]["path"] == "/hello")
    );
    assert!(
        found(&["--decision", "deny"])
            .iter()
            .all(|record| record["decision"] == "deny")
    );
    assert!(
        found(&["--action", "user.*"])
            .iter()
            .all(|record| record["action"].as_str().unwrap().starts_with("user."))
    );
    let by_dev = found(&["--user", DEV.0]);
    assert!(
        !by_dev.is_empty() && by_dev.iter().all(|record| record["action"] == "app.access"),
        "{by_dev:?}"
    );
    assert_eq!(found(&["--limit", "2"]).len(), 2);
    assert!(found(&["--until", "1h"]).is_empty() && !found(&["--since", "1h"]).is_empty());
    assert_eq!(
        server
            .cli(&["audit", "list", "--since", "yesterdayish"])
            .code,
        2
    );
    let table = server
        .cli(&["audit", "list", "--app", "/hello"])
        .ok()
        .stdout;
    assert!(
        table.contains("dev") && table.contains("success"),
        "names and outcomes: {table}"
    );
}

#[test]
fn follow_prints_what_happens() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let mut child = command(server.home())
        .args(["audit", "follow", "--app", "/hello", "-o", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (told, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || told.send(lines.next()));
    let mut line = None;
    crate::harness::eventually("the follower prints a request", || {
        server.send(&Ask::get("/hello/item/7").basic(DEV.0, DEV.1));
        line = hear.try_recv().ok().flatten();
        line.is_some()
    });
    let line: serde_json::Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
    assert_eq!(line["http"]["route"], "/item/{id}", "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn policies_are_reloaded_all_or_none() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let file = server.home().join("policy/guardrails/mine.cedar");
    let write = |text: &str| std::fs::write(&file, text).unwrap();

    write(
        "@id(\"g.closed\") @reason(\"closed for today\")\nforbid (principal, action == Sallyport::Action::\"app.access\", resource);\n",
    );
    let dry = server.cli(&["policy", "reload", "--dry-run"]).ok();
    assert!(dry.stdout.contains("g.closed"), "{dry:?}");
    assert_eq!(
        server.get("/hello").status,
        200,
        "a dry run changes nothing"
    );
    server.cli(&["policy", "reload"]).ok();
    let reply = server.get("/hello");
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("closed for today"), "{reply:?}");
    assert!(
        server
            .records()
            .iter()
            .any(|record| record["kind"] == "policy.activated")
    );

    write("forbid (principal, action, resource) whn { true };");
    let ran = server.cli(&["policy", "reload"]);
    assert!(
        ran.code != 0 && ran.stderr.contains("mine.cedar:1"),
        "{ran:?}"
    );
    assert_eq!(
        server.last("app.access")["reasons"][0],
        "g.closed",
        "the old set is still in force"
    );
    std::fs::remove_file(&file).unwrap();
    server.cli(&["policy", "reload"]).ok();
    assert_eq!(server.get("/hello").status, 200);
}
