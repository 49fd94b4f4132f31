//! What can go wrong, in three places: opening, writing, reading.

use std::{io, path::PathBuf};

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("audit log `{}` is in use by another process; stop it or choose another directory", .0.display())]
    Locked(PathBuf),
    /// A limit in the options makes no sense.
    #[error("audit option `{0}` must be {1}")]
    Option(&'static str, &'static str),
    /// A sealed part does not read back as it was written.
    #[error("audit log `{}` is damaged at record {seq}: {what}; run `sallyport audit verify` and restore the segment from a copy", .path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// First record that cannot be trusted.
        seq: u64,
        /// What is wrong there.
        what: String,
    },
    /// The key of keyed hashes cannot be trusted.
    #[error("audit key `{}` {what}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        what: &'static str,
    },
    /// A file operation failed.
    #[error("cannot {deed} `{}`", .path.display())]
    Io {
        /// What was tried.
        deed: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The log opened but could not write its first records.
    #[error("cannot write the boot record")]
    Boot(#[source] Unwritable),
    /// The query index cannot be opened or rebuilt.
    #[error("cannot open the audit index; delete `index.db` to rebuild it")]
    Index(#[source] QueryError),
}

impl OpenError {
    pub(crate) fn io(
        deed: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { deed, path, source }
    }
}

/// The record was not written, so whatever it stood for must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The disk does not take records.
    #[error("the audit log cannot be written: {0}")]
    Storage(String),
    /// All slots of the queue are taken.
    #[error("the audit queue is full; try again")]
    Full,
    /// This app holds its whole share of the queue.
    #[error("`{0}` has its share of the audit queue in use; try again")]
    Share(String),
    /// Too many permitted calls are still open.
    #[error("too many calls are open; try again")]
    Open,
    /// The log was shut down.
    #[error("the audit log is closed")]
    Closed,
    /// The record cannot be written by anyone: it is too large or of a reserved kind.
    #[error("the record is refused: {0}")]
    Invalid(String),
}

impl Unwritable {
    pub(crate) fn random(error: &getrandom::Error) -> Self {
        Self::Storage(format!("no random numbers: {error}"))
    }
}

/// Whether records are being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Yes.
    Writable,
    /// No, and why; recovery is being tried.
    Unwritable(String),
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The index database failed.
    #[error("the audit index failed; delete `index.db` or run `sallyport audit reindex`")]
    Index(#[from] rusqlite::Error),
    /// A segment, detail or blob could not be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What was read is not what was written.
    #[error("record {seq} is damaged: {what}; run `sallyport audit verify`")]
    Damaged {
        /// The record.
        seq: u64,
        /// What is wrong.
        what: String,
    },
    /// The index has not caught up with the log.
    #[error("the audit index holds {indexed} of {size} records and is catching up; try again")]
    Behind {
        /// Records in the index.
        indexed: u64,
        /// Records in the log.
        size: u64,
    },
    /// The thread that fills the index stopped.
    #[error("the audit index has stopped: {0}; run `sallyport audit reindex`")]
    Stopped(String),
}

impl QueryError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// Why a log cannot be verified at all; damage is not an error but a finding of the report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The directory or a file in it cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no log there.
    #[error("`{}` holds no audit log", .0.display())]
    Missing(PathBuf),
}

impl VerifyError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
