//! The gateway's own pages, as people meet them who see little, use the keyboard, or hear the page: axe looks at each in
//! both colour schemes, and nothing has to be scrolled sideways at 320 pixels.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, Server};
use crate::peer::installed;

/// Two ways to sign in besides the form. Nobody signs in there.
const PROVIDERS: &str = "[login]\norigin = \"http://auth.localhost\"\n\n\
[oidc.corp]\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"gateway\"\ntitle = \"Corporate account\"\n\n\
[oidc.partner]\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"gateway\"\n";

struct Eyes {
    browser: Browser,
    axe: String,
}

impl Eyes {
    fn open() -> Eyes {
        let script = installed("axe-core").join("node_modules/axe-core/axe.min.js");
        Eyes {
            browser: Browser::start(),
            axe: std::fs::read_to_string(script).unwrap(),
        }
    }

    /// Looks at the page that is open, in light and dark, wide and narrow.
    #[track_caller]
    fn look(&self, title: &str) {
        assert_eq!(self.browser.run("return document.title"), json!(title));
        for scheme in ["light", "dark"] {
            let media =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            self.browser.debug("Emulation.setEmulatedMedia", media);
            for width in [1200, 320] {
                self.size(width);
                let found = self.violations();
                assert_eq!(found, json!([]), "{title}, {scheme}, {width}: {found:#}");
                let over = "return document.documentElement.scrollWidth - innerWidth";
                assert_eq!(
                    self.browser.run(over),
                    json!(0),
                    "{title} at {width} pixels"
                );
            }
            self.size(1200);
        }
        let small = self.browser.run(SMALL);
        assert_eq!(small, json!([]), "{title}: targets that are hard to hit");
        assert!(
            self.browser
                .complaints()
                .iter()
                .all(|line| line.contains(" 40"))
        );
    }

    fn size(&self, width: u32) {
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.browser
            .debug("Emulation.setDeviceMetricsOverride", size);
    }

    fn violations(&self) -> Value {
        self.browser.run(&format!("{};", self.axe));
        self.browser.run(
            "return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })\
             .then(found => found.passes.length < 5 ? 'axe saw too little' : found.violations.map(it => [it.id, it.help, it.nodes.map(node => node.html + ' ' + node.failureSummary)]))",
        )
    }
}

/// What is pressed and is smaller than 24 pixels either way; links within sentences are excepted.
const SMALL: &str = "return [...document.querySelectorAll('a:not(p a), button, summary, input:not([type=hidden])')]\
.filter(it => it.className != 'skip').map(it => [it.outerHTML, (it.closest('.apps li') ?? it).getBoundingClientRect()])\
.filter(([_, box]) => box.width < 24 || box.height < 24).map(([html]) => html)";

#[test]
fn pages_of_signing_in_and_out() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let eyes = Eyes::open();
    let browser = &eyes.browser;
    browser.goto(&server, "/hello");
    eyes.look("Sign in · Sallyport");
    browser.fill("#name", DEV.0);
    browser.fill("#password", "wrong");
    browser.click("button[type=submit]");
    browser.sees("wrong");
    eyes.look("Error: Sign in · Sallyport");
    let described = "return [...document.querySelectorAll('[aria-invalid]')].map(it => document.getElementById(it.getAttribute('aria-describedby')).innerText)";
    let problem = json!("The user name or the password is wrong.");
    assert_eq!(browser.run(described), json!([problem, problem]));
    browser.open(&format!(
        "http://auth.localhost:{}/_sallyport/login?flow=gone",
        server.http.port()
    ));
    eyes.look("This sign-in is over · Sallyport");

    let browser = Browser::signed_in(&server, DEV);
    browser.goto(&server, "/_sallyport/logout");
    let eyes = Eyes { browser, ..eyes };
    eyes.look("Sign out · Sallyport");
    eyes.browser.click("button[type=submit]");
    eyes.browser.sees("You are signed out");
    eyes.look("You are signed out · Sallyport");
}

#[test]
fn a_choice_of_providers() {
    let server = Server::configured(&format!("{CONFIG}\n{PROVIDERS}"));
    let eyes = Eyes::open();
    let port = server.http.port();
    eyes.browser
        .open(&format!("http://auth.localhost:{port}/_sallyport/login"));
    eyes.browser.sees("Sign in with Corporate account");
    eyes.look("Sign in · Sallyport");
}

#[test]
fn the_portal_and_its_refusals() {
    let server = Server::start();
    for path in ["/hello", "tools.localhost:/hello"] {
        server.approved(path, HELLO);
    }
    server.install("/waiting", HELLO);
    let browser = Browser::signed_in(&server, DEV);
    let eyes = Eyes {
        browser,
        ..Eyes::open()
    };
    let browser = &eyes.browser;
    browser.goto(&server, "/");
    browser.sees("tools.localhost");
    eyes.look("Apps · Sallyport");
    browser.click("summary");
    eyes.look("Apps · Sallyport");
    browser.goto(&server, "/?q=nothing");
    browser.sees("No app that is open to you");
    eyes.look("Apps · Sallyport");
    browser.goto(&server, "/waiting");
    browser.sees("the app waits for approval");
    eyes.look("Not permitted · Sallyport");
    browser.goto(&server, "/nowhere/at/all");
    eyes.look("Not Found · Sallyport");
}

#[test]
fn the_keyboard_reaches_everything() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    let browser = Browser::signed_in(&server, DEV);
    browser.goto(&server, "/");
    browser.sees("Hello");
    let mut stops = Vec::new();
    for _ in 0..5 {
        browser.press("\u{e004}");
        let at = "const it = document.activeElement, style = getComputedStyle(it), after = getComputedStyle(it, '::after');\
                  return [it.innerText.trim(), style.outlineStyle != 'none' || after.outlineStyle != 'none']";
        stops.push(browser.run(at));
    }
    assert_eq!(
        stops,
        [
            json!(["Skip to the content", true]),
            json!(["Sallyport", true]),
            json!(["Sign out", true]),
            json!(["Hello", true]),
            json!(["How policies know you", true]),
        ]
    );
}
