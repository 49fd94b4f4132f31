//! An OpenID Connect provider of the configuration, and the people it names.

use std::sync::Arc;

use jiff::Timestamp;
use oidc::{Identity, Renewed, Tokens};
use policy::{Authentication, Person, UserId};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::providers::{ProviderError, own, read};
use crate::{
    Home,
    authn::Proven,
    config::{Membership, Oidc},
};

/// A provider with what its people are here.
pub struct OidcProvider {
    /// Speaks with it.
    pub library: oidc::Provider,
    name: String,
    title: String,
    membership: Membership,
    /// How long a sign-in is good that cannot be renewed, in nanoseconds.
    longest: i64,
}

/// What is kept, sealed, of what the provider gave.
#[derive(Serialize, Deserialize)]
struct Kept {
    refresh: Option<String>,
    id: Option<String>,
    /// Until when the access token lasts, in seconds since 1970.
    until: Option<i64>,
}

impl OidcProvider {
    pub(super) fn new(
        home: &Home,
        (name, config): (&str, &Oidc),
        origin: &Url,
    ) -> Result<OidcProvider, ProviderError> {
        let redirect = own(origin, &format!("/_sallyport/oidc/{name}/callback"));
        let issuer = match (&config.issuer, config.preset.issuer()) {
            (Some(issuer), _) => issuer.clone(),
            (None, Some(issuer)) => issuer,
            (None, None) => {
                let text = "`issuer` is missing".to_owned();
                return Err(ProviderError::Settings(name.to_owned(), text));
            }
        };
        let mut settings =
            oidc::Settings::new(name, config.preset, issuer, &config.client_id, redirect);
        settings.client_secret = secret(home, name, config)?;
        settings.tenant.clone_from(&config.tenant);
        settings.offline = config.offline;
        settings.hosted_domain.clone_from(&config.hosted_domain);
        settings.api.clone_from(&config.api);
        if !config.scopes.is_empty() {
            settings.scopes.clone_from(&config.scopes);
        }
        if let Some(claim) = &config.groups_claim {
            settings.groups_claim.clone_from(claim);
        }
        if let Some(claim) = &config.name_claim {
            settings.name_claim.clone_from(claim);
        }
        if !config.mfa_acr.is_empty() {
            settings.mfa_acr.clone_from(&config.mfa_acr);
        }
        if config.groups_endpoint.is_some() {
            settings.groups_endpoint.clone_from(&config.groups_endpoint);
        }
        if let Some(path) = &config.ca {
            settings.ca = Some(read(home, name, path)?);
        }
        let library = oidc::Provider::new(settings);
        Ok(OidcProvider {
            library: library.map_err(|error| ProviderError::Oidc(name.to_owned(), error))?,
            name: name.to_owned(),
            title: config.title.clone().unwrap_or_else(|| name.to_owned()),
            membership: config.membership(),
            longest: config.session_max.nanoseconds(),
        })
    }

    /// What people read.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whoever the provider has named.
    pub fn proven(&self, identity: Identity) -> Option<Proven> {
        let tokens = keep(&identity.tokens)?;
        let person = Person {
            id: self.user(&identity.subject),
            name: identity.name,
            provider: self.name.clone(),
            groups: self.membership.groups(&self.name, &identity.groups),
            subject: identity.subject,
            email: identity.email,
            disabled: false,
            auth: Authentication {
                mfa: identity.mfa,
                amr: identity.amr,
                acr: identity.acr.unwrap_or_default(),
                ..Authentication::plain("oidc", identity.at)
            },
        };
        Some(Proven {
            person: Arc::new(person),
            sid: identity.sid,
            tokens: Some(tokens),
            until: None,
            longest: identity.tokens.refresh.is_none().then_some(self.longest),
        })
    }

    /// The same person, as the provider knows them now.
    pub fn renewed(&self, person: &Person, renewed: Renewed) -> Option<(Person, Vec<u8>)> {
        let tokens = keep(&renewed.tokens)?;
        let person = Person {
            name: renewed.name,
            email: renewed.email,
            groups: self.membership.groups(&self.name, &renewed.groups),
            ..person.clone()
        };
        Some((person, tokens))
    }

    /// The id of a subject here.
    pub fn user(&self, subject: &str) -> UserId {
        UserId::new(format!("{}:{subject}", self.name))
    }
}

fn secret(home: &Home, name: &str, config: &Oidc) -> Result<Option<SecretString>, ProviderError> {
    let text = match (&config.client_secret_file, &config.client_secret_env) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let text = "`client_secret_file` and `client_secret_env` are both set; give one";
            return Err(ProviderError::Settings(name.to_owned(), text.to_owned()));
        }
        (Some(path), None) => String::from_utf8(read(home, name, path)?).map_err(|_| {
            let text = "`client_secret_file` is not text".to_owned();
            ProviderError::Settings(name.to_owned(), text)
        })?,
        (None, Some(variable)) => std::env::var(variable)
            .map_err(|_| ProviderError::Variable(name.to_owned(), variable.clone()))?,
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        let text = "the client secret is empty".to_owned();
        return Err(ProviderError::Settings(name.to_owned(), text));
    }
    Ok(Some(text.into()))
}

fn keep(tokens: &Tokens) -> Option<Vec<u8>> {
    let text =
        |secret: &Option<SecretString>| secret.as_ref().map(|it| it.expose_secret().to_owned());
    let kept = Kept {
        refresh: text(&tokens.refresh),
        id: text(&tokens.id),
        until: tokens.access_until.map(Timestamp::as_second),
    };
    serde_json::to_vec(&kept).ok()
}

/// What was kept.
pub fn kept(plain: &[u8]) -> Option<Tokens> {
    let kept: Kept = serde_json::from_slice(plain).ok()?;
    Some(Tokens {
        refresh: kept.refresh.map(Into::into),
        id: kept.id.map(Into::into),
        access_until: kept
            .until
            .and_then(|until| Timestamp::from_second(until).ok()),
    })
}
