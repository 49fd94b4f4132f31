//! Files in the codings that clients take, made once for each content and remembered within bounds.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use lru::LruCache;
use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
};

use crate::respond::Coding;

const ENTRIES: NonZeroUsize = NonZeroUsize::new(2048).unwrap();
/// Bytes remembered together.
const ROOM: usize = 64 << 20;
/// Larger files are sent as they are.
const LARGEST: usize = 8 << 20;
/// Files are compressed once, so harder than answers.
const LEVEL: u32 = 9;
/// Files compressed at the same time.
const WORKERS: usize = 2;

type Cell = Arc<OnceCell<Option<Bytes>>>;

/// Encoded files by content hash.
pub struct Variants {
    shelf: Mutex<Shelf>,
    workers: Semaphore,
}

struct Shelf {
    cells: LruCache<(String, Coding), Cell>,
    bytes: usize,
}

impl Default for Variants {
    fn default() -> Self {
        Variants {
            shelf: Mutex::new(Shelf {
                cells: LruCache::new(ENTRIES),
                bytes: 0,
            }),
            workers: Semaphore::new(WORKERS),
        }
    }
}

impl Variants {
    /// The content with this hash in `coding`, if that makes it smaller.
    pub async fn find(&self, hash: &str, coding: Coding, content: &Bytes) -> Option<Bytes> {
        if content.len() > LARGEST {
            return None;
        }
        let cell = self.cell(hash, coding);
        let made = cell.get_or_init(|| self.make(coding, content.clone()));
        made.await.clone()
    }

    async fn make(&self, coding: Coding, content: Bytes) -> Option<Bytes> {
        let _turn = self.workers.acquire().await.ok()?;
        let made = spawn_blocking(move || coding.encode(&content, LEVEL)).await;
        let made = made.ok().flatten();
        self.shelf().weigh(made.as_ref().map_or(0, Bytes::len));
        made
    }

    fn cell(&self, hash: &str, coding: Coding) -> Cell {
        let key = (hash.to_owned(), coding);
        let mut shelf = self.shelf();
        if let Some(cell) = shelf.cells.get(&key) {
            return Arc::clone(cell);
        }
        let cell = Cell::default();
        if let Some((_, old)) = shelf.cells.push(key, Arc::clone(&cell)) {
            shelf.forget(&old);
        }
        cell
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    /// Counts what was made, and forgets the least used until everything fits.
    fn weigh(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        while self.bytes > ROOM {
            let Some((_, old)) = self.cells.pop_lru() else {
                self.bytes = 0;
                return;
            };
            self.forget(&old);
        }
    }

    fn forget(&mut self, cell: &Cell) {
        let bytes = cell.get().and_then(Option::as_ref).map_or(0, Bytes::len);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_encoded_once() {
        let variants = Variants::default();
        let content = Bytes::from("a".repeat(4000));
        let first = variants.find("h", Coding::Gzip, &content).await.unwrap();
        let again = variants.find("h", Coding::Gzip, &content).await.unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr());
        assert_eq!(variants.shelf().bytes, first.len());
        let small = Bytes::from_static(b"x");
        assert_eq!(variants.find("s", Coding::Brotli, &small).await, None);
    }

    #[test]
    fn the_least_used_are_forgotten() {
        let variants = Variants::default();
        for number in 0..3 {
            let cell = variants.cell(&number.to_string(), Coding::Gzip);
            cell.set(Some(Bytes::from(vec![0; ROOM / 2]))).unwrap();
            variants.shelf().weigh(ROOM / 2);
        }
        let shelf = variants.shelf();
        assert_eq!(shelf.cells.len(), 2);
        assert!(shelf.bytes <= ROOM && !shelf.cells.contains(&("0".to_owned(), Coding::Gzip)));
    }
}
