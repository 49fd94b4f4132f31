//! Development in a real browser: the page a developer looks at follows the files, through a mistake and back,
//! with nothing fetched from anywhere else.

use std::path::Path;

use crate::browser::Browser;
use crate::harness::{CONFIG, DEV, Server};

const APP: &str = r#"
def handler(req):
    return {"number": 1}

app = ace.app("Growing", routes=[ace.html("/")])
"#;

fn body(text: &str) -> String {
    format!(
        "{{{{ define \"openrun_body\" }}}}<p id=\"it\">{text} {{{{ .Data.number }}}}</p>{{{{ end }}}}\n"
    )
}

#[test]
fn the_page_follows_the_files() {
    let server = Server::configured(&format!("{CONFIG}\n[dev]\ndebounce_ms = 50\n"));
    let first = body("first");
    let files = [("app.star", APP), ("body.go.html", &first)];
    let source = server.develop("/grow", &files);
    let browser = Browser::signed_in(&server, DEV);
    browser.goto(&server, "/grow/");
    browser.sees("first 1");
    browser.wait(
        "the page listens",
        "return window.htmx && document.querySelector('[sse-connect]')",
    );

    write(&source, "body.go.html", &body("second"));
    browser.sees("second 1");
    write(&source, "app.star", &APP.replace("1}", "2}"));
    browser.sees("second 2");
    assert_eq!(browser.complaints(), Vec::<String>::new());

    write(&source, "app.star", &APP.replace("return", "retrun"));
    browser.sees("app.star:3");
    browser.sees("retrun {");
    write(&source, "app.star", &APP.replace("1}", "3}"));
    browser.sees("second 3");
    assert_eq!(server.last("app.access")["decision"], "allow");
}

fn write(source: &Path, name: &str, text: &str) {
    std::fs::write(source.join(name), text).unwrap();
}
