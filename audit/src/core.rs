//! What the handle, the receipts and the writer share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};

use tokio::sync::watch;

use crate::{
    Blob, Health, Unwritable, cas::Places, entry::Entry, flood::Flood, frame::Tip, index::Progress,
    keys::Key, lanes::Lanes, record::Origin,
};

/// Bytes of texts that may wait for the writer.
const KEEP: usize = 64 << 20;

/// State that outlives any one of them.
pub(crate) struct Core {
    pub(crate) origin: Origin,
    pub(crate) key: Key,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) flood: Flood,
    pub(crate) places: Places,
    pub(crate) size: watch::Sender<u64>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) tip: Mutex<Tip>,
    kept: Mutex<Vec<Arc<Blob>>>,
    health: RwLock<Health>,
}

/// What the writer is told.
pub(crate) enum Message {
    /// Write this.
    Entry(Box<Entry>),
    /// Write everything and stop.
    Stop,
}

/// The way to the writer; held by the handle and by every receipt.
pub(crate) struct Shared {
    pub(crate) core: Arc<Core>,
    /// Unbounded by itself: every entry holds a slot, and slots are counted.
    pub(crate) sender: mpsc::Sender<Message>,
}

impl Core {
    pub(crate) fn new(origin: Origin, key: Key, lanes: Arc<Lanes>, places: Places) -> Self {
        Self {
            origin,
            key,
            lanes,
            flood: Flood::default(),
            places,
            size: watch::Sender::new(0),
            progress: Arc::new(Progress::default()),
            tip: Mutex::default(),
            kept: Mutex::default(),
            health: RwLock::new(Health::Writable),
        }
    }

    pub(crate) fn health(&self) -> Health {
        self.health
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_health(&self, health: Health) {
        *self.health.write().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// Refuses at once while the disk does not take records.
    pub(crate) fn check_writable(&self) -> Result<(), Unwritable> {
        match self.health() {
            Health::Writable => Ok(()),
            Health::Unwritable(why) => Err(Unwritable::Storage(why)),
        }
    }

    /// Sets a text aside for the next batch; its hash is known from then on.
    pub(crate) fn keep(&self, blob: Arc<Blob>) {
        if lock(&self.places).contains_key(blob.hash()) {
            return;
        }
        let mut kept = lock(&self.kept);
        if kept.iter().any(|other| other.hash() == blob.hash()) {
            return;
        }
        let waiting: usize = kept.iter().map(|blob| blob.text().len()).sum();
        if waiting + blob.text().len() > KEEP {
            tracing::error!(
                hash = blob.hash(),
                "too many texts wait for the audit log; one is not kept"
            );
        } else {
            kept.push(blob);
        }
    }

    pub(crate) fn take_kept(&self) -> Vec<Arc<Blob>> {
        std::mem::take(&mut lock(&self.kept))
    }

    pub(crate) fn put_back(&self, blobs: Vec<Arc<Blob>>) {
        blobs.into_iter().for_each(|blob| self.keep(blob));
    }
}

impl Shared {
    pub(crate) fn send(&self, entry: Entry) -> Result<(), Unwritable> {
        self.sender
            .send(Message::Entry(Box::new(entry)))
            .map_err(|_| Unwritable::Closed)
    }
}

/// Locks, even after a panic elsewhere: all state behind our locks is valid between statements.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
