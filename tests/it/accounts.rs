//! Accounts of plugins: which settings an app's plugins get, by the command line.

use serde_json::{Value, json};

use crate::front::HELLO;
use crate::harness::{CONFIG, Server};

const ACCOUNTS: &str = "[plugin.\"store.in#work\"]\n[plugin.\"store.in#home\"]\n";

fn start() -> Server {
    let server = Server::configured(&format!("{CONFIG}\n{ACCOUNTS}"));
    server.install("/app", HELLO);
    server
}

fn linked(server: &Server) -> Value {
    let list = server.cli(&["account", "list", "/app", "-o", "json"]).ok();
    serde_json::from_str(&list.stdout).unwrap()
}

#[test]
fn apps_are_linked_to_accounts() {
    let mut server = start();
    let link = ["account", "link", "store.in", "work", "/app"];
    let dry: Vec<&str> = link.into_iter().chain(["--dry-run"]).collect();
    assert!(server.cli(&dry).ok().stderr.contains("nothing was changed"));
    assert_eq!(linked(&server), json!([]));
    server.cli(&link).ok();
    assert_eq!(server.last("account.link")["decision"], "allow");
    let changes = |kind: &str| {
        let records = server.records();
        records
            .iter()
            .filter(|record| record["kind"] == kind)
            .count()
    };
    assert_eq!(changes("change.account-linked"), 1);
    assert!(server.cli(&link).ok().stderr.contains("already"));
    assert_eq!(changes("change.account-linked"), 1, "nothing changed");
    server
        .cli(&["account", "link", "store.in#mine", "home", "/app"])
        .ok();
    let both = json!([
        {"plugin": "store.in", "account": "work"},
        {"plugin": "store.in#mine", "account": "home"},
    ]);
    assert_eq!(linked(&server), both);
    server.restart();
    assert_eq!(linked(&server), both);
    server.cli(&["account", "unlink", "store.in", "/app"]).ok();
    // As OpenRun has it.
    server
        .cli(&["account", "link", "store.in#mine", "-", "/app"])
        .ok();
    assert_eq!(linked(&server), json!([]));
    server.cli(&["account", "unlink", "store.in", "/app"]).ok();
    server.cli(&["app", "delete", "/app", "--yes"]).ok();
}

#[test]
fn links_lead_to_accounts_that_there_are() {
    let server = start();
    for (plugin, account, path, part) in [
        ("store.in", "wrok", "/app", "[plugin.\"store.in#wrok\"]"),
        ("http.in", "work", "/app", "[plugin.\"http.in#work\"]"),
        ("stor.in", "work", "/app", "no plugin `stor.in`"),
        ("store.in", "work", "/other", "no app at `/other`"),
    ] {
        let ran = server.cli(&["account", "link", plugin, account, path]);
        assert!(
            ran.code != 0 && ran.stderr.contains(part),
            "{part}: {ran:?}"
        );
    }
    assert_eq!(linked(&server), json!([]));
}
