//! An OpenID provider with people in it (`tests/peers/oidc-provider`), which a test can meddle with while it runs.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::agent::{Agent, Page};
use super::{Process, installed, local, port, shipped};
use crate::http::Ask;

/// The client every test signs in for. Its secret is of plain letters: LemonLDAP::NG takes it as it comes in
/// `Authorization`, without decoding it first.
pub const CLIENT: &str = "gateway";
pub const SECRET: &str = "known-to-gateway-and-provider-only";

/// The way to sign in that has a second factor; the code is `123456`.
pub const STRONG: &str = "urn:example:mfa";

/// What the provider knows of the gateway.
#[derive(Default)]
pub struct Client {
    pub redirects: Vec<String>,
    pub after_logout: Vec<String>,
    pub back_channel: Option<String>,
    /// Seconds that access tokens live; 60 if not said.
    pub ttl: Option<u32>,
    /// Keeps claims out of ID tokens.
    pub userinfo_only: bool,
}

/// A running provider.
pub struct OidcProvider {
    port: u16,
    process: Process,
    _folder: TempDir,
}

impl OidcProvider {
    #[track_caller]
    pub fn start(client: &Client) -> OidcProvider {
        let (folder, port) = (TempDir::new().unwrap(), port());
        let settings = json!({
            "port": port,
            "modules": installed("oidc-provider"),
            "ttl": client.ttl.unwrap_or(60),
            "userinfo_only": client.userinfo_only,
            "clients": [client.metadata()],
        });
        let file = folder.path().join("settings.json");
        std::fs::write(&file, settings.to_string()).unwrap();
        let script = shipped("oidc-provider").join("provider.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(file).current_dir(folder.path());
        let process = Process::start(&folder.path().join("log"), &mut command);
        let mut provider = OidcProvider {
            port,
            process,
            _folder: folder,
        };
        let discovery = Ask::get("/.well-known/openid-configuration");
        provider.process.answers(port, &discovery);
        provider
    }

    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Changes claims of a person; a claim that is null goes away. `disabled`, `factors` (amr), `acr` and
    /// `authentication` (auth_time) are about signing in.
    pub fn change(&self, person: &str, mut change: Value) {
        change["person"] = json!(person);
        self.control("person", &change);
    }

    /// Makes new keys; `keep` publishes the old ones beside them.
    pub fn rotate(&self, keep: bool) {
        self.control("rotate", &json!({ "keep": keep }));
    }

    /// How the provider answers: `ok`, `hang`, `reset` or `error`.
    pub fn mood(&self, mood: &str) {
        self.control("mood", &json!({ "mood": mood }));
    }

    /// How often something happened: `token:refresh_token` counts grants, `GET /jwks` requests.
    pub fn count(&self, what: &str) -> u64 {
        let reply = Ask::get("/control/counts").send(local(self.port));
        reply.json()[what].as_u64().unwrap_or(0)
    }

    /// What the provider complained about.
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Signs out at the provider itself, where the person's other session is.
    #[track_caller]
    pub fn sign_out(&self, agent: &mut Agent) -> Page {
        let page = agent.open(&format!("{}/session/end", self.issuer()));
        agent.submit(&page, &[("logout", "yes")])
    }

    fn control(&self, deed: &str, what: &Value) {
        let ask = Ask::new("POST", &format!("/control/{deed}"))
            .header("Content-Type", "application/json")
            .body(&what.to_string());
        let reply = ask.send(local(self.port));
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}

impl Client {
    fn metadata(&self) -> Value {
        let mut metadata = json!({
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": self.redirects,
            "post_logout_redirect_uris": self.after_logout,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        });
        if let Some(uri) = &self.back_channel {
            metadata["backchannel_logout_uri"] = json!(uri);
            metadata["backchannel_logout_session_required"] = json!(true);
        }
        metadata
    }
}

/// Signs in at the provider's page. The password is made from the name.
#[track_caller]
pub fn sign_in(agent: &mut Agent, page: &Page, name: &str) -> Page {
    let password = format!("{name}-pw");
    let page = agent.submit(page, &[("login", name), ("password", &password)]);
    forget_another(agent, page)
}

/// Signs in with a second factor.
#[track_caller]
pub fn sign_in_strongly(agent: &mut Agent, page: &Page, name: &str) -> Page {
    let password = format!("{name}-pw");
    let page = agent.submit(
        page,
        &[("login", name), ("password", &password), ("code", "123456")],
    );
    forget_another(agent, page)
}

/// Where somebody else was signed in at the provider, a form that a script sends ends that session first.
fn forget_another(agent: &mut Agent, page: Page) -> Page {
    if !page.asks("xsrf") {
        return page;
    }
    let proof = page.field("xsrf");
    agent.submit(&page, &[("xsrf", &proof)])
}
