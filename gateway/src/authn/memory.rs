//! What is remembered of people, so that an ordinary request costs neither a store read nor a hash:
//! bounded, and forgotten as soon as an account changes.

use std::{
    hash::Hash,
    num::NonZeroUsize,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use lru::LruCache;
use policy::Person;

/// Something remembered of a person.
pub(super) trait OfPerson {
    fn person(&self) -> &Person;
}

/// Entries by key, the least used given up first.
pub(super) struct Memory<K, V> {
    generation: AtomicU64,
    entries: Mutex<LruCache<K, V>>,
}

impl<K: Hash + Eq + Clone, V: OfPerson> Memory<K, V> {
    pub(super) fn new(entries: NonZeroUsize) -> Memory<K, V> {
        Memory {
            generation: AtomicU64::new(0),
            entries: Mutex::new(LruCache::new(entries)),
        }
    }

    /// Read before what is to be kept is looked up; see [`Memory::unchanged`].
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, LruCache<K, V>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entries to keep something in, unless something was forgotten since `generation` was read.
    pub(super) fn unchanged(&self, generation: u64) -> Option<MutexGuard<'_, LruCache<K, V>>> {
        let entries = self.lock();
        (self.generation() == generation).then_some(entries)
    }

    pub(super) fn forget(&self, key: &K) {
        self.begin_forgetting().pop(key);
    }

    pub(super) fn forget_user(&self, id: &str) {
        self.forget_where(|entry| entry.person().id.as_str() == id);
    }

    pub(super) fn forget_where(&self, is: impl Fn(&V) -> bool) {
        let mut entries = self.begin_forgetting();
        let gone: Vec<K> = entries
            .iter()
            .filter(|(_, entry)| is(entry))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            entries.pop(&key);
        }
    }

    pub(super) fn forget_all(&self) {
        self.begin_forgetting().clear();
    }

    fn begin_forgetting(&self) -> MutexGuard<'_, LruCache<K, V>> {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.lock()
    }
}
