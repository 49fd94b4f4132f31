//! The identity providers of this server.

use crate::Config;

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
    titles: Vec<(String, String, &'static str)>,
}

impl Providers {
    /// Those of the configuration.
    pub fn new(config: &Config) -> Providers {
        let title =
            |name: &str, title: &Option<String>| title.clone().unwrap_or_else(|| name.to_owned());
        let oidc = config.oidc.iter();
        let oidc =
            oidc.map(|(name, it)| (name.to_string(), title(name.as_str(), &it.title), "oidc"));
        let saml = config.saml.iter();
        let saml =
            saml.map(|(name, it)| (name.to_string(), title(name.as_str(), &it.title), "saml"));
        Providers {
            titles: oidc.chain(saml).collect(),
        }
    }

    /// The ways to sign in.
    pub fn titles(&self) -> impl Iterator<Item = Way<'_>> {
        self.titles.iter().map(|(name, title, protocol)| Way {
            name,
            title,
            protocol,
        })
    }
}
