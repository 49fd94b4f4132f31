//! What a request has opened and not yet closed: a transaction, cursors, streams, temporary files.
//!
//! All plugin calls of one request share its session. It ends after the handler and before the
//! answer leaves, whatever became of the handler; what is still open then is undone and closed.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempPath;
use tokio::time::timeout;

use super::message::Rows;
use super::settings::{Accounts, Block};

/// Most cursors and most streams that one request may have open.
const MOST: usize = 32;
/// How long one open thing may take to be undone; then it is dropped.
const ENDING: Duration = Duration::from_secs(10);
/// Most temporary files of one request.
const MOST_FILES: usize = 64;

/// A value that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something of a plugin that later calls of the request find again, such as an open transaction.
pub trait Held: Any + Send + Sync {
    /// Undoes what was not finished.
    fn end(&self) -> Later<'_, ()>;
}

/// Rows that are read in batches. Dropping it frees what it holds.
pub trait Batches: Send {
    /// The next rows, until `more` is false.
    fn next(&mut self) -> Later<'_, Result<Rows, String>>;
}

/// Items that are sent to a client as they come. Dropping it ends what makes them and closes its record.
pub trait Items: Send {
    /// The next item; `None` at the end. Nothing follows an error. May be given up and asked again.
    fn next(&mut self) -> Later<'_, Option<Result<Value, String>>>;
}

/// The open things of one request.
#[derive(Default)]
pub struct Session {
    state: Mutex<State>,
    accounts: Arc<Accounts>,
    schema: Option<Arc<store::Schema>>,
}

#[derive(Default)]
struct State {
    ended: bool,
    last: u64,
    held: BTreeMap<String, Arc<dyn Held>>,
    cursors: BTreeMap<u64, Cursor>,
    streams: HashMap<u64, Box<dyn Items>>,
    files: Vec<TempPath>,
}

/// Without rows while a batch of it is read.
struct Cursor {
    name: String,
    rows: Option<Box<dyn Batches>>,
}

impl Session {
    /// Nothing is open, and plugins have no settings.
    #[must_use]
    #[cfg(test)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing is open; plugins have the settings of these accounts.
    #[must_use]
    pub fn with(accounts: Arc<Accounts>) -> Self {
        Self {
            accounts,
            ..Self::default()
        }
    }

    /// The same, for an app that declares these documents.
    #[must_use]
    pub fn storing(self, schema: Option<Arc<store::Schema>>) -> Self {
        Self { schema, ..self }
    }

    /// The documents that the app declares.
    pub fn schema(&self) -> Option<&store::Schema> {
        self.schema.as_deref()
    }

    /// The settings for a plugin loaded by this name, unless it is linked to an account without any.
    pub fn settings(&self, loaded: &str) -> Option<&Block> {
        let found = !self.accounts.is_astray(loaded);
        found.then(|| self.accounts.settings(loaded))
    }

    /// Keeps `held` under a name such as `store.in#account`, until the end.
    pub fn hold(&self, name: &str, held: Arc<dyn Held>) -> Result<(), String> {
        let mut state = self.open()?;
        if state.held.contains_key(name) {
            return Err(format!("{name} is already in use by this request"));
        }
        state.held.insert(name.to_owned(), held);
        Ok(())
    }

    /// What is kept under this name, if it is a `T`.
    pub fn held<T: Held>(&self, name: &str) -> Option<Arc<T>> {
        let held: Arc<dyn Any + Send + Sync> = self.state().held.get(name)?.clone();
        held.downcast().ok()
    }

    /// Registers a cursor; answers its id and its name, `store.in:rows_cursor_1` for the prefix
    /// `store.in:rows_cursor`.
    pub fn cursor(&self, prefix: &str, rows: Box<dyn Batches>) -> Result<(u64, String), String> {
        let mut state = self.open()?;
        if state.cursors.len() >= MOST {
            return Err(format!(
                "more than {MOST} cursors are open; read or close some first"
            ));
        }
        let id = state.id();
        let name = format!("{prefix}_{id}");
        let cursor = Cursor {
            name: name.clone(),
            rows: Some(rows),
        };
        state.cursors.insert(id, cursor);
        Ok((id, name))
    }

    /// The next rows of a cursor of this request; after the last it is closed.
    pub async fn rows(&self, cursor: u64) -> Result<Rows, String> {
        let taken = self
            .open()?
            .cursors
            .get_mut(&cursor)
            .and_then(|cursor| cursor.rows.take());
        let mut rows = taken.ok_or("this cursor is not open any more")?;
        let next = rows.next().await;
        let mut state = self.open()?;
        match &next {
            Ok(next) if next.more => {
                if let Some(cursor) = state.cursors.get_mut(&cursor) {
                    cursor.rows = Some(rows);
                }
            }
            Ok(_) | Err(_) => drop(state.cursors.remove(&cursor)),
        }
        next
    }

    /// Closes a cursor of this request.
    pub fn close(&self, cursor: u64) {
        let closed = self.state().cursors.remove(&cursor);
        drop(closed);
    }

    /// Registers a stream; answers its id.
    pub fn stream(&self, items: Box<dyn Items>) -> Result<u64, String> {
        let mut state = self.open()?;
        if state.streams.len() >= MOST {
            return Err(format!("more than {MOST} streams are open; return one"));
        }
        let id = state.id();
        state.streams.insert(id, items);
        Ok(id)
    }

    /// Takes out the stream that the request answers with; it lives on after the session.
    pub fn take_stream(&self, stream: u64) -> Option<Box<dyn Items>> {
        self.state().streams.remove(&stream)
    }

    /// Registers a file that is removed when the session ends.
    pub fn file(&self, file: TempPath) -> Result<(), String> {
        let mut state = self.open()?;
        if state.files.len() >= MOST_FILES {
            return Err(format!("more than {MOST_FILES} temporary files are in use"));
        }
        state.files.push(file);
        Ok(())
    }

    /// Whether this path is a temporary file of the request.
    pub fn has_file(&self, path: &Path) -> bool {
        self.state().files.iter().any(|file| **file == *path)
    }

    /// Takes a file out, so that it outlives the session.
    pub fn take_file(&self, path: &Path) -> Option<TempPath> {
        let mut state = self.state();
        let at = state.files.iter().position(|file| **file == *path)?;
        Some(state.files.swap_remove(at))
    }

    /// Undoes and closes all that is open; answers the names of cursors that were not read to their end.
    pub async fn end(&self) -> Vec<String> {
        let mut state = std::mem::replace(
            &mut *self.state(),
            State {
                ended: true,
                ..State::default()
            },
        );
        let cursors = std::mem::take(&mut state.cursors);
        let leaked = cursors.into_values().map(|cursor| cursor.name).collect();
        for held in std::mem::take(&mut state.held).into_values() {
            if timeout(ENDING, held.end()).await.is_err() {
                tracing::warn!("what a request left open could not be ended in time");
            }
        }
        leaked
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, String> {
        let state = self.state();
        if state.ended {
            return Err("the request is over".to_owned());
        }
        Ok(state)
    }
}

impl State {
    fn id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Batch(u64);

    impl Batches for Batch {
        fn next(&mut self) -> Later<'_, Result<Rows, String>> {
            self.0 -= 1;
            let more = self.0 > 0;
            Box::pin(async move {
                Ok(Rows {
                    rows: Vec::new(),
                    more,
                })
            })
        }
    }

    struct Transaction(AtomicUsize);

    impl Held for Transaction {
        fn end(&self) -> Later<'_, ()> {
            Box::pin(async {
                self.0.fetch_add(1, Ordering::Relaxed);
            })
        }
    }

    #[tokio::test]
    async fn a_cursor_lives_until_its_last_batch() {
        let session = Session::new();
        let (id, name) = session
            .cursor("store.in:rows_cursor", Box::new(Batch(2)))
            .unwrap();
        assert_eq!(name, "store.in:rows_cursor_1");
        assert!(session.rows(id).await.unwrap().more);
        assert!(!session.rows(id).await.unwrap().more);
        assert!(session.rows(id).await.is_err());
        assert!(session.rows(99).await.is_err());
        assert!(session.end().await.is_empty());
    }

    #[tokio::test]
    async fn what_is_open_is_undone_at_the_end() {
        let session = Session::new();
        let transaction = Arc::new(Transaction(AtomicUsize::new(0)));
        session
            .hold("store.in", Arc::clone(&transaction) as _)
            .unwrap();
        assert!(
            session
                .hold("store.in", Arc::clone(&transaction) as _)
                .is_err()
        );
        assert!(session.held::<Transaction>("store.in").is_some());
        assert!(session.held::<Transaction>("store.in#x").is_none());
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let path = file.to_path_buf();
        session.file(file).unwrap();
        session.cursor("a", Box::new(Batch(2))).unwrap();
        let (closed, _) = session.cursor("b", Box::new(Batch(2))).unwrap();
        session.close(closed);
        assert_eq!(session.end().await, ["a_1"]);
        assert_eq!(transaction.0.load(Ordering::Relaxed), 1);
        assert!(!path.exists());
        assert!(session.cursor("a", Box::new(Batch(1))).is_err());
        assert!(session.end().await.is_empty());
    }

    #[test]
    fn the_open_cursors_of_a_request_are_counted() {
        let session = Session::new();
        for _ in 0..MOST {
            session.cursor("a", Box::new(Batch(1))).unwrap();
        }
        assert!(session.cursor("a", Box::new(Batch(1))).is_err());
    }
}
