//! Why the store could not do as asked.

use thiserror::Error;

/// A failed store operation.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("metadata database failed")]
    Database(#[from] rusqlite::Error),
    /// Stored JSON is not what it was.
    #[error("metadata database holds unreadable data")]
    Decode(#[from] serde_json::Error),
    /// The file cannot be made.
    #[error("cannot open the metadata database")]
    File(#[source] std::io::Error),
    /// The thread could not be started.
    #[error("cannot start the metadata thread")]
    Thread(#[source] std::io::Error),
    /// The thread is gone: the server is stopping.
    #[error("the metadata store is closed")]
    Closed,
    /// A newer program wrote the file.
    #[error("metadata database has version {0}, this program knows {1}; use a newer `sallyport`")]
    Newer(i64, i64),
    /// The thing exists already.
    #[error("{0} exists already")]
    Exists(String),
    /// There is no such thing.
    #[error("no such {0}")]
    Missing(String),
}
