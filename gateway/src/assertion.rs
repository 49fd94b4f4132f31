//! Tells an upstream who asks in a way it can check: a token signed by a key of ours, for that app alone and
//! for two minutes.
//!
//! A header can be set by anybody who reaches the upstream; the signature cannot. One token serves the requests
//! of a caller to an app for a minute, so that a request costs no signature.

mod key;
mod ring;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use audit::RecordId;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Header};
use lru::LruCache;
use policy::{Caller, Person};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::{front::Inbound, state::State};
use ring::Ring;

/// The header that carries the token.
pub const HEADER: &str = "x-sallyport-assertion";
/// How long a token is good, in seconds.
const GOOD: i64 = 120;
/// How long it is given out.
const GIVEN: i64 = 60;
const ENTRIES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Why nothing can be signed.
#[derive(Debug, Error)]
pub enum AssertionError {
    /// A key file is not readable or not a key.
    #[error("cannot use the key `{}`; remove the file and a new one is made", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// A key cannot be made.
    #[error("cannot make a key to sign with")]
    Make(#[source] rcgen::Error),
    /// The file system said no.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The place.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Signs tokens, and publishes what they are checked with.
pub struct Assertions {
    folder: PathBuf,
    ring: ArcSwap<Ring>,
    given: Mutex<LruCache<String, Given>>,
}

struct Given {
    token: String,
    at: i64,
}

/// What a token says, but for times and number.
#[derive(Serialize)]
struct Said<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    groups: Vec<&'a str>,
    amr: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    acr: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
}

/// All of it.
#[derive(Serialize)]
struct Claims<'a> {
    #[serde(flatten)]
    said: &'a Said<'a>,
    iat: i64,
    exp: i64,
    jti: &'a str,
}

impl Assertions {
    /// With the keys kept in `folder`; makes the first one. Blocks.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Assertions, AssertionError> {
        Ok(Assertions {
            folder: folder.to_owned(),
            ring: ArcSwap::from_pointee(Ring::open(folder, now)?),
            given: Mutex::new(LruCache::new(ENTRIES)),
        })
    }

    /// Makes a new key when the newest is old, and forgets those that nothing is checked with any more. Blocks.
    pub fn renew(&self, now: Timestamp) -> Result<(), AssertionError> {
        self.ring.store(Ring::open(&self.folder, now)?.into());
        Ok(())
    }

    /// What tokens are checked with (JWKS).
    pub fn published(&self) -> Value {
        self.ring.load().published()
    }

    /// The token of a request on its way to an upstream; none for a stranger.
    pub fn of(&self, state: &State, inbound: &Inbound, record: &RecordId) -> Option<String> {
        let person = match &inbound.caller {
            Caller::Anonymous => return None,
            Caller::Person(person) => person,
            Caller::App(acting) => acting.on_behalf_of.as_ref()?,
        };
        let (issuer, app) = (issuer(state), inbound.installed.address.to_string());
        let said = said(person, &issuer, &app);
        let session = person.auth.session.as_deref().unwrap_or_default();
        self.token(&said, session, (inbound.moment.now, record.as_str()))
    }

    fn token(
        &self,
        said: &Said<'_>,
        session: &str,
        (now, jti): (Timestamp, &str),
    ) -> Option<String> {
        // Everything said is part of the key: whatever changes, a new token says so.
        let key = serde_json::to_string(&(session, said)).ok()?;
        let now = now.as_second();
        if let Some(token) = self.known(&key, now) {
            return Some(token);
        }
        let claims = Claims {
            said,
            iat: now,
            exp: now + GOOD,
            jti,
        };
        let token = self.signed(&claims, now)?;
        let given = Given {
            token: token.clone(),
            at: now,
        };
        self.lock().put(key, given);
        Some(token)
    }

    fn known(&self, key: &str, now: i64) -> Option<String> {
        let mut given = self.lock();
        let given = given.get(key)?;
        (0..GIVEN)
            .contains(&(now - given.at))
            .then(|| given.token.clone())
    }

    fn signed(&self, claims: &Claims<'_>, now: i64) -> Option<String> {
        let ring = self.ring.load();
        let key = ring.signer(now)?;
        let header = Header {
            kid: Some(key.id.clone()),
            ..Header::new(Algorithm::ES256)
        };
        let signed = jsonwebtoken::encode(&header, claims, &key.secret);
        if let Err(error) = &signed {
            tracing::error!(%error, "a request goes to its upstream without an assertion");
        }
        signed.ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<String, Given>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn said<'a>(person: &'a Person, issuer: &'a str, app: &'a str) -> Said<'a> {
    let auth = &person.auth;
    let mut amr: Vec<&str> = auth.amr.iter().map(String::as_str).collect();
    if amr.is_empty() && auth.method == "password" {
        amr.push("pwd");
    }
    if auth.mfa && !amr.contains(&"mfa") {
        amr.push("mfa");
    }
    Said {
        iss: issuer,
        aud: app,
        sub: person.id.as_str(),
        name: &person.name,
        email: person.email.as_deref(),
        groups: person.groups.iter().map(|group| group.as_str()).collect(),
        amr,
        acr: &auth.acr,
        // Not every provider says when a person signed in.
        auth_time: Some(auth.at.as_second()).filter(|second| *second > 0),
    }
}

/// Where people sign in; the same for every request, whichever way it came.
fn issuer(state: &State) -> String {
    if let Some(origin) = &state.config.login.origin {
        return origin.url().origin().ascii_serialization();
    }
    let addresses = state.addresses.load();
    let (scheme, listener) = match addresses.https {
        Some(https) => ("https", Some(https)),
        None => ("http", addresses.http),
    };
    let port = listener.map_or(0, |address| address.port());
    format!("{scheme}://auth.localhost:{port}")
}

#[cfg(test)]
mod tests;
