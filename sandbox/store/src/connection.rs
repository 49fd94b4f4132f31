//! What the store asks of a connection to a database, whichever kind it is.

use std::pin::Pin;

use crate::document::Row;
use crate::problem::Problem;
use crate::sql::{Dialect, Statement};

/// A value that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// The columns of an entry, in the order of [`Row`].
pub fn columns(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "_id, _version, _created_by, _updated_by, _created_at, _updated_at, _json"
        }
        Dialect::Postgres => {
            "_id::bigint, _version::bigint, _created_by, _updated_by, _created_at::bigint, \
             _updated_at::bigint, _json::text"
        }
    }
}

/// How far a transaction is kept apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As if it ran alone; it may fail for that.
    Alone,
    /// It sees what others have committed.
    Plain,
}

/// A connection; one statement at a time. A violated unique index is [`Problem::Taken`] with the name
/// of the index.
pub trait Connection: Send {
    /// Whose SQL it takes.
    fn dialect(&self) -> Dialect;

    /// The first value of the first row.
    fn number(&mut self, statement: Statement) -> Later<'_, Option<i64>>;

    /// The first value of each row.
    fn names(&mut self, statement: Statement) -> Later<'_, Vec<String>>;

    /// The entries it finds; the statement bounds their number.
    fn rows(&mut self, statement: Statement) -> Later<'_, Vec<Row>>;

    /// Changes entries, and answers how many. A failure leaves the transaction as it was, if that
    /// still stands.
    fn change(&mut self, statement: Statement) -> Later<'_, u64>;

    /// Adds an entry, and answers its id.
    fn insert(&mut self, statement: Statement) -> Later<'_, i64>;

    /// Begins a transaction.
    fn begin(&mut self, level: Level) -> Later<'_, ()>;

    /// Ends the transaction and keeps what it did.
    fn commit(&mut self) -> Later<'_, ()>;

    /// Ends the transaction and undoes what it did; none is no error.
    fn rollback(&mut self) -> Later<'_, ()>;

    /// Waits, inside a transaction, for all others that name the same.
    fn serialise(&mut self, name: &str) -> Later<'_, ()>;

    /// Keeps the result of a query as it is now, to be read in parts.
    fn open(&mut self, cursor: u64, query: Statement) -> Later<'_, ()>;

    /// The next entries of a result that is kept: how many were fetched before, and at most how many.
    fn fetch(&mut self, cursor: u64, part: (usize, usize)) -> Later<'_, Vec<Row>>;

    /// Frees a result.
    fn close(&mut self, cursor: u64) -> Later<'_, ()>;

    /// Whether a transaction stands.
    fn transaction(&self) -> bool;

    /// Whether it can take statements.
    fn alive(&self) -> bool;
}
