//! The identity providers of this server.

use std::{collections::BTreeMap, io, path::PathBuf};

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

use super::oidc::OidcProvider;
#[cfg(feature = "saml")]
use super::saml::SamlProvider;
use crate::{Config, Home};

/// Why a provider cannot be used.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// Where people sign in must be known to the provider.
    #[error("`[oidc.…]` and `[saml.…]` need `[login] origin`, which the provider is told; set it")]
    Origin,
    /// A file cannot be read.
    #[error("cannot read `{}` for provider `{name}`", path.display())]
    File {
        /// The provider.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The environment lacks the secret.
    #[error("provider `{0}`: the environment variable `{1}` of its `client_secret_env` is not set")]
    Variable(String, String),
    /// Settings that contradict each other or lack something.
    #[error("provider `{0}`: {1}")]
    Settings(String, String),
    /// The library refuses the settings.
    #[error("provider `{0}` cannot be used")]
    Oidc(String, #[source] oidc::Error),
    /// The library refuses settings or metadata.
    #[cfg(feature = "saml")]
    #[error("provider `{0}` cannot be used")]
    Saml(String, #[source] saml::Error),
    /// Our own key cannot be made.
    #[cfg(feature = "saml")]
    #[error("cannot make the key with which SAML messages are signed")]
    Key(#[source] rcgen::Error),
}

/// A way to sign in that is offered.
pub struct Way<'a> {
    /// The provider's name.
    pub name: &'a str,
    /// What people read.
    pub title: &'a str,
    /// `oidc` or `saml`.
    pub protocol: &'static str,
}

impl Way<'_> {
    /// Where the sign-in `flow` goes on.
    pub fn start(&self, flow: &str) -> String {
        format!(
            "/_sallyport/{}/{}/start?flow={flow}",
            self.protocol, self.name
        )
    }
}

/// The identity providers.
pub struct Providers {
    /// Those of OpenID Connect.
    pub oidc: BTreeMap<String, OidcProvider>,
    /// Those of SAML.
    #[cfg(feature = "saml")]
    pub saml: BTreeMap<String, SamlProvider>,
}

impl Providers {
    /// Those of the configuration. Blocks; asks nobody outside.
    pub fn new(home: &Home, config: &Config, now: Timestamp) -> Result<Providers, ProviderError> {
        let origin = || config.login.origin.as_ref().ok_or(ProviderError::Origin);
        let mut oidc = BTreeMap::new();
        for (name, settings) in &config.oidc {
            free(config, name.as_str())?;
            let made = OidcProvider::new(home, (name.as_str(), settings), origin()?.url())?;
            oidc.insert(name.to_string(), made);
        }
        #[cfg(not(feature = "saml"))]
        if let Some(name) = config.saml.keys().next() {
            let text = "this program is built without SAML".to_owned();
            return Err(ProviderError::Settings(name.to_string(), text));
        }
        #[cfg(feature = "saml")]
        let mut saml = BTreeMap::new();
        #[cfg(feature = "saml")]
        for (name, settings) in &config.saml {
            let made = SamlProvider::new(home, (name.as_str(), settings), origin()?.url(), now)?;
            saml.insert(name.to_string(), made);
        }
        let _ = now;
        known(config)?;
        Ok(Providers {
            oidc,
            #[cfg(feature = "saml")]
            saml,
        })
    }

    /// Fetches the metadata that is fetched, so that the first person does not wait for it.
    #[cfg(feature = "saml")]
    pub async fn warm(&self, now: Timestamp) {
        for provider in self.saml.values() {
            let _ = provider.library(now).await;
        }
    }

    /// The ways to sign in.
    pub fn titles(&self) -> impl Iterator<Item = Way<'_>> {
        let oidc = self
            .oidc
            .iter()
            .map(|(name, it)| (name, it.title(), "oidc"));
        #[cfg(feature = "saml")]
        let saml = self
            .saml
            .iter()
            .map(|(name, it)| (name, it.title(), "saml"));
        #[cfg(not(feature = "saml"))]
        let saml = std::iter::empty();
        oidc.chain(saml).map(|(name, title, protocol)| Way {
            name,
            title,
            protocol,
        })
    }
}

/// Two providers of one name would share their people.
fn free(config: &Config, name: &str) -> Result<(), ProviderError> {
    if config.saml.contains_key(name) || config.cert.contains_key(name) {
        let text =
            "the name stands in two of `[oidc.…]`, `[saml.…]` and `[cert.…]`; give each its own";
        return Err(ProviderError::Settings(name.to_owned(), text.to_owned()));
    }
    Ok(())
}

fn known(config: &Config) -> Result<(), ProviderError> {
    for name in config.saml.keys() {
        if config.cert.contains_key(name) {
            free(config, name.as_str())?;
        }
    }
    let Some(wanted) = &config.login.default_provider else {
        return Ok(());
    };
    if config.oidc.contains_key(wanted.as_str()) || config.saml.contains_key(wanted.as_str()) {
        return Ok(());
    }
    let text = "it is the `default_provider` of `[login]`, but there is no `[oidc.…]` or `[saml.…]` of that name";
    Err(ProviderError::Settings(wanted.clone(), text.to_owned()))
}

/// An address of ours at the login's origin.
pub(super) fn own(origin: &Url, path: &str) -> Url {
    let mut url = origin.clone();
    url.set_path(path);
    url
}

/// What a file of `name`'s settings holds.
pub(super) fn read(
    home: &Home,
    name: &str,
    path: &std::path::Path,
) -> Result<Vec<u8>, ProviderError> {
    let path = home.join(path);
    std::fs::read(&path).map_err(|source| ProviderError::File {
        name: name.to_owned(),
        path,
        source,
    })
}
