//! The portal: everybody sees the apps that policy opens to them, and the links lead there, script or no script.

use serde_json::Value;

use crate::browser::Browser;
use crate::harness::{DEV, OPS, Server};
use crate::http::Ask;
use crate::peer::agent::{Agent, Page};

const HANA: (&str, &str) = ("hana", "yellow tram at noon");

/// An app whose answer is its name.
fn named(name: &str) -> Vec<(&'static str, String)> {
    let code = format!(
        "app = ace.app(\"{name}\", routes=[ace.api(\"/\", type=\"TEXT\", handler=lambda req: \"{name} for \" + req.UserId)])\n"
    );
    vec![("app.star", code)]
}

/// `/payroll` is for group hr alone, everything else for everybody with an account.
fn company() -> Server {
    let server = Server::start();
    server.user(HANA, "hr");
    for (path, name) in [
        ("/books", "Books"),
        ("/payroll", "Payroll"),
        ("wiki.localhost:/", "Wiki"),
    ] {
        server.approved(path, &named(name));
    }
    server.cli(&["set", "add", "payroll", "/payroll"]).ok();
    payroll_for(&server, &["hr"]);
    server
}

fn payroll_for(server: &Server, groups: &[&str]) {
    let groups: Vec<String> = groups
        .iter()
        .map(|group| format!("principal in Sallyport::Group::\"local:{group}\""))
        .collect();
    guard(
        server,
        &format!(
            "@id(\"t.payroll\")\n@reason(\"payroll is for some\")\nforbid (principal, action == Sallyport::Action::\"app.access\", \
             resource in Sallyport::AppSet::\"payroll\")\nunless {{ {} }};\n",
            groups.join(" || ")
        ),
    );
}

fn guard(server: &Server, rule: &str) {
    let file = server.home().join("policy/guardrails/test.cedar");
    std::fs::write(file, rule).unwrap();
    server.cli(&["policy", "reload"]).ok();
}

/// The names of the apps on a page.
fn apps(page: &str) -> Vec<String> {
    let list = page.split("<li><a href=").skip(1);
    let names = list.filter_map(|item| item.split('>').nth(1)?.split('<').next());
    names.map(str::to_owned).collect()
}

#[track_caller]
fn signed_in(server: &Server, who: (&str, &str)) -> (Agent, Page) {
    let mut agent = Agent::new();
    let page = agent.open(&url(server, "localhost", "/"));
    let page = agent.submit(&page, &[("name", who.0), ("password", who.1)]);
    assert_eq!(page.url.as_str(), url(server, "localhost", "/"), "{page:?}");
    (agent, page)
}

fn url(server: &Server, host: &str, path: &str) -> String {
    format!("http://{host}:{}{path}", server.http.port())
}

/// Whether a record is of a list.
fn is_list(record: &Value) -> bool {
    record["kind"] == "decision" && record["http"]["route"] == "home"
}

#[test]
fn everybody_sees_what_is_open_to_them() {
    let server = company();
    let (_, page) = signed_in(&server, DEV);
    assert_eq!(apps(&page.reply.body), ["Books", "Wiki"]);
    assert!(!page.reply.body.contains("ayroll"), "{page:?}");
    let (_, page) = signed_in(&server, HANA);
    assert_eq!(apps(&page.reply.body), ["Books", "Payroll", "Wiki"]);
    for told in [
        "<strong>hana</strong>",
        "Account of this server · without a second factor · since <time",
        "<code>local:hr</code>",
        "Sign out",
    ] {
        assert!(page.reply.body.contains(told), "{told}: {page:?}");
    }
}

#[test]
fn a_change_of_policy_changes_the_list() {
    let server = company();
    let (mut agent, _) = signed_in(&server, DEV);
    let list = url(&server, "localhost", "/_sallyport");
    assert_eq!(apps(&agent.open(&list).reply.body), ["Books", "Wiki"]);
    payroll_for(&server, &["hr", "users"]);
    assert_eq!(
        apps(&agent.open(&list).reply.body),
        ["Books", "Payroll", "Wiki"]
    );
    guard(
        &server,
        "@id(\"t.closed\")\n@reason(\"closed today\")\nforbid (principal, action == Sallyport::Action::\"app.access\", resource);\n",
    );
    let page = agent.open(&list).reply.body;
    assert!(apps(&page).is_empty(), "{page}");
    for told in [
        "No app is open to you",
        "<details open>",
        "<code>local:users</code>",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
}

#[test]
fn links_lead_to_the_apps_of_every_host() {
    let server = company();
    let (mut agent, page) = signed_in(&server, DEV);
    let books = agent.click(&page, "/books");
    assert!(
        books.reply.body.starts_with("Books for builtin:"),
        "{books:?}"
    );
    let wiki = agent.click(&page, "wiki.localhost");
    assert_eq!(wiki.url.as_str(), url(&server, "wiki.localhost", "/"));
    assert!(wiki.reply.body.starts_with("Wiki for builtin:"), "{wiki:?}");

    let list = agent.open(&url(&server, "auth.localhost", "/"));
    assert_eq!(apps(&list.reply.body), ["Books", "Wiki"], "{list:?}");
    let books = agent.click(&list, "/books");
    assert_eq!(books.url.as_str(), url(&server, "localhost", "/books"));
    let away = Ask::get("/_sallyport")
        .host("gate.example.com")
        .basic(OPS.0, OPS.1);
    let page = server.send(&away).body;
    assert!(
        apps(&page).is_empty(),
        "names of this machine mean nothing elsewhere: {page}"
    );
}

#[test]
fn a_search_is_answered_by_the_server() {
    let server = company();
    let get = |target: &str| server.get(target).body;
    assert!(!get("/").contains("Find an app"), "few apps need no search");
    let page = get("/?q=BOO");
    assert_eq!(apps(&page), ["Books"]);
    assert!(page.contains("1 app found"), "{page}");
    assert_eq!(apps(&get("/?q=wiki.local")), ["Wiki"]);
    let page = get("/?q=%3Cb%3E");
    assert!(
        page.contains("“&lt;b&gt;”") && apps(&page).is_empty(),
        "{page}"
    );
    let hidden = get("/?q=payroll");
    assert!(apps(&hidden).is_empty(), "a search opens nothing: {hidden}");
    for number in 0..9 {
        server.approved(
            &format!("/many/app{number}"),
            &named(&format!("App {number}")),
        );
    }
    assert!(get("/").contains("Find an app"));
}

#[test]
fn an_app_that_wants_a_stronger_sign_in_is_listed_as_such() {
    let server = company();
    guard(
        &server,
        "@id(\"t.mfa\")\n@reason(\"payroll needs a second factor\")\n@stepup(\"mfa\")\n\
         forbid (principal, action == Sallyport::Action::\"app.access\", resource in Sallyport::AppSet::\"payroll\")\n\
         unless { context has auth && context.auth.mfa };\n",
    );
    let (mut agent, page) = signed_in(&server, DEV);
    assert_eq!(apps(&page.reply.body), ["Books", "Payroll", "Wiki"]);
    assert_eq!(
        page.reply.body.matches("asks for a second factor").count(),
        1
    );
    let form = agent.click(&page, "/payroll");
    assert_eq!(form.url.host_str(), Some("auth.localhost"), "{form:?}");
    assert!(
        form.reply.body.contains("asks for a second factor"),
        "{form:?}"
    );
}

#[test]
fn each_list_leaves_one_record() {
    let server = company();
    let before = server.newest();
    let reply = server.get("/");
    let made = server.since(before);
    let lists: Vec<&Value> = made.iter().filter(|it| is_list(it)).collect();
    let [list] = lists[..] else {
        panic!("one record of one list: {made:?}");
    };
    assert!(
        !made.iter().any(|it| it["action"] == "app.access"),
        "a list is no access: {made:?}"
    );
    assert_eq!(reply.header("sallyport-decision"), list["id"].as_str());
    assert_eq!(list["decision"], "allow");
    assert_eq!(server.outcome(list)["code"], 200);

    let (stranger, denied) = server.refused(&Ask::get("/").browser());
    assert_eq!(stranger.status, 303, "{stranger:?}");
    assert_eq!(
        stranger.header("location"),
        Some("/_sallyport/login?next=%2F")
    );
    assert!(is_list(&denied), "{denied}");
}

#[test]
fn the_portal_works_without_scripts() {
    let server = company();
    let browser = Browser::start();
    browser.debug(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({ "value": true }),
    );
    browser.goto(&server, "/");
    browser.fill("#name", HANA.0);
    browser.fill("#password", HANA.1);
    browser.click("button[type=submit]");
    browser.sees("Payroll");
    browser.click(".apps a[href*='wiki.localhost']");
    browser.sees("Wiki for builtin:");
    browser.goto(&server, "/");
    browser.sees("Payroll");
    browser.click("header button");
    browser.sees("You are signed out");
    browser.goto(&server, "/");
    browser.sees("Password");
}
