//! One connection to a server, which takes one statement at a time.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::failure;
use crate::connection::{Connection, Later, Level};
use crate::document::Row;
use crate::filter::Scalar;
use crate::problem::Problem;
use crate::sql::{Dialect, Statement};

/// How much longer than the server a client waits for the end of a statement.
const GRACE: Duration = Duration::from_secs(5);

/// A connection.
pub struct Talk {
    client: Client,
    limit: Duration,
    /// Whether a transaction was begun and not ended.
    begun: bool,
    /// Whether a statement is under way; it stays so when its request is given up or the server is gone.
    away: bool,
}

impl Talk {
    /// A connection with nothing under way; a statement may take as long as `limit`.
    pub fn new(client: Client, limit: Duration) -> Self {
        Self {
            client,
            limit,
            begun: false,
            away: false,
        }
    }

    /// Waits for one exchange with the server, and for no more than its limit.
    async fn exchange<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Problem> {
        if self.away {
            return Err(Problem::Unreachable);
        }
        self.away = true;
        let limit = self.limit;
        let done = tokio::time::timeout(limit + GRACE, work(&self.client)).await;
        let done = done.map_err(|_| Problem::Late(limit.as_secs()))?;
        let done = done.map_err(|error| failure::problem(&error, limit));
        self.away = matches!(done, Err(Problem::Unreachable));
        done
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Problem> {
        let sql = sql.to_owned();
        self.exchange(async move |client: &Client| client.batch_execute(&sql).await)
            .await
    }

    async fn query(&mut self, statement: Statement) -> Result<Vec<tokio_postgres::Row>, Problem> {
        self.exchange(async move |client: &Client| {
            client
                .query_typed(&statement.text, &bound(&statement.values))
                .await
        })
        .await
    }

    async fn execute(&mut self, statement: Statement) -> Result<u64, Problem> {
        self.exchange(async move |client: &Client| {
            client
                .execute_typed(&statement.text, &bound(&statement.values))
                .await
        })
        .await
    }

    /// Inside a transaction a failure must not take what was done before with it.
    async fn save(&mut self) -> Result<(), Problem> {
        match self.begun {
            true => self.batch("SAVEPOINT statement").await,
            false => Ok(()),
        }
    }

    async fn settle<T>(&mut self, done: Result<T, Problem>) -> Result<T, Problem> {
        match done {
            done if !self.begun => done,
            Ok(value) => {
                self.batch("RELEASE SAVEPOINT statement").await?;
                Ok(value)
            }
            Err(problem @ (Problem::Conflict | Problem::Unreachable)) => {
                Err(self.lost(problem).await)
            }
            Err(problem) => {
                self.batch("ROLLBACK TO SAVEPOINT statement").await?;
                Err(problem)
            }
        }
    }

    /// A read that fails inside a transaction ends it.
    async fn read(&mut self, statement: Statement) -> Result<Vec<tokio_postgres::Row>, Problem> {
        match self.query(statement).await {
            Err(problem) if self.begun => Err(self.lost(problem).await),
            done => done,
        }
    }

    async fn lost(&mut self, problem: Problem) -> Problem {
        if self.batch("ROLLBACK").await.is_ok() {
            self.begun = false;
        }
        problem
    }
}

impl Connection for Talk {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn number(&mut self, statement: Statement) -> Later<'_, Option<i64>> {
        Box::pin(async {
            let rows = self.read(statement).await?;
            let value = rows.first().map(|row| row.try_get::<_, Option<i64>>(0));
            Ok(value
                .transpose()
                .map_err(|error| failure::unread(&error))?
                .flatten())
        })
    }

    fn names(&mut self, statement: Statement) -> Later<'_, Vec<String>> {
        Box::pin(async {
            let rows = self.read(statement).await?;
            let names = rows.iter().map(|row| row.try_get(0));
            names
                .collect::<Result<_, _>>()
                .map_err(|error| failure::unread(&error))
        })
    }

    fn rows(&mut self, statement: Statement) -> Later<'_, Vec<Row>> {
        Box::pin(async {
            let rows = self.read(statement).await?;
            let rows = rows.iter().map(row).collect::<Result<_, _>>();
            rows.map_err(|error| failure::unread(&error))
        })
    }

    fn change(&mut self, statement: Statement) -> Later<'_, u64> {
        Box::pin(async {
            self.save().await?;
            let done = self.execute(statement).await;
            self.settle(done).await
        })
    }

    fn insert(&mut self, statement: Statement) -> Later<'_, i64> {
        Box::pin(async {
            self.save().await?;
            let done = self.query(statement.with(" RETURNING _id::bigint")).await;
            let rows = self.settle(done).await?;
            let id = rows.first().map(|row| row.try_get(0));
            let id = id.ok_or(Problem::Unreachable)?;
            id.map_err(|error| failure::unread(&error))
        })
    }

    fn begin(&mut self, level: Level) -> Later<'_, ()> {
        Box::pin(async move {
            self.batch(match level {
                Level::Alone => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                Level::Plain => "BEGIN ISOLATION LEVEL READ COMMITTED",
            })
            .await?;
            self.begun = true;
            Ok(())
        })
    }

    fn commit(&mut self) -> Later<'_, ()> {
        Box::pin(async {
            let done = self.batch("COMMIT").await;
            self.begun = self.away;
            done
        })
    }

    fn rollback(&mut self) -> Later<'_, ()> {
        Box::pin(async {
            if self.begun {
                self.batch("ROLLBACK").await?;
                self.begun = false;
            }
            Ok(())
        })
    }

    fn serialise(&mut self, name: &str) -> Later<'_, ()> {
        let lock = Statement::new(Dialect::Postgres, "SELECT pg_advisory_xact_lock(hashtext(");
        let lock = lock.text(name).with("))");
        Box::pin(async { self.read(lock).await.map(drop) })
    }

    fn open(&mut self, cursor: u64, query: Statement) -> Later<'_, ()> {
        let declare = format!("DECLARE cursor_{cursor} NO SCROLL CURSOR WITH HOLD FOR ");
        let statement = query.after(&declare);
        Box::pin(async {
            self.save().await?;
            let done = self.execute(statement).await;
            self.settle(done).await.map(drop)
        })
    }

    fn fetch(&mut self, cursor: u64, (_, most): (usize, usize)) -> Later<'_, Vec<Row>> {
        let fetch = format!("FETCH FORWARD {most} FROM cursor_{cursor}");
        self.rows(Statement::new(Dialect::Postgres, fetch))
    }

    fn close(&mut self, cursor: u64) -> Later<'_, ()> {
        Box::pin(async move { self.batch(&format!("CLOSE cursor_{cursor}")).await })
    }

    fn transaction(&self) -> bool {
        self.begun
    }

    fn alive(&self) -> bool {
        !self.away && !self.client.is_closed()
    }
}

/// The values with their types, as the SQL expects them.
fn bound(values: &[Scalar]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    fn typed(value: &Scalar) -> (&(dyn ToSql + Sync), Type) {
        match value {
            Scalar::Whole(whole) => (whole, Type::INT8),
            Scalar::Text(text) => (text, Type::TEXT),
            Scalar::Real(real) => (real, Type::FLOAT8),
            Scalar::Null => (&None::<String>, Type::TEXT),
        }
    }
    values.iter().map(typed).collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let whole = |column| Ok(row.try_get::<_, Option<i64>>(column)?.unwrap_or(0));
    let text = |column| {
        Ok(row
            .try_get::<_, Option<String>>(column)?
            .unwrap_or_default())
    };
    Ok(Row {
        id: whole(0)?,
        version: whole(1)?,
        created_by: text(2)?,
        updated_by: text(3)?,
        created_at: whole(4)?,
        updated_at: whole(5)?,
        json: text(6)?,
    })
}
