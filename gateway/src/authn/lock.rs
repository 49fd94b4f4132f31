//! Locks a name after wrong passwords or codes in a row, whether or not anybody has it, so that a lock tells nothing.
//!
//! What is counted is kept in the store under a keyed hash of the name: it survives a restart, and a name that was
//! mistyped, which may be a password, is not written down.

use jiff::Timestamp;
use secrets::Hasher;

use super::Unnamed;
use crate::{
    clock,
    config::Login,
    store::{Locking, Store, StoreError},
};

/// The locks of names.
pub(super) struct Locks {
    names: Hasher,
    locking: Locking,
}

/// An attempt that counts as a failure until it is known better.
#[must_use = "a right password has to be told"]
pub(super) struct Tried {
    key: String,
}

impl Locks {
    pub(super) fn new(login: &Login, names: Hasher) -> Locks {
        let first = login.lock_time.duration().as_nanos();
        let locking = Locking {
            after: i64::try_from(login.lock_after.value()).unwrap_or(i64::MAX),
            first: i64::try_from(first).unwrap_or(i64::MAX),
        };
        Locks { names, locking }
    }

    /// The key under which the failures of a name are kept; all spellings of its letters are one name.
    pub(super) fn key(&self, name: &str) -> String {
        self.names.hash(&name.trim().to_lowercase())
    }

    /// Counts an attempt for `name`, or answers that it is locked.
    pub(super) async fn attempt(
        &self,
        store: &Store,
        name: &str,
        now: Timestamp,
    ) -> Result<Tried, Unnamed> {
        let (key, now) = (self.key(name), clock::nanoseconds(now));
        match store.attempt(&key, self.locking, now).await? {
            Ok(()) => Ok(Tried { key }),
            Err(until) => Err(Unnamed::Locked(seconds(until.saturating_sub(now)))),
        }
    }
}

impl Tried {
    /// The person is known now: earlier failures are forgotten.
    pub(super) async fn succeeded(self, store: &Store) -> Result<(), StoreError> {
        store.forget_failures(&self.key).await
    }

    /// Nothing was shown wrong: earlier failures stay.
    pub(super) async fn undecided(self, store: &Store) -> Result<(), StoreError> {
        store.unattempt(&self.key).await
    }
}

/// Whole seconds, at least one.
fn seconds(nanoseconds: i64) -> u64 {
    let seconds = u64::try_from(nanoseconds).unwrap_or(0);
    seconds.div_ceil(1_000_000_000).max(1)
}
