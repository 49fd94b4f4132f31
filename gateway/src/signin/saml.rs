//! A SAML identity provider of the configuration, and the people it names.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use policy::{Authentication, Person, UserId};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};
use saml::{Identity, NameId, Settings};
use serde::{Deserialize, Serialize};
use url::Url;

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

/// Where metadata is fetched.
struct Source {
    url: Url,
    ca: Option<Vec<u8>>,
    /// The last good text, in case the provider is down when we start.
    kept: PathBuf,
    every: Duration,
    fetched: Mutex<Option<Timestamp>>,
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

/// Whose turn it is to fetch. Unless it is done, the next one has a turn at once: a client that hangs up ends its
/// request, and what was asked for with it.
struct Turn<'s> {
    source: &'s Source,
    done: bool,
}

impl Turn<'_> {
    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.source.soon();
        }
    }
}

impl Source {
    /// The turn to fetch, if it is time; then nobody else has one for a while.
    fn turn(&self, now: Timestamp) -> Option<Turn<'_>> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let every = i64::try_from(self.every.as_secs()).unwrap_or(i64::MAX);
        let passed = |last: &Timestamp| now.as_second().saturating_sub(last.as_second());
        let due = fetched.as_ref().is_none_or(|last| passed(last) >= every);
        due.then(|| {
            *fetched = Some(now);
            Turn {
                source: self,
                done: false,
            }
        })
    }

    /// Has it fetched again at the next occasion.
    fn soon(&self) {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = None;
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

fn source(home: &Home, (name, config): (&str, &Saml)) -> Result<Option<Source>, ProviderError> {
    let url = match (&config.metadata_url, &config.metadata_file) {
        (None, Some(_)) => return Ok(None),
        (Some(url), None) => url.clone(),
        (Some(_), Some(_)) | (None, None) => {
            let text = "give one of `metadata_url` and `metadata_file`".to_owned();
            return Err(ProviderError::Settings(name.to_owned(), text));
        }
    };
    let ca = config.ca.as_ref().map(|path| read(home, name, path));
    Ok(Some(Source {
        url,
        ca: ca.transpose()?,
        kept: home.certs().join(format!("saml-{name}.xml")),
        every: config.metadata_refresh.duration(),
        fetched: Mutex::new(None),
    }))
}

/// The key with which our messages are signed and assertions are opened, with its certificate; made once.
fn key(home: &Home, name: &str, now: Timestamp) -> Result<(Vec<u8>, Vec<u8>), ProviderError> {
    let keys = home.keys();
    let (key, certificate) = (keys.join("saml-key.pem"), keys.join("saml.pem"));
    if !key.exists() || !certificate.exists() {
        // A check of a home that is not there yet leaves nothing behind.
        let kept = keys.exists();
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
        let pair = pair.map_err(ProviderError::Key)?;
        let made = self_signed(&pair, now).map_err(ProviderError::Key)?;
        if !kept {
            return Ok((pair.serialize_pem().into_bytes(), made.into_bytes()));
        }
        for (path, text) in [(&certificate, made), (&key, pair.serialize_pem())] {
            write_new(path, text.as_bytes()).map_err(|source| ProviderError::File {
                name: name.to_owned(),
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok((read(home, name, &key)?, read(home, name, &certificate)?))
}

fn self_signed(pair: &KeyPair, now: Timestamp) -> Result<String, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CommonName, "Sallyport SAML");
    let year = i32::from(now.to_zoned(jiff::tz::TimeZone::UTC).year());
    params.not_before = date_time_ymd(year - 1, 1, 1);
    params.not_after = date_time_ymd(year + 20, 1, 1);
    Ok(params.self_signed(pair)?.pem())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn whoever_hangs_up_leaves_the_turn_to_the_next() {
        let source = Source {
            url: "https://idp.example/metadata".parse().unwrap(),
            ca: None,
            kept: PathBuf::new(),
            every: Duration::from_secs(3600),
            fetched: Mutex::new(None),
        };
        let turn = source.turn(at(0)).unwrap();
        assert!(source.turn(at(1)).is_none(), "one at a time");
        drop(turn);
        source.turn(at(2)).unwrap().done();
        assert!(source.turn(at(3)).is_none());
        assert!(source.turn(at(3602)).is_some());
    }
}
