//! Content hashes, remembered by version and name.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;
use sha2::{Digest, Sha256};

const ENTRIES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Hashes of files that were asked for.
pub struct Hashes(Mutex<LruCache<(String, String), String>>);

impl Default for Hashes {
    fn default() -> Self {
        Hashes(Mutex::new(LruCache::new(ENTRIES)))
    }
}

impl Hashes {
    /// The SHA-256 in hex of the file `name` in the source with the hash `source`.
    pub fn find(&self, source: &str, name: &str, content: &[u8]) -> String {
        let key = (source.to_owned(), name.to_owned());
        if let Some(hash) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return hash.clone();
        }
        let hash = format!("{:x}", Sha256::digest(content));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(key, hash.clone());
        hash
    }
}
