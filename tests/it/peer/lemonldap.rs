//! A provider of both protocols: Debian's LemonLDAP::NG with its demonstration people, whose passwords are their names.
//!
//! It wants a host name for its cookies, so it lives at localhost. `dwho` is in the groups timelords and users,
//! `rtyler` and `msmith` in earthlings and users.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::agent::{Agent, Page};
use super::{Process, key, local, oidc, port};
use crate::http::Ask;

const PORTAL: &str = "/usr/share/lemonldap-ng/portal";
const DEFAULTS: &str = "/var/lib/lemonldap-ng/conf/lmConf-1.json";

/// A running provider.
pub struct Lemonldap {
    port: u16,
    settings: Value,
    process: Process,
    folder: TempDir,
}

impl Lemonldap {
    /// A provider that knows a client of OpenID, and no service of SAML yet.
    #[track_caller]
    pub fn start(client: &oidc::Client) -> Lemonldap {
        assert!(
            Path::new(DEFAULTS).exists(),
            "{DEFAULTS} is missing; run: bash .ci/test"
        );
        let (folder, port) = (TempDir::new().unwrap(), port());
        key(folder.path(), "saml");
        let settings = settings(folder.path(), port, client);
        let process = launch(folder.path(), port, &settings);
        Lemonldap {
            port,
            settings,
            process,
            folder,
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    pub fn metadata(&self) -> String {
        Ask::get("/saml/metadata")
            .host(&self.host())
            .send(local(self.port))
            .body
    }

    /// Makes the gateway known by its metadata; the provider starts again.
    pub fn trust(&mut self, metadata: &str) {
        self.settings["samlSPMetaDataXML"] =
            json!({ "gateway": { "samlSPMetaDataXML": metadata } });
        self.process.stop();
        self.process = launch(self.folder.path(), self.port, &self.settings);
    }

    /// Whether assertions are sent encrypted; before `trust`.
    pub fn encrypt(&mut self, what: &str) {
        self.settings["samlSPMetaDataOptions"]["gateway"]["samlSPMetaDataOptionsEncryptionMode"] =
            json!(what);
    }

    /// Signs out at the provider itself, which then tells the gateway through a frame of its page.
    #[track_caller]
    pub fn leave(&self, agent: &mut Agent) -> Vec<Page> {
        let page = agent.open(&format!("{}?logout=1", self.issuer()));
        agent.frames(&page)
    }

    pub fn said(&self) -> String {
        self.process.said()
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

/// Signs in at the provider's page and comes back to the gateway.
#[track_caller]
pub fn sign_in(agent: &mut Agent, page: &Page, name: &str) -> Page {
    let page = agent.submit(page, &[("user", name), ("password", name)]);
    agent.pass(page)
}

fn launch(folder: &Path, port: u16, settings: &Value) -> Process {
    for sub in [
        "conf",
        "cache",
        "notifications",
        "sessions/lock",
        "persistent/lock",
    ] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    // A configuration that was cached would be used again.
    std::fs::remove_dir_all(folder.join("cache")).unwrap();
    std::fs::create_dir(folder.join("cache")).unwrap();
    std::fs::write(folder.join("conf/lmConf-1.json"), settings.to_string()).unwrap();
    let ini = folder.join("lemonldap-ng.ini");
    let place = folder.display();
    let text = format!(
        "[all]\nlogLevel = warn\n[configuration]\ntype = File\ndirName = {place}/conf\nlocalStorage = Cache::FileCache\n\
         localStorageOptions = {{ 'namespace' => 'configuration', 'default_expires_in' => 600, 'directory_umask' => '007', \
         'cache_root' => '{place}/cache', 'cache_depth' => 3 }}\n[portal]\nstaticPrefix = /static\n\
         templateDir = {PORTAL}/templates\nlanguages = en\n[handler]\n"
    );
    std::fs::write(&ini, text).unwrap();
    let mut command = Command::new("plackup");
    command
        .args([
            "-E",
            "deployment",
            "-s",
            "HTTP::Server::PSGI",
            "--host",
            "127.0.0.1",
            "--port",
        ])
        .arg(port.to_string())
        .arg(format!("{PORTAL}/htdocs/index.psgi"))
        .env("LLNG_DEFAULTCONFFILE", ini)
        .current_dir(folder);
    let mut process = Process::start(&folder.join("log"), &mut command);
    let discovery =
        Ask::get("/.well-known/openid-configuration").host(&format!("localhost:{port}"));
    process.answers(port, &discovery);
    process
}

/// The package's own defaults with both protocols switched on.
fn settings(folder: &Path, port: u16, client: &oidc::Client) -> Value {
    let mut settings: Value = serde_json::from_slice(&std::fs::read(DEFAULTS).unwrap()).unwrap();
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let store = |name: &str| {
        json!({ "Directory": folder.join(name), "LockDirectory": folder.join(name).join("lock"),
        "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256" })
    };
    let portal = format!("http://localhost:{port}/");
    let own = json!({
        "portal": portal, "domain": "localhost", "cfgNum": 1, "requireToken": 0, "portalDisplayRegister": 0,
        "portalDisplayResetPassword": 0, "globalStorageOptions": store("sessions"),
        "persistentStorageOptions": store("persistent"),
        "localSessionStorageOptions": { "cache_root": folder.join("cache"), "cache_depth": 3, "default_expires_in": 600,
            "directory_umask": "007", "namespace": "sessions" },
        "notificationStorageOptions": { "dirName": folder.join("notifications") },
        "issuerDBOpenIDConnectActivation": 1, "oidcServiceMetaDataIssuer": portal, "oidcServiceKeyIdSig": "first",
        "oidcServicePrivateKeySig": file("saml.key"), "oidcServicePublicKeySig": public(folder),
        "oidcServiceAllowAuthorizationCodeFlow": 1,
        "oidcRPMetaDataOptions": { "gateway": {
            "oidcRPMetaDataOptionsClientID": oidc::CLIENT, "oidcRPMetaDataOptionsClientSecret": oidc::SECRET,
            "oidcRPMetaDataOptionsRedirectUris": client.redirects.join(" "),
            "oidcRPMetaDataOptionsPostLogoutRedirectUris": client.after_logout.join(" "),
            "oidcRPMetaDataOptionsBypassConsent": 1, "oidcRPMetaDataOptionsRefreshToken": 1,
            "oidcRPMetaDataOptionsAllowOffline": 1, "oidcRPMetaDataOptionsRequirePKCE": 1,
            "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256", "oidcRPMetaDataOptionsIDTokenForceClaims": 1,
            "oidcRPMetaDataOptionsLogoutBypassConfirm": 1, "oidcRPMetaDataOptionsUserIDAttr": "uid",
            "oidcRPMetaDataOptionsAccessTokenExpiration": client.ttl.unwrap_or(60),
        } },
        "oidcRPMetaDataExportedVars": { "gateway": { "email": "mail", "name": "cn", "groups": "groups;array;always" } },
        "oidcRPMetaDataOptionsExtraClaims": { "gateway": { "groups": "groups" } },
        "issuerDBSAMLActivation": 1, "samlEntityID": "#PORTAL#/saml/metadata", "samlServiceSignatureMethod": "RSA_SHA256",
        "samlServicePrivateKeySig": file("saml.key"), "samlServicePublicKeySig": file("saml.crt"),
        "samlServiceUseCertificateInResponse": 1,
        "samlSPMetaDataOptions": { "gateway": {
            "samlSPMetaDataOptionsCheckSSOMessageSignature": 1, "samlSPMetaDataOptionsCheckSLOMessageSignature": 1,
            "samlSPMetaDataOptionsSignSSOMessage": 1, "samlSPMetaDataOptionsSignSLOMessage": 1,
            "samlSPMetaDataOptionsEncryptionMode": "none", "samlSPMetaDataOptionsNameIDFormat": "persistent",
        } },
        "samlSPMetaDataExportedAttributes": { "gateway": { "mail": "1;mail;;", "cn": "1;cn;;", "groups": "0;groups;;" } },
    });
    for (name, value) in own.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

fn public(folder: &Path) -> String {
    let made = Command::new("openssl")
        .args(["rsa", "-pubout", "-in", "saml.key"])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(made.stdout).unwrap()
}
