//! What an operator says about a provider, and the checks that need no network.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use crate::error::{Error, Result};
use crate::preset::Preset;

/// One provider and our client there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of the provider here, as in `[oidc.<name>]`.
    pub name: String,
    /// What kind of provider it is.
    pub preset: Preset,
    /// The issuer, exactly as the provider's discovery has it. For GitHub, its web address.
    pub issuer: Url,
    /// The tenant whose people may sign in, for Entra issuers that serve many (`common`, `organizations`).
    pub tenant: Option<String>,
    /// Our name at the provider; tokens must be made for it.
    pub client_id: String,
    /// Our secret at the provider; a public client has none.
    pub client_secret: Option<SecretString>,
    /// What to ask for; `openid` goes without saying.
    pub scopes: Vec<String>,
    /// Where answers go.
    pub redirect: Url,
    /// The claim with the groups: its name, or a dotted path such as `realm_access.roles`. Empty: no groups.
    pub groups_claim: String,
    /// The claim with the name to show.
    pub name_claim: String,
    /// Classes of sign-in (`acr`) that mean a second factor; they are asked for when one is needed.
    pub mfa_acr: Vec<String>,
    /// Only accounts whose `hd` claim is this domain may sign in.
    pub hosted_domain: Option<String>,
    /// Whether to ask for a refresh token.
    pub offline: bool,
    /// Certificates (PEM) that vouch for the provider; no others are then accepted.
    pub ca: Option<Vec<u8>>,
    /// Where groups are asked for when a token says that they are too many for it.
    pub groups_endpoint: Option<Url>,
    /// How many groups a person may have; more are refused.
    pub max_groups: usize,
    /// The address of GitHub's API, if it is not the usual one.
    pub api: Option<Url>,
    /// How long an answer of the provider may take, from connecting to the last byte.
    pub timeout: Duration,
    /// How long discovery and keys are believed.
    pub fresh: Duration,
}

impl Settings {
    /// The settings of `preset`, to be changed where they do not fit.
    pub fn new(name: &str, preset: Preset, issuer: Url, client_id: &str, redirect: Url) -> Self {
        Self {
            name: name.to_owned(),
            preset,
            issuer,
            tenant: None,
            client_id: client_id.to_owned(),
            client_secret: None,
            scopes: preset.scopes(),
            redirect,
            groups_claim: preset.groups_claim().to_owned(),
            name_claim: preset.name_claim().to_owned(),
            mfa_acr: preset.mfa_acr(),
            hosted_domain: None,
            offline: false,
            ca: None,
            groups_endpoint: preset.groups_endpoint(),
            max_groups: 200,
            api: None,
            timeout: Duration::from_secs(10),
            fresh: Duration::from_secs(3600),
        }
    }

    /// Refuses what can never work.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_words()?;
        for (key, url) in [
            ("issuer", Some(&self.issuer)),
            ("redirect", Some(&self.redirect)),
            ("api", self.api.as_ref()),
        ] {
            if url.is_some_and(|url| !plain(url)) {
                return Err(self.wrong(&format!("`{key}` must be an https URL without user, query and fragment; http goes for loopback hosts only")));
            }
        }
        if self
            .groups_endpoint
            .as_ref()
            .is_some_and(|url| !secure(url))
        {
            return Err(self.wrong("`groups_endpoint` must be an https URL"));
        }
        self.check_tenant()
    }

    fn check_words(&self) -> Result<()> {
        if self.name.is_empty() {
            return Err(self.wrong("the provider needs a name"));
        }
        if self.client_id.trim().is_empty() {
            return Err(self.wrong("`client_id` is empty; without it a token for anybody would do"));
        }
        if self
            .hosted_domain
            .as_ref()
            .is_some_and(|domain| domain.trim().is_empty())
        {
            return Err(self.wrong("`hosted_domain` is empty; leave it out or name a domain"));
        }
        if self.hosted_domain.is_some() && self.preset == Preset::GitHub {
            return Err(self.wrong("GitHub has no `hosted_domain`; let a policy ask for a group"));
        }
        Ok(())
    }

    fn check_tenant(&self) -> Result<()> {
        let many = self
            .issuer
            .path_segments()
            .and_then(|mut segments| segments.next())
            .is_some_and(|first| matches!(first, "common" | "organizations" | "consumers"));
        match (&self.tenant, self.preset) {
            (None, Preset::Entra) if many => Err(self.wrong(
                "this issuer serves every tenant; name yours in the `issuer`, or set `tenant`",
            )),
            (Some(_), preset) if preset != Preset::Entra => {
                Err(self.wrong("`tenant` is for the preset `entra`"))
            }
            (Some(tenant), _) if !is_uuid(tenant) => Err(self
                .wrong("`tenant` must be the tenant's id, such as 8-4-4-4-12 hexadecimal digits")),
            _ => Ok(()),
        }
    }

    pub(crate) fn wrong(&self, reason: &str) -> Error {
        Error::Settings {
            name: self.name.clone(),
            reason: reason.to_owned(),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && text
            .chars()
            .all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}

fn plain(url: &Url) -> bool {
    secure(url) && url.query().is_none() && url.fragment().is_none()
}

/// Whether what is sent to `url` cannot be read on the way.
pub(crate) fn secure(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(url),
            _ => false,
        }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
