//! A real browser: chromium driven through chromedriver, one session per test.
//!
//! Names other than localhost and those below it do not resolve in it, so a page that needs something from elsewhere fails
//! where it would only be slow.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

use crate::harness::Server;

/// How long a page may take to become what a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// One browser window; closed, with its driver, when dropped.
pub struct Browser {
    driver: Child,
    client: Client,
    runtime: Runtime,
}

impl Browser {
    pub fn start() -> Browser {
        let (driver, address) = driver();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = runtime
            .block_on(
                ClientBuilder::new(HttpConnector::new())
                    .capabilities(capabilities())
                    .connect(&format!("http://{address}")),
            )
            .unwrap();
        Browser {
            driver,
            client,
            runtime,
        }
    }

    /// A browser whose person has signed in at `server` through the login form.
    pub fn signed_in(server: &Server, (name, password): (&str, &str)) -> Browser {
        let browser = Browser::start();
        browser.goto(server, "/_sallyport/login");
        browser.fill("#name", name);
        browser.fill("#password", password);
        browser.click("button[type=submit]");
        browser.wait(
            "the login is over",
            "return !location.pathname.includes('login')",
        );
        browser
    }

    pub fn goto(&self, server: &Server, path: &str) {
        self.open(&format!("http://localhost:{}{path}", server.http.port()));
    }

    /// Opens an address anywhere.
    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).unwrap();
    }

    /// Where the browser is.
    pub fn address(&self) -> Url {
        self.runtime.block_on(self.client.current_url()).unwrap()
    }

    /// What a script gives back.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.runtime
            .block_on(self.client.execute(script, vec![]))
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The visible text of the page.
    #[track_caller]
    pub fn text(&self) -> String {
        let text = self.run("return document.body.innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn click(&self, css: &str) {
        self.runtime.block_on(async {
            let element = self.client.find(Locator::Css(css)).await;
            let element = element.unwrap_or_else(|error| panic!("{css}: {error}"));
            element
                .click()
                .await
                .unwrap_or_else(|error| panic!("{css}: {error}"));
        });
    }

    /// Puts text into a field, in the place of what was there.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        self.runtime.block_on(async {
            let element = self.client.find(Locator::Css(css)).await;
            let element = element.unwrap_or_else(|error| panic!("{css}: {error}"));
            element.clear().await.unwrap();
            element.send_keys(text).await.unwrap();
        });
    }

    /// Answers the next `confirm()` of the page with yes.
    pub fn accept(&self) {
        self.runtime.block_on(self.client.accept_alert()).unwrap();
    }

    /// Presses a key where the focus is.
    #[track_caller]
    pub fn press(&self, key: &str) {
        self.runtime.block_on(async {
            let element = self.client.active_element().await.unwrap();
            element.send_keys(key).await.unwrap();
        });
    }

    /// Tells the browser what only its own debugger can: how the screen is, what it prefers, whether scripts run.
    #[track_caller]
    pub fn debug(&self, method: &'static str, parameters: Value) {
        let command = Debug { method, parameters };
        self.runtime
            .block_on(self.client.issue_cmd(command))
            .unwrap_or_else(|error| panic!("{method}: {error}"));
    }

    /// Waits until a script gives something true.
    #[track_caller]
    pub fn wait(&self, what: &str, script: &str) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !truth(&self.run(script)) {
            assert!(
                std::time::Instant::now() < deadline,
                "still not so: {what}; the page says:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the page shows a text.
    #[track_caller]
    pub fn sees(&self, text: &str) {
        let quoted = json!(text);
        self.wait(
            &format!("the page shows {text:?}"),
            &format!("return document.body.innerText.includes({quoted})"),
        );
    }

    /// What the browser complained about since it was last asked: scripts, resources, policies. Not that a site has no
    /// icon: browsers ask for one unbidden.
    pub fn complaints(&self) -> Vec<String> {
        let lines = self.runtime.block_on(self.client.issue_cmd(Log)).unwrap();
        lines
            .as_array()
            .unwrap_or_else(|| panic!("{lines}"))
            .iter()
            .filter(|line| line["level"] == "SEVERE")
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .filter(|message| !message.contains("/favicon.ico - "))
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The browser's own log; chromedriver has it, the standard does not.
#[derive(Debug)]
struct Log;

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "type": "browser" }).to_string()),
        )
    }
}

/// A command to the browser's debugger; chromedriver passes it on, the standard knows none.
#[derive(Debug)]
struct Debug {
    method: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Debug {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.method, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

/// What JavaScript calls true.
fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && *value != json!(0) && *value != json!("")
}

/// Starts a driver on a free port, which it names on its first lines.
fn driver() -> (Child, SocketAddr) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("chromedriver: {error}; install it with: apt-get install chromium-driver")
        });
    let said = BufReader::new(driver.stdout.take().unwrap());
    let port = said.lines().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("successfully on port ")?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    });
    let port = port.expect("chromedriver names its port");
    (driver, SocketAddr::from(([127, 0, 0, 1], port)))
}

fn capabilities() -> serde_json::Map<String, Value> {
    let capabilities = json!({
        // Certificates of servers under test are their own.
        "acceptInsecureCerts": true,
        "goog:chromeOptions": { "args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--window-size=1200,900",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.0.0.1",
        ] },
        "goog:loggingPrefs": { "browser": "ALL" },
        "unhandledPromptBehavior": "ignore",
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => serde_json::Map::new(),
    }
}
