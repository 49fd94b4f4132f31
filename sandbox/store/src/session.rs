//! What one request does with the documents of its app: statements that stand alone, or one
//! transaction at a time, and cursors.
//!
//! A request uses at most one connection, so that requests never wait for each other in a ring; it is
//! given back as soon as neither a transaction nor a cursor needs it.

mod cursor;
mod entries;
mod turn;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connection::Level;
use crate::database::{By, Store};
use crate::pool::Lease;
use crate::problem::Problem;
use turn::Turn;

pub use cursor::{Batch, Cursor};
pub use entries::Query;

/// The store as one request uses it.
pub struct Session {
    store: Arc<Store>,
    /// Away while a call runs.
    state: Mutex<Option<State>>,
}

/// What is open.
#[derive(Default)]
pub struct State {
    lease: Option<Lease>,
    transaction: Transaction,
    last: u64,
    /// Cursors that take up room in the database, and whether they would be undone with the transaction.
    open: BTreeMap<u64, bool>,
    /// Those of them that nobody reads any more.
    dropped: Vec<u64>,
}

/// How far the transaction is.
#[derive(Default, PartialEq, Eq)]
pub enum Transaction {
    #[default]
    None,
    Begun,
    /// It ended before the app ended it, and why.
    Undone(String),
}

impl Drop for State {
    /// What a cursor takes up would be lent to the next request.
    fn drop(&mut self) {
        if !self.open.is_empty()
            && let Some(lease) = self.lease.take()
        {
            lease.discard();
        }
    }
}

impl Session {
    /// Nothing is open.
    pub fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            state: Mutex::new(Some(State::default())),
        }
    }

    /// Begins the transaction that all that follows is part of.
    pub async fn begin(&self, by: By<'_>) -> Result<(), Problem> {
        let mut turn = self.turn()?;
        if turn.transaction != Transaction::None {
            return Err(Problem::Invalid("transaction already active".to_owned()));
        }
        turn.connection(by).await?.begin(Level::Alone).await?;
        turn.transaction = Transaction::Begun;
        Ok(())
    }

    /// Keeps what was done since [`Session::begin`].
    pub async fn commit(&self, by: By<'_>) -> Result<(), Problem> {
        let mut turn = self.turn()?;
        if turn.transaction == Transaction::None {
            return Err(Problem::Invalid("no transaction to commit".to_owned()));
        }
        let done = turn.connection(by).await?.commit().await;
        turn.over(done.is_ok());
        turn.finish(done).await
    }

    /// Undoes what was done since [`Session::begin`].
    pub async fn rollback(&self) -> Result<(), Problem> {
        let mut turn = self.turn()?;
        if turn.transaction == Transaction::None {
            return Err(Problem::Invalid("no transaction to rollback".to_owned()));
        }
        turn.over(false);
        let done = match &mut turn.lease {
            Some(lease) => lease.connection()?.rollback().await,
            None => Ok(()),
        };
        turn.finish(done).await
    }

    /// Undoes the transaction that is still open, and gives the connection back.
    pub async fn end(&self) {
        if let Ok(mut turn) = self.turn() {
            turn.end().await;
        }
    }

    fn turn(&self) -> Result<Turn<'_>, Problem> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = state.take();
        let running = || Problem::Invalid("another call on the store is still running".to_owned());
        Ok(Turn::new(self, taken.ok_or_else(running)?))
    }

    /// Frees a cursor; the next call or the end does it.
    fn forget(&self, cursor: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &mut *state {
            state.dropped.push(cursor);
        }
    }
}
