//! Apps in a real browser: driven as a person would, without a complaint in the console, without any other
//! host, and once more after the server was started again.
//!
//! The apps published for OpenRun work unmodified. Their files are not ours to carry: `OPENRUN_APPS` names a
//! checkout of their repository. Without it the example of ours that uses the same parts stands in.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::browser::Browser;
use crate::harness::{DEV, Server};
use crate::upstream::Upstream;

const FOLDER: &str = "/usr/share/doc/base-files";

/// What a person does with an app; `again` after a restart of the server.
type Visit = fn(&Browser, &Server, bool);

#[test]
fn apps_work_in_a_browser() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    drive(&examples, "addressbook", addressbook);
    drive(&examples, "disk_usage", |browser, server, _| {
        browser.goto(server, &format!("/disk_usage/?dir={FOLDER}"));
        browser.sees(FOLDER);
    });
}

#[test]
fn published_apps_work_in_a_browser() {
    let Some(apps) = std::env::var_os("OPENRUN_APPS").map(PathBuf::from) else {
        eprintln!(
            "OPENRUN_APPS is not set; `apps_work_in_a_browser` drives examples in their place"
        );
        return;
    };
    let _service = game_service();
    drive(&apps, "utils/bookmarks", bookmarks);
    drive(&apps, "utils/contacts", contacts);
    drive(&apps, "misc/cowbull", cowbull);
    drive(&apps, "system/memory_usage", memory_usage);
    drive(&apps, "system/disk_usage", disk_usage);
}

fn drive(apps: &Path, name: &str, visit: Visit) {
    let mut server = Server::start();
    let source = copy(&apps.join(name), server.home());
    let path = format!("/{}", source.rsplit('/').next().unwrap());
    server.cli(&["app", "create", &source, &path]).ok();
    assert_eq!(server.get(&path).status, 403, "{name} waits for approval");
    server.cli(&["app", "approve", &path]).ok();
    for set in ["exec-allowed", "egress-internal"] {
        server.cli(&["set", "add", set, &path]).ok();
    }
    for again in [false, true] {
        let browser = Browser::signed_in(&server, DEV);
        browser.complaints();
        visit(&browser, &server, again);
        let mut complaints = browser.complaints();
        complaints.retain(|complaint| !known(name, complaint));
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
        drop(browser);
        if !again {
            server.restart();
        }
    }
    let access = server.last("app.access");
    assert_eq!(access["decision"], "allow", "{name}: {access}");
}

/// What the published files themselves get wrong, wherever they run: bookmarks makes a tag editor after each update,
/// also where the page has none.
fn known(name: &str, complaint: &str) -> bool {
    name == "utils/bookmarks"
        && complaint.contains("TypeError")
        && complaint.contains("(reading 'jquery')")
}

fn addressbook(browser: &Browser, server: &Server, again: bool) {
    browser.goto(server, "/addressbook/");
    if !again {
        browser.sees("Nobody here yet.");
        add(browser, "Ann", "ann@example.com");
        add(browser, "<b>Bob", "bob@example.com");
    }
    browser.sees("<b>Bob");
    browser.fill("#search", "ann");
    browser.wait(
        "Bob is not found",
        "return !document.body.innerText.includes('Bob')",
    );
    browser.sees("Ann");
    browser.click(".edit");
    browser.wait(
        "the form is there",
        "return document.querySelector('#rows input')",
    );
    let mail = if again {
        "again@example.com"
    } else {
        "first@example.com"
    };
    browser.fill("#rows input", mail);
    browser.click(".save");
    browser.sees(mail);
    if again {
        browser.click(".delete");
        browser.accept();
        browser.wait(
            "Ann is gone",
            "return !document.body.innerText.includes('Ann')",
        );
        browser.goto(server, "/addressbook/");
        browser.sees("<b>Bob");
    }
}

fn add(browser: &Browser, name: &str, mail: &str) {
    browser.fill("#create input[name=name]", name);
    browser.fill("#create input[name=mail]", mail);
    browser.click("#create button");
    browser.sees(mail);
}

fn bookmarks(browser: &Browser, server: &Server, again: bool) {
    browser.goto(server, "/bookmarks/");
    browser.sees("Recent Bookmarks");
    if !again {
        bookmark(browser, "https://example.com/one?a=1", &["rust", "web"]);
        bookmark(browser, "https://example.com/two", &["rust"]);
    }
    browser.sees("https://example.com/one?a=1");
    browser.goto(server, "/bookmarks/tags");
    browser.sees("rust");
    browser.goto(server, "/bookmarks/");
    browser.click("img[alt=edit]");
    browser.wait(
        "the editor is there",
        "return document.querySelector('.tags-select-edit')",
    );
    browser.run("document.querySelector('.tags-select-edit').tomselect.createItem(arguments[0] ?? 'edited')");
    browser.click("button[hx-post]");
    browser.wait(
        "the editor is gone",
        "return !document.querySelector('.tags-select-edit')",
    );
    browser.sees("edited");
    if again {
        let before = browser.run("return document.querySelectorAll('img[alt=delete]').length");
        browser.click("img[alt=delete]");
        browser.wait(
            "one bookmark less",
            &format!("return document.querySelectorAll('img[alt=delete]').length < {before}"),
        );
    }
}

fn bookmark(browser: &Browser, url: &str, tags: &[&str]) {
    browser.fill("input[name=url]", url);
    for tag in tags {
        browser.run(&format!(
            "document.querySelector('#tags-select').tomselect.createItem({})",
            json!(tag)
        ));
    }
    browser.click("input[type=submit]");
    browser.sees(url);
}

fn contacts(browser: &Browser, server: &Server, again: bool) {
    browser.goto(server, "/contacts");
    browser.sees("Recent Contacts");
    if !again {
        for name in ["Ada", "Grace"] {
            browser.fill("input[name=first_name]", name);
            browser.fill("input[name=email]", &format!("{name}@example.com"));
            browser.click("#create-contact input[type=submit]");
            browser.sees(&format!("{name}@example.com"));
        }
    }
    browser.fill("input[type=search]", "Ada");
    browser.wait(
        "Grace is not found",
        "return !document.body.innerText.includes('Grace')",
    );
    browser.sees("Ada@example.com");
    if again {
        browser.click("a[hx-delete]");
        browser.wait(
            "Ada is gone",
            "return !document.body.innerText.includes('Ada@')",
        );
        browser.sees("Grace@example.com");
    }
}

fn cowbull(browser: &Browser, server: &Server, _again: bool) {
    browser.goto(server, "/cowbull/");
    browser.sees("Start Game");
    browser.click("form[action$='/game'] input[type=submit]");
    browser.wait(
        "the game began",
        "return location.pathname.includes('/game/')",
    );
    browser.fill("input[name=guess]", "rose");
    browser.click("form[action$=submit] input[type=submit]");
    browser.sees("ROSE");
    browser.goto(server, "/cowbull/help");
    browser.sees("Tips");
}

fn memory_usage(browser: &Browser, server: &Server, _again: bool) {
    browser.goto(server, "/memory_usage/");
    browser.wait(
        "the chart is drawn",
        "return document.querySelectorAll('#chartContainer rect').length > 3",
    );
}

fn disk_usage(browser: &Browser, server: &Server, _again: bool) {
    browser.goto(server, &format!("/disk_usage/?dir={FOLDER}"));
    browser.wait(
        "rows",
        "return document.querySelectorAll('table tr').length > 1",
    );
}

/// The service the published game asks, on the port its source names. It is not public, so this plays it.
fn game_service() -> Upstream {
    Upstream::at("127.0.0.1:9999", |asked| {
        let target = asked.split(' ').nth(1).unwrap_or_default().to_owned();
        let body = match target.as_str() {
            path if path.starts_with("/api/create_game/") => r#"{"GameId":"AAAAA"}"#,
            path if path.ends_with("/clues") => {
                r#"[{"Clue":"ROSE","Bulls":1,"Cows":1,"Hint":false}]"#
            }
            _ => r#"{"GameId":"AAAAA","Status":"OPEN","GuessCount":1,"HintCount":0,"Time":"1s"}"#,
        };
        (
            "200 OK".into(),
            "Content-Type: application/json\r\n".into(),
            body.into(),
        )
    })
}

fn copy(from: &Path, home: &Path) -> String {
    let to = home.join("copies");
    std::fs::create_dir_all(&to).unwrap();
    let copied = Command::new("cp").arg("-r").arg(from).arg(&to).status();
    assert!(copied.unwrap().success(), "{}", from.display());
    to.join(from.file_name().unwrap())
        .to_str()
        .unwrap()
        .to_owned()
}
