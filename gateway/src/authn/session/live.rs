//! Living sessions as they are remembered: never older than a minute without asking the store, also when the clock
//! goes back.

use std::{num::NonZeroUsize, sync::Arc};

use policy::Person;

use super::Found;
use crate::authn::memory::{Memory, OfPerson};

const ENTRIES: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();
/// A second line behind `forget_user`: what another process changed counts after this long.
const FRESH: i64 = 60 * 1_000_000_000;

/// A session as remembered; times are Unix nanoseconds.
#[derive(Clone)]
pub(in crate::authn) struct Live {
    pub(in crate::authn) person: Arc<Person>,
    pub(super) sign_in: Arc<str>,
    pub(super) host: Arc<str>,
    pub(super) seen: i64,
    pub(super) touched: i64,
    pub(super) expires: i64,
    pub(super) loaded: i64,
    /// When the provider is asked again.
    pub(super) due: i64,
}

impl Live {
    pub(in crate::authn) fn found(self, now: i64) -> Found {
        Found {
            due: now >= self.due,
            person: self.person,
            sign_in: self.sign_in,
        }
    }
}

impl OfPerson for Live {
    fn person(&self) -> &Person {
        &self.person
    }
}

/// Sessions by the hash of their id.
pub(in crate::authn) type Sessions = Memory<String, Live>;

impl Sessions {
    pub(super) fn empty() -> Sessions {
        Memory::new(ENTRIES)
    }

    pub(super) fn find(&self, hash: &str, now: i64) -> Option<Live> {
        self.lock()
            .get(hash)
            .filter(|live| (0..FRESH).contains(&now.saturating_sub(live.loaded)))
            .cloned()
    }

    /// A session as it was last seen, however long ago.
    pub(super) fn last(&self, hash: &str) -> Option<Live> {
        self.lock().peek(hash).cloned()
    }

    /// Notes the use of a session; true when the store's time of last use has become stale.
    pub(super) fn use_at(&self, hash: &str, now: i64, stale: i64) -> bool {
        let mut all = self.lock();
        let Some(live) = all.get_mut(hash) else {
            return false;
        };
        live.seen = live.seen.max(now);
        let touch = now.saturating_sub(live.touched) >= stale;
        if touch {
            live.touched = now;
        }
        touch
    }

    /// Forgets every session of a sign-in.
    pub(in crate::authn) fn forget_sign_in(&self, sign_in: &str) {
        self.forget_where(|live| *live.sign_in == *sign_in);
    }

    /// Leaves the provider of a sign-in alone until then.
    pub(in crate::authn) fn postpone(&self, sign_in: &str, until: i64) {
        let mut all = self.lock();
        for (_, live) in all.iter_mut().filter(|(_, live)| *live.sign_in == *sign_in) {
            live.due = until;
        }
    }

    /// Remembers a session, unless something was forgotten since `generation` was read.
    pub(super) fn keep(&self, hash: &str, live: Live, generation: u64) {
        if let Some(mut all) = self.unchanged(generation) {
            let seen = all
                .peek(hash)
                .map_or(live.seen, |old| old.seen.max(live.seen));
            all.put(hash.to_owned(), Live { seen, ..live });
        }
    }
}
