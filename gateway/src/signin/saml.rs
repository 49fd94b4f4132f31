//! A SAML identity provider of the configuration, and the people it names.

mod key;
mod source;

use std::{fs, sync::Arc};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use policy::{Authentication, Person, UserId};
use saml::{Identity, NameId, Settings};
use serde::{Deserialize, Serialize};
use url::Url;

use self::{
    key::key,
    source::{Source, source},
};
use super::providers::{ProviderError, own, read};
use crate::{
    Home,
    authn::Proven,
    clock,
    config::{self, Membership, Saml},
    home::write_new,
};

/// A provider with what its people are here.
pub struct SamlProvider {
    /// Speaks with it; nothing before its metadata has been fetched.
    library: ArcSwapOption<saml::Provider>,
    settings: Settings,
    metadata: String,
    source: Option<Source>,
    name: String,
    title: String,
    membership: Membership,
    /// How long a sign-in is good, in nanoseconds.
    longest: i64,
}

/// What is kept, sealed, to sign out at the provider as well.
#[derive(Serialize, Deserialize)]
pub struct NameIdKept {
    /// Who.
    pub name_id: NameId,
}

impl SamlProvider {
    pub(super) fn new(
        home: &Home,
        (name, config): (&str, &Saml),
        origin: &Url,
        now: Timestamp,
    ) -> Result<SamlProvider, ProviderError> {
        let settings = settings((name, config), origin, key(home, name, now)?);
        let metadata = saml::metadata(&settings);
        let provider = SamlProvider {
            metadata: metadata.map_err(|error| ProviderError::Saml(name.to_owned(), error))?,
            library: ArcSwapOption::empty(),
            source: source(home, (name, config))?,
            settings,
            name: name.to_owned(),
            title: config.title.clone().unwrap_or_else(|| name.to_owned()),
            membership: config.membership(),
            longest: config.session_max.nanoseconds(),
        };
        provider.begin_with(home, config, now)?;
        Ok(provider)
    }

    /// Takes the metadata that is there: of the file, or the last that was fetched.
    fn begin_with(&self, home: &Home, config: &Saml, now: Timestamp) -> Result<(), ProviderError> {
        if let Some(path) = &config.metadata_file {
            let text = read(home, &self.name, path)?;
            return self.take(&String::from_utf8_lossy(&text), now);
        }
        let kept = self
            .source
            .as_ref()
            .map(|source| fs::read_to_string(&source.kept));
        if let Some(Ok(text)) = kept
            && let Err(error) = self.take(&text, now)
        {
            tracing::warn!(
                provider = self.name,
                ?error,
                "the metadata kept from before is no longer good"
            );
        }
        Ok(())
    }

    fn take(&self, text: &str, now: Timestamp) -> Result<(), ProviderError> {
        let settings = Settings {
            idp: text.to_owned(),
            ..self.settings.clone()
        };
        let library = saml::Provider::new(settings, now);
        let library = library.map_err(|error| ProviderError::Saml(self.name.clone(), error))?;
        self.library.store(Some(Arc::new(library)));
        Ok(())
    }

    /// What speaks with the provider, with metadata that is not too old; nothing when none could be had.
    pub async fn library(&self, now: Timestamp) -> Option<Arc<saml::Provider>> {
        if let Some(turn) = self.source.as_ref().and_then(|source| source.turn(now)) {
            let source = turn.source;
            match oidc::fetch_text(&source.url, source.ca.as_deref()).await {
                Ok(text) => {
                    turn.done();
                    self.renew(source, &text, now);
                }
                Err(error) => {
                    tracing::warn!(provider = self.name, %error, "cannot fetch the provider's metadata");
                }
            }
        }
        self.library.load_full()
    }

    fn renew(&self, source: &Source, text: &str, now: Timestamp) {
        if let Err(error) = self.take(text, now) {
            tracing::warn!(
                provider = self.name,
                ?error,
                "the provider's new metadata is not good; the old stays"
            );
        } else if let Err(error) = write_new(&source.kept, text.as_bytes()) {
            tracing::warn!(provider = self.name, %error, "cannot keep the provider's metadata");
        }
    }

    /// Our own metadata, which needs nothing of the provider.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// What people read.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether an attribute names people, and not the `NameID`.
    pub fn names_by_attribute(&self) -> bool {
        self.settings.subject_attribute.is_some()
    }

    /// The id of a subject here.
    pub fn user(&self, subject: &str) -> UserId {
        UserId::new(format!("{}:{subject}", self.name))
    }

    /// Whoever the provider has named.
    pub fn proven(&self, identity: Identity) -> Option<Proven> {
        let kept = NameIdKept {
            name_id: identity.name_id,
        };
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
                acr: identity.context.unwrap_or_default(),
                ..Authentication::plain("saml", identity.at)
            },
        };
        Some(Proven {
            person: Arc::new(person),
            sid: identity.session,
            tokens: Some(serde_json::to_vec(&kept).ok()?),
            until: identity.until.map(clock::nanoseconds),
            longest: Some(self.longest),
        })
    }
}

fn settings(
    (name, config): (&str, &Saml),
    origin: &Url,
    (key, certificate): (Vec<u8>, Vec<u8>),
) -> Settings {
    let at = |part: &str| own(origin, &format!("/_sallyport/saml/{name}/{part}"));
    Settings {
        name: name.to_owned(),
        entity_id: at("metadata").to_string(),
        acs: at("acs"),
        slo: at("slo"),
        key: key.into(),
        certificate,
        idp: String::new(),
        idp_entity: config.entity.clone(),
        pins: config.pins.clone(),
        groups_attribute: config.groups_attribute.clone(),
        name_attribute: config.name_attribute.clone(),
        email_attribute: config.email_attribute.clone(),
        email_trusted: config.email_trusted,
        subject_attribute: config.subject_attribute.clone(),
        name_id_format: config.name_id_format.clone(),
        binding: match config.binding {
            config::Binding::Redirect => saml::Binding::Redirect,
            config::Binding::Post => saml::Binding::Post,
        },
        force_authn: config.force_authn,
        mfa_contexts: config.mfa_contexts.clone(),
        want_encrypted: config.want_encrypted,
    }
}
