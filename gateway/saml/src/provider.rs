//! One identity provider, set up: requests to it, and what comes back.

use jiff::Timestamp;

use crate::asked;
use crate::descriptor::descriptor;
use crate::error::Error;
use crate::identity::NameId;
use crate::own::Own;
use crate::peer::Peer;
use crate::replay::Replay;
use crate::settings::{Settings, Wish};
use crate::time;
use crate::transport::{Parcel, REQUEST, Send};
use crate::write::{self, Head};

/// An identity provider that people can sign in with.
pub struct Provider {
    pub(crate) settings: Settings,
    pub(crate) own: Own,
    pub(crate) peer: Peer,
    pub(crate) replay: Replay,
    metadata: String,
}

/// Our metadata, to be given to an identity provider whose own is not known yet.
///
/// # Errors
/// Our key or certificate cannot be used.
pub fn metadata(settings: &Settings) -> Result<String, Error> {
    descriptor(settings, &Own::load(settings)?)
}

/// A message to send, and the id to keep until the answer comes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the browser has to carry the message"]
pub struct Begun {
    /// What the browser does next.
    pub send: Send,
    /// The id of the request; the answer must name it.
    pub request: String,
}

impl Provider {
    /// Sets the provider up.
    ///
    /// # Errors
    /// Metadata without a signing certificate, for another entity, out of date or with a document type; settings and
    /// keys that cannot work.
    pub fn new(settings: Settings, now: Timestamp) -> Result<Self, Error> {
        let own = Own::load(&settings)?;
        let peer = Peer::read(&settings)?;
        if settings.want_encrypted && !own.decrypts() {
            return Err(Error::Settings(
                "`want_encrypted` needs an RSA key; make one, or switch it off".to_owned(),
            ));
        }
        // The parsed key is all that is needed.
        let settings = Settings {
            key: Vec::new().into(),
            idp: String::new(),
            ..settings
        };
        let provider = Self {
            metadata: descriptor(&settings, &own)?,
            settings,
            own,
            peer,
            replay: Replay::default(),
        };
        provider.current(now)?;
        Ok(provider)
    }

    /// Our metadata, to be given to the identity provider.
    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The identity provider's own name.
    #[must_use]
    pub fn entity(&self) -> &str {
        &self.peer.entity
    }

    /// Begins a sign-in. `relay` comes back with the response; it should be an id of at most 80 letters.
    ///
    /// # Errors
    /// A second factor is wished and no context counts as one; the metadata is out of date.
    pub fn begin(&self, wish: &Wish, relay: &str, now: Timestamp) -> Result<Begun, Error> {
        self.current(now)?;
        if wish.mfa && self.settings.mfa_contexts.is_empty() {
            return Err(Error::Settings(
                "a second factor is asked for; name the contexts that count in `mfa_contexts`"
                    .to_owned(),
            ));
        }
        let wish = Wish {
            force: wish.force || self.settings.force_authn,
            ..*wish
        };
        let request = asked::id(wish.force, now)?;
        let parcel = Parcel {
            field: REQUEST,
            to: &self.peer.sign_on,
            binding: self.settings.binding,
            relay: Some(relay),
        };
        let head = self.head(&request, parcel.to, now);
        let send = parcel.send(&self.own, &request, |form| {
            head.sign_on(&self.settings, &wish, form)
        })?;
        Ok(Begun { send, request })
    }

    /// Asks the identity provider to end its session too; `None` when it offers no way.
    ///
    /// # Errors
    /// The request cannot be signed.
    pub fn logout(
        &self,
        subject: &NameId,
        session: Option<&str>,
        relay: &str,
        now: Timestamp,
    ) -> Result<Option<Begun>, Error> {
        let Some(logout) = &self.peer.logout else {
            return Ok(None);
        };
        let request = write::id()?;
        let parcel = Parcel {
            field: REQUEST,
            to: &logout.requests,
            binding: logout.binding,
            relay: Some(relay),
        };
        let head = self.head(&request, parcel.to, now);
        let send = parcel.send(&self.own, &request, |form| {
            head.logout(subject, session, form)
        })?;
        Ok(Some(Begun { send, request }))
    }

    pub(crate) fn head<'a>(&'a self, id: &'a str, to: &'a url::Url, now: Timestamp) -> Head<'a> {
        Head {
            id,
            to,
            issuer: &self.settings.entity_id,
            now,
        }
    }

    /// The metadata is still good.
    pub(crate) fn current(&self, now: Timestamp) -> Result<(), Error> {
        self.peer
            .until
            .map_or(Ok(()), |until| time::lasts(until, now, ""))
            .map_err(|_| Error::Metadata("its `validUntil` has passed; fetch it anew".to_owned()))
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Provider")
            .field("name", &self.settings.name)
            .field("entity", &self.peer.entity)
            .finish_non_exhaustive()
    }
}
