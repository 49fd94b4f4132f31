//! The server's configuration: one TOML file, one struct per section, nothing optional to know.
//!
//! Every key has a default, unknown keys are refused, and a mistake is shown in the file with its
//! line, column and a hint. [`reference`] renders the same field tables the tests hold to the types.

mod apps;
mod audit;
mod bounds;
mod cert;
mod cors;
mod dev;
mod edge;
mod error;
mod folder;
mod listen;
mod log;
mod login;
mod node;
mod oidc;
mod plugin;
mod provider;
mod reference;
mod saml;
mod secrets;
mod value;

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use apps::Apps;
pub use audit::Audit;
pub use cert::{Cert, CertIdentity};
pub use cors::{Cors, Origins};
pub use dev::Dev;
pub use error::ConfigError;
pub use listen::{CertFiles, Http, Https};
pub use log::{Log, LogFormat};
pub use login::{Login, LoginOrigin};
pub use node::Node;
pub use oidc::Oidc;
pub use plugin::Plugins;
pub use provider::{Membership, ProviderName};
pub use reference::reference;
#[cfg(feature = "saml")]
pub use saml::Binding;
pub use saml::Saml;
pub use secrets::Secrets;

/// The whole configuration; `sallyport.toml` in the home directory.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where plain HTTP listens.
    pub http: Http,
    /// Where HTTPS listens, and with which certificate.
    pub https: Https,
    /// Sessions and sign-in.
    pub login: Login,
    /// OpenID Connect providers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub oidc: BTreeMap<ProviderName, Oidc>,
    /// SAML identity providers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub saml: BTreeMap<ProviderName, Saml>,
    /// Client certificates.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cert: BTreeMap<ProviderName, Cert>,
    /// Limits every app runs under, and how its answers leave.
    pub apps: Apps,
    /// Which other origins may read answers of apps.
    pub cors: Cors,
    /// Apps in development.
    pub dev: Dev,
    /// The audit log.
    pub audit: Audit,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// Settings of plugins.
    pub plugin: Plugins,
    /// What apps may know of the server.
    pub node: Node,
    /// The server's own messages (not the audit log).
    pub log: Log,
}

impl Config {
    /// Reads the file at `path`; a missing file means all defaults.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Config::parse(&path.display().to_string(), &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(source) => Err(ConfigError::Unreadable {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Parses `text`; `name` is what errors call the file.
    pub fn parse(name: &str, text: &str) -> Result<Config, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::invalid(name, text, &error))
    }

    /// A hash of the effective values, for the audit log's boot record.
    pub fn hash(&self) -> String {
        let text = toml::to_string(self).unwrap_or_default();
        format!("{:x}", Sha256::digest(text))
    }
}

#[cfg(test)]
mod tests;
