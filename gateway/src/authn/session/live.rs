//! The memory of living sessions: bounded, and never older than a minute without asking the store.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use lru::LruCache;
use policy::Person;

const ENTRIES: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();
/// A second line behind `forget_user`: what another process changed counts after this long.
const FRESH: i64 = 60 * 1_000_000_000;

/// A session as remembered; times are Unix nanoseconds.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) person: Arc<Person>,
    pub(super) seen: i64,
    pub(super) touched: i64,
    pub(super) expires: i64,
    pub(super) loaded: i64,
}

pub(super) struct Memory {
    generation: AtomicU64,
    live: Mutex<LruCache<String, Live>>,
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory {
            generation: AtomicU64::new(0),
            live: Mutex::new(LruCache::new(ENTRIES)),
        }
    }

    pub(super) fn find(&self, hash: &str, now: i64) -> Option<Live> {
        self.lock()
            .get(hash)
            .filter(|live| now.saturating_sub(live.loaded) < FRESH)
            .cloned()
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

    /// Remembers a session, unless something was forgotten since `generation` was read.
    pub(super) fn keep(&self, hash: &str, live: Live, generation: u64) {
        let mut all = self.lock();
        if self.generation() == generation {
            let seen = all
                .peek(hash)
                .map_or(live.seen, |old| old.seen.max(live.seen));
            all.put(hash.to_owned(), Live { seen, ..live });
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    pub(super) fn forget(&self, hash: &str) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.lock().pop(hash);
    }

    pub(super) fn forget_user(&self, id: &str) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let mut all = self.lock();
        let gone: Vec<String> = all
            .iter()
            .filter(|(_, live)| live.person.id.as_str() == id)
            .map(|(hash, _)| hash.clone())
            .collect();
        for hash in gone {
            all.pop(&hash);
        }
    }

    pub(super) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
