//! A SAML identity provider: Debian's SimpleSAMLphp with settings of ours (`tests/peers/simplesamlphp`).
//! It reads its files for every request, so people and the gateway may change while it runs.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::agent::{Agent, Page};
use super::{Process, key, local, port, shipped};
use crate::http::Ask;

const PROGRAM: &str = "/usr/share/simplesamlphp/www";

/// A running provider.
pub struct SimpleSamlPhp {
    port: u16,
    settings: Value,
    process: Process,
    folder: TempDir,
}

impl SimpleSamlPhp {
    /// A provider that knows alice (groups admins, dev) and bob (dev), but no gateway yet.
    #[track_caller]
    pub fn start() -> SimpleSamlPhp {
        assert!(
            Path::new(PROGRAM).exists(),
            "{PROGRAM} is missing; run: bash .ci/peers"
        );
        let (folder, port) = (TempDir::new().unwrap(), port());
        for sub in ["tmp", "sessions"] {
            std::fs::create_dir(folder.path().join(sub)).unwrap();
        }
        key(folder.path(), "first");
        let mut command = Command::new("php");
        command
            .args([
                "-d",
                "error_reporting=0",
                "-S",
                &local(port).to_string(),
                "-t",
                PROGRAM,
            ])
            .env("PEER_FOLDER", folder.path())
            .env("SIMPLESAMLPHP_CONFIG_DIR", shipped("simplesamlphp/config"));
        let settings = json!({
            "port": port,
            "key": "first",
            "gateway": {},
            "people": {
                "alice": { "email": ["alice@example.test"], "displayName": ["Alice Archer"], "groups": ["admins", "dev"] },
                "bob": { "email": ["bob@example.test"], "displayName": ["Bob Baker"], "groups": ["dev"] },
            },
        });
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        let mut provider = SimpleSamlPhp {
            port,
            settings,
            process: Process::start(&folder.path().join("log"), &mut command),
            folder,
        };
        provider
            .process
            .answers(port, &Ask::get("/saml2/idp/metadata.php"));
        provider
    }

    /// Where the metadata of the provider are; also its name.
    pub fn entity(&self) -> String {
        format!("http://127.0.0.1:{}/saml2/idp/metadata.php", self.port)
    }

    pub fn metadata(&self) -> String {
        Ask::get("/saml2/idp/metadata.php")
            .send(local(self.port))
            .body
    }

    /// Makes a gateway known by its metadata.
    pub fn trust(&self, metadata: &str) {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let name = format!("gateway-{}.xml", NEXT.fetch_add(1, Ordering::Relaxed));
        std::fs::write(self.folder.path().join(name), metadata).unwrap();
    }

    /// Changes an attribute of a person.
    pub fn change(&mut self, person: &str, attribute: &str, values: &[&str]) {
        self.settings["people"][person][attribute] = json!(values);
        self.write();
    }

    /// Changes how the provider speaks to the gateway, in the words of its `saml20-sp-remote`.
    pub fn set(&mut self, option: &str, value: Value) {
        self.settings["gateway"][option] = value;
        self.write();
    }

    /// Signs with a new key from now on.
    pub fn rotate(&mut self) {
        key(self.folder.path(), "second");
        self.settings["key"] = json!("second");
        self.write();
    }

    /// What the provider says it did.
    pub fn said(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("simplesamlphp.log"));
        log.unwrap_or_default() + &self.process.said()
    }

    /// Signs out at the provider itself, which then tells the gateway through the browser.
    #[track_caller]
    pub fn sign_out(&self, agent: &mut Agent) -> Page {
        let back = format!("http://127.0.0.1:{}/", self.port);
        agent.open(&format!(
            "{back}saml2/idp/SingleLogoutService.php?ReturnTo={back}"
        ))
    }

    fn write(&self) {
        // At once, as the provider may read while this writes.
        let (new, file) = (
            self.folder.path().join("settings.new"),
            self.folder.path().join("settings.json"),
        );
        std::fs::write(&new, self.settings.to_string()).unwrap();
        std::fs::rename(new, file).unwrap();
    }
}

/// Signs in at the provider's page and comes back to the gateway.
#[track_caller]
pub fn sign_in(agent: &mut Agent, page: &Page, name: &str) -> Page {
    let password = format!("{name}-pw");
    let page = agent.submit(page, &[("username", name), ("password", &password)]);
    agent.pass(page)
}
