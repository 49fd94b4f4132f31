//! What one request does with the documents of its app: statements that stand alone, or one
//! transaction at a time, and cursors.
//!
//! A request uses at most one connection, so that requests never wait for each other in a ring; it is
//! given back as soon as neither a transaction nor a cursor needs it.

mod cursor;
mod turn;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::connection::{Level, columns};
use crate::database::{By, Fields, Store};
use crate::document::{Document, Draft};
use crate::filter::Condition;
use crate::layout::Table;
use crate::pool::Lease;
use crate::problem::Problem;
use crate::sql::{Order, Statement};
use turn::Turn;

pub use cursor::{Batch, Cursor};

/// Entries answered by `select` when the app names no limit, and at most.
const LIMITS: (i64, i64) = (10_000, 100_000);
/// Longest result that is passed on without being kept in the database.
const FIRST: i64 = 20;

/// The store as one request uses it.
pub struct Session {
    store: Arc<Store>,
    /// Away while a call runs.
    state: Mutex<Option<State>>,
}

/// What a select asks for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// As given by the app; null for every entry.
    pub filter: Value,
    /// Entries such as `name:desc`.
    pub sort: Vec<String>,
    /// How many entries are left out at the start.
    pub offset: i64,
    /// Most entries; 0 for the usual number.
    pub limit: i64,
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

    /// Adds an entry, and answers its id.
    pub async fn insert(&self, kind: &str, entry: Fields, by: By<'_>) -> Result<i64, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let draft = Draft::new(entry, self.store.bounds().document)?;
        let connection = turn.connection(by).await?;
        let statement = Statement::new(connection.dialect(), into(table));
        let statement = statement
            .whole(draft.version)
            .with(", ")
            .text(by.user)
            .with(", ");
        let statement = statement
            .text(draft.updated_by)
            .with(", ")
            .whole(by.now)
            .with(", ");
        let statement = statement
            .whole(by.now)
            .with(", ")
            .json(draft.json)
            .with(")");
        let done = connection.insert(statement).await;
        turn.finish(done).await
    }

    /// The entry of this id.
    pub async fn select_by_id(&self, kind: &str, id: i64, by: By<'_>) -> Result<Document, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let connection = turn.connection(by).await?;
        let statement = from(connection.dialect(), table)
            .with(" WHERE _id = ")
            .whole(id);
        let done = connection.rows(statement).await;
        let row = turn.finish(done).await?.pop();
        row.ok_or_else(|| missing(&id.to_string(), table))?
            .document(kind)
    }

    /// The first entry that fulfils the filter, by id.
    pub async fn select_one(
        &self,
        kind: &str,
        filter: &Value,
        by: By<'_>,
    ) -> Result<Document, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let condition = Condition::parse(filter)?;
        let connection = turn.connection(by).await?;
        let statement = from(connection.dialect(), table).filtered(&condition);
        let done = connection
            .rows(statement.ordered(&[]).with(" LIMIT 1"))
            .await;
        let row = turn.finish(done).await?.pop();
        let which = || missing(&format!("WHERE {filter}"), table);
        row.ok_or_else(which)?.document(kind)
    }

    /// The entries that fulfil a query, to be read in batches.
    pub async fn select(
        self: &Arc<Self>,
        kind: &str,
        query: &Query,
        by: By<'_>,
    ) -> Result<Cursor, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let condition = Condition::parse(&query.filter)?;
        let orders = Order::parse(&query.sort)?;
        let (limit, offset) = (limit(query.limit)?, offset(query.offset)?);
        let connection = turn.connection(by).await?;
        let statement = from(connection.dialect(), table)
            .filtered(&condition)
            .ordered(&orders);
        let part = |limit: i64| {
            statement
                .clone()
                .with(&format!(" LIMIT {limit} OFFSET {offset}"))
        };
        let first = connection.rows(part(limit.min(FIRST))).await;
        let first = turn.finish(first).await?;
        if i64::try_from(first.len()).is_ok_and(|found| found < FIRST || limit <= FIRST) {
            return Ok(Cursor::whole(Arc::clone(self), kind.to_owned(), first));
        }
        turn.connection(by).await?;
        let done = turn.keep(part(limit)).await;
        let number = turn.finish(done).await?;
        Ok(Cursor::kept(Arc::clone(self), kind.to_owned(), number))
    }

    /// How many entries fulfil the filter.
    pub async fn count(&self, kind: &str, filter: &Value, by: By<'_>) -> Result<i64, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let condition = Condition::parse(filter)?;
        let connection = turn.connection(by).await?;
        let count = format!("SELECT count(_id) FROM \"{}\"", table.name);
        let statement = Statement::new(connection.dialect(), count).filtered(&condition);
        let done = connection.number(statement).await;
        Ok(turn.finish(done).await?.unwrap_or(0))
    }

    /// Writes an entry that was read before and is unchanged since; answers how many, which is 1.
    pub async fn update(&self, kind: &str, entry: Fields, by: By<'_>) -> Result<u64, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let draft = Draft::new(entry, self.store.bounds().document)?;
        let connection = turn.connection(by).await?;
        let update = format!("UPDATE \"{}\" SET _version = ", table.name);
        let statement = Statement::new(connection.dialect(), update).whole(draft.version);
        let statement = statement
            .with(", _updated_by = ")
            .text(by.user)
            .with(", _updated_at = ");
        let statement = statement.whole(by.now.max(draft.updated_at.saturating_add(1)));
        let statement = statement
            .with(", _json = ")
            .json(draft.json)
            .with(" WHERE _id = ");
        let statement = statement
            .whole(draft.id)
            .with(" AND _updated_at = ")
            .whole(draft.updated_at);
        let done = connection.change(statement).await;
        match turn.finish(done).await? {
            0 => Err(Problem::Missing(format!(
                "entry {} not found or concurrently updated in table \"{kind}\"",
                draft.id
            ))),
            changed => Ok(changed),
        }
    }

    /// Deletes the entry of this id; answers how many, which is 1.
    pub async fn delete_by_id(&self, kind: &str, id: i64, by: By<'_>) -> Result<u64, Problem> {
        let table = self.store.layout().table(kind)?;
        let only = Condition::parse(&serde_json::json!({ "_id": id }))?;
        match self.deleted(table, &only, by).await? {
            0 => Err(missing(&id.to_string(), table)),
            deleted => Ok(deleted),
        }
    }

    /// Deletes the entries that fulfil the filter; answers how many.
    pub async fn delete(&self, kind: &str, filter: &Value, by: By<'_>) -> Result<u64, Problem> {
        let table = self.store.layout().table(kind)?;
        self.deleted(table, &Condition::parse(filter)?, by).await
    }

    /// Undoes the transaction that is still open, and gives the connection back.
    pub async fn end(&self) {
        if let Ok(mut turn) = self.turn() {
            turn.end().await;
        }
    }

    async fn deleted(
        &self,
        table: &Table,
        condition: &Condition,
        by: By<'_>,
    ) -> Result<u64, Problem> {
        let mut turn = self.turn()?;
        let connection = turn.connection(by).await?;
        let delete = format!("DELETE FROM \"{}\"", table.name);
        let statement = Statement::new(connection.dialect(), delete).filtered(condition);
        let done = connection.change(statement).await;
        turn.finish(done).await
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

fn into(table: &Table) -> String {
    format!(
        "INSERT INTO \"{}\" (_version, _created_by, _updated_by, _created_at, _updated_at, _json) VALUES (",
        table.name
    )
}

fn from(dialect: crate::sql::Dialect, table: &Table) -> Statement {
    Statement::new(
        dialect,
        format!("SELECT {} FROM \"{}\"", columns(dialect), table.name),
    )
}

fn missing(which: &str, table: &Table) -> Problem {
    Problem::Missing(format!(
        "entry {which} not found in table \"{}\"",
        table.kind
    ))
}

fn limit(limit: i64) -> Result<i64, Problem> {
    let (usual, most) = LIMITS;
    match limit {
        limit if limit > most => Err(Problem::Invalid(format!(
            "select limit {limit} exceeds max limit {most}"
        ))),
        limit if limit <= 0 => Ok(usual),
        limit => Ok(limit),
    }
}

fn offset(offset: i64) -> Result<i64, Problem> {
    match offset {
        ..0 => Err(Problem::Invalid(format!(
            "select offset {offset} is invalid"
        ))),
        offset => Ok(offset),
    }
}
