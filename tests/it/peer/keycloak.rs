//! Keycloak, with the realm of `tests/peers/keycloak`: alice (groups admins, dev) and bob (dev).
//!
//! It takes seconds to start, so one serves every test that runs at the time, and each makes a client of its own.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::{Value, json};
use tempfile::TempDir;
use url::form_urlencoded;

use super::agent::{Agent, Page};
use super::{Process, installed, local, oidc, port};
use crate::http::Ask;

/// The person of the realm who may change it.
const KEEPER: (&str, &str) = ("keeper", "keeper-pw");

/// A running server.
pub struct Keycloak {
    port: u16,
    _process: Process,
    _folder: TempDir,
}

impl Keycloak {
    /// The server that other tests use at this moment, or a new one.
    #[track_caller]
    pub fn shared() -> Arc<Keycloak> {
        static SHARED: Mutex<Weak<Keycloak>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(Keycloak::start());
        *shared = Arc::downgrade(&started);
        started
    }

    fn start() -> Keycloak {
        let program = installed("keycloak");
        let (folder, port) = (TempDir::new().unwrap(), port());
        let place = folder.path();
        std::fs::copy(
            program.join("database/people.mv.db"),
            place.join("people.mv.db"),
        )
        .unwrap();
        // Java asks the system for names, which need not know those below localhost.
        std::fs::write(place.join("hosts"), "127.0.0.1 localhost auth.localhost\n").unwrap();
        let database = format!("jdbc:h2:file:{}/people;NON_KEYWORDS=VALUE", place.display());
        let mut command = Command::new(program.join("bin/kc.sh"));
        command
            .args([
                "start",
                "--optimized",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--cache=local",
            ])
            .arg(format!("--http-port={port}"))
            .arg(format!("--hostname=http://127.0.0.1:{port}"))
            .arg(format!("--db-url={database}"))
            .env(
                "JAVA_OPTS_APPEND",
                format!("-Djdk.net.hosts.file={}/hosts", place.display()),
            );
        let mut process = Process::start(&place.join("log"), &mut command);
        process.answers(
            port,
            &Ask::get("/realms/people/.well-known/openid-configuration"),
        );
        Keycloak {
            port,
            _process: process,
            _folder: folder,
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}/realms/people", self.port)
    }

    /// The metadata of its SAML side.
    pub fn metadata(&self) -> String {
        Ask::get("/realms/people/protocol/saml/descriptor")
            .send(local(self.port))
            .body
    }

    /// Makes a client of OpenID, whose groups are in its ID tokens.
    pub fn client(&self, name: &str, client: &oidc::Client) {
        self.create(&json!({
            "clientId": name, "secret": oidc::SECRET, "protocol": "openid-connect", "publicClient": false,
            "standardFlowEnabled": true, "redirectUris": client.redirects,
            "attributes": {
                "pkce.code.challenge.method": "S256",
                "access.token.lifespan": client.ttl.unwrap_or(60).to_string(),
                "post.logout.redirect.uris": client.after_logout.join("##"),
                "backchannel.logout.url": client.back_channel,
                "backchannel.logout.session.required": "true",
            },
            "protocolMappers": [{
                "name": "groups", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper",
                "config": { "claim.name": "groups", "full.path": "false", "id.token.claim": "true",
                    "access.token.claim": "false", "userinfo.token.claim": "true" },
            }],
        }));
    }

    /// Makes the gateway known by its metadata.
    pub fn trust(&self, metadata: &str) {
        let ask = self
            .admin("POST", "/client-description-converter")
            .header("Content-Type", "application/xml");
        let mut client = ask.body(metadata).send(local(self.port)).json();
        let attribute = |name: &str, from: &str| {
            json!({ "name": name, "protocol": "saml", "protocolMapper": "saml-user-property-mapper",
                "config": { "user.attribute": from, "attribute.name": name, "attribute.nameformat": "Basic" } })
        };
        client["protocolMappers"] = json!([
            { "name": "groups", "protocol": "saml", "protocolMapper": "saml-group-membership-mapper",
              "config": { "attribute.name": "groups", "attribute.nameformat": "Basic", "single": "true", "full.path": "false" } },
            attribute("email", "email"),
            attribute("displayName", "firstName"),
        ]);
        client["attributes"]["saml_name_id_format"] = json!("persistent");
        client["attributes"]["saml.server.signature"] = json!("true");
        client["attributes"]["saml.assertion.signature"] = json!("true");
        self.create(&client);
    }

    /// Ends the sessions of a person, as an administrator does.
    pub fn sign_out(&self, person: &str) {
        let id = self.person(person);
        assert_eq!(
            self.change("POST", &format!("/users/{id}/logout"), &json!({})),
            204
        );
    }

    /// Signs out at the provider itself, which then tells the gateway through the browser.
    #[track_caller]
    pub fn leave(&self, agent: &mut Agent) -> Page {
        let page = agent.open(&format!("{}/protocol/openid-connect/logout", self.issuer()));
        let page = agent.submit(&page, &[("confirmLogout", "Logout")]);
        agent.pass(page)
    }

    fn person(&self, name: &str) -> String {
        let found = self
            .admin("GET", &format!("/users?exact=true&username={name}"))
            .send(local(self.port))
            .json();
        found[0]["id"].as_str().unwrap().to_owned()
    }

    fn create(&self, client: &Value) {
        assert_eq!(self.change("POST", "/clients", client), 201, "{client}");
    }

    fn change(&self, method: &str, path: &str, what: &Value) -> u16 {
        let ask = self
            .admin(method, path)
            .header("Content-Type", "application/json");
        ask.body(&what.to_string()).send(local(self.port)).status
    }

    fn admin(&self, method: &str, path: &str) -> Ask {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "password"),
                ("client_id", "admin-cli"),
                ("username", KEEPER.0),
                ("password", KEEPER.1),
            ])
            .finish();
        let token = Ask::post("/realms/people/protocol/openid-connect/token", &form)
            .send(local(self.port))
            .json();
        let token = token["access_token"].as_str().unwrap();
        Ask::new(method, &format!("/admin/realms/people{path}"))
            .header("Authorization", &format!("Bearer {token}"))
    }
}

/// Signs in at the provider's page and comes back to the gateway.
#[track_caller]
pub fn sign_in(agent: &mut Agent, page: &Page, name: &str) -> Page {
    let password = format!("{name}-pw");
    let page = agent.submit(page, &[("username", name), ("password", &password)]);
    agent.pass(page)
}
