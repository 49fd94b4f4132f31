//! HTTP Basic: read strictly, and a right password is remembered for a minute.
//!
//! The memory holds keyed hashes only; the key is drawn at start and never leaves the process.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use policy::Person;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time,
};

use super::{
    memory::{Memory, OfPerson},
    password::CheckError,
};

const KEPT: SignedDuration = SignedDuration::from_secs(60);
const ENTRIES: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
const LONGEST: usize = 2048;
const LANES: usize = 64;
const WAIT: Duration = Duration::from_secs(10);

/// A name and a password as a client gave them.
#[derive(Debug)]
pub struct Credentials {
    /// The name; not yet anybody's.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

impl Credentials {
    /// Reads `Authorization: Basic`. Anything broken has the empty name, which is nobody's.
    pub fn read(headers: &HeaderMap) -> Option<Credentials> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next()?.to_str().ok()?;
        let encoded = basic(value)?;
        let decoded = (values.next().is_none() && encoded.len() <= LONGEST)
            .then(|| decode(encoded))
            .flatten();
        let (name, password) = decoded.unwrap_or_default();
        Some(Credentials {
            name,
            password: password.into(),
        })
    }
}

/// The encoded part of a Basic `Authorization` value.
fn basic(value: &str) -> Option<&str> {
    let (scheme, encoded) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| encoded.trim())
}

/// Whether an `Authorization` value is for us rather than for an app.
pub fn is_basic(value: &[u8]) -> bool {
    value
        .get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic"))
}

fn decode(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    (!text.chars().any(char::is_control)).then(|| (name.to_owned(), password.to_owned()))
}

/// Credentials found right in the last minute.
pub(super) struct Known {
    lanes: [Semaphore; LANES],
    secret: Option<[u8; 32]>,
    pub(super) memory: Memory<Key, (Arc<Person>, Timestamp)>,
}

impl OfPerson for (Arc<Person>, Timestamp) {
    fn person(&self) -> &Person {
        &self.0
    }
}

pub(super) type Key = [u8; 32];

impl Known {
    pub(super) fn new() -> Known {
        let mut secret = [0; 32];
        let secret = getrandom::fill(&mut secret).is_ok().then_some(secret);
        let lanes = std::array::from_fn(|_| Semaphore::new(1));
        Known {
            lanes,
            secret,
            memory: Memory::new(ENTRIES),
        }
    }

    /// Waits until nobody checks the same credentials, so that many requests at once cost one check.
    pub(super) async fn lane(&self, key: Option<&Key>) -> Result<SemaphorePermit<'_>, CheckError> {
        let lane = key.and_then(|key| self.lanes.get(usize::from(key[0]) % LANES));
        let lane = lane.or(self.lanes.first()).ok_or(CheckError::Busy)?;
        let waited = time::timeout(WAIT, lane.acquire()).await;
        waited.ok().and_then(Result::ok).ok_or(CheckError::Busy)
    }

    pub(super) fn find(&self, given: &Credentials, now: Timestamp) -> Option<Arc<Person>> {
        let key = self.key(given)?;
        let mut entries = self.memory.lock();
        let (person, since) = entries.get(&key)?;
        let current = (*since..since.saturating_add(KEPT).unwrap_or(*since)).contains(&now);
        current.then(|| Arc::clone(person))
    }

    /// Remembers credentials, unless something was forgotten since `generation` was read.
    pub(super) fn keep(
        &self,
        key: Option<Key>,
        person: Arc<Person>,
        generation: u64,
        now: Timestamp,
    ) {
        if let Some(key) = key
            && let Some(mut entries) = self.memory.unchanged(generation)
        {
            entries.put(key, (person, now));
        }
    }

    /// A keyed hash of name and password; without randomness nothing is remembered.
    pub(super) fn key(&self, given: &Credentials) -> Option<Key> {
        let secret = self.secret?;
        let inner = Sha256::new()
            .chain_update(secret)
            .chain_update((given.name.len() as u64).to_be_bytes())
            .chain_update(&given.name)
            .chain_update(given.password.expose_secret())
            .finalize();
        Some(
            Sha256::new()
                .chain_update(secret)
                .chain_update(inner)
                .finalize()
                .into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Credentials::read(&headers)
            .map(|found| (found.name, found.password.expose_secret().to_owned()))
    }

    #[test]
    fn credentials_are_read_strictly() {
        let check = |value: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(name, password)| (name.to_owned(), password.to_owned()));
            assert_eq!(read(value), expected, "{value}");
        };
        check("Basic YWxpY2U6cGE6c3M=", Some(("alice", "pa:ss")));
        check("basic YWxpY2U6cGE6c3M=", Some(("alice", "pa:ss")));
        check("Basic YWxpY2U", Some(("", "")));
        check("Basic !!", Some(("", "")));
        check("Basic YQphOmI=", Some(("", "")));
        check("Bearer YWxpY2U6cGE6c3M=", None);
        check("Basic", None);
        check(&format!("Basic {}", "QUJD".repeat(1000)), Some(("", "")));
    }

    #[test]
    fn two_authorizations_are_nobody() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::AUTHORIZATION,
            "Basic YWxpY2U6cGE6c3M=".parse().unwrap(),
        );
        headers.append(
            header::AUTHORIZATION,
            "Basic YWxpY2U6cGE6c3M=".parse().unwrap(),
        );
        assert_eq!(Credentials::read(&headers).unwrap().name, "");
    }

    #[test]
    fn keys_do_not_collide_and_debug_shows_no_password() {
        let known = Known::new();
        let key = |name: &str, password: &str| {
            known.key(&Credentials {
                name: name.into(),
                password: password.into(),
            })
        };
        assert_eq!(key("a", "b"), key("a", "b"));
        assert_ne!(key("ab", "c"), key("a", "bc"));
        let shown = format!(
            "{:?}",
            Credentials {
                name: "a".into(),
                password: "hunter22".into()
            }
        );
        assert!(!shown.contains("hunter22"));
    }
}
