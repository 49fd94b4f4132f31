//! What is done with entries: one statement each, in the transaction if there is one.

use std::sync::Arc;

use serde_json::Value;

use super::{Cursor, Session};
use crate::connection::columns;
use crate::database::{By, Fields};
use crate::document::{Document, Draft};
use crate::filter::Condition;
use crate::layout::Table;
use crate::problem::Problem;
use crate::sql::{Dialect, Order, Statement};

/// Entries answered by `select` when the app names no limit, and at most.
const LIMITS: (i64, i64) = (10_000, 100_000);
/// Longest result that is passed on without being kept in the database.
const FIRST: i64 = 20;

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

impl Session {
    /// Adds an entry, and answers its id.
    pub async fn insert(&self, kind: &str, entry: Fields, by: By<'_>) -> Result<i64, Problem> {
        let mut turn = self.turn()?;
        let table = self.store.layout().table(kind)?;
        let draft = Draft::new(entry, self.store.bounds().document)?;
        let connection = turn.connection(by).await?;
        let statement = Statement::new(connection.dialect(), into(table))
            .whole(draft.version)
            .with(", ")
            .text(by.user)
            .with(", ")
            .text(draft.updated_by)
            .with(", ")
            .whole(by.now)
            .with(", ")
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
        // Who has read an older entry is known by this time, so it moves on even when the clock does not.
        let now = by.now.max(draft.updated_at.saturating_add(1));
        let statement = Statement::new(connection.dialect(), update)
            .whole(draft.version)
            .with(", _updated_by = ")
            .text(by.user)
            .with(", _updated_at = ")
            .whole(now)
            .with(", _json = ")
            .json(draft.json)
            .with(" WHERE _id = ")
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
}

fn into(table: &Table) -> String {
    format!(
        "INSERT INTO \"{}\" (_version, _created_by, _updated_by, _created_at, _updated_at, _json) VALUES (",
        table.name
    )
}

fn from(dialect: Dialect, table: &Table) -> Statement {
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
