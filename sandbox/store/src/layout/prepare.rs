//! Makes the tables of an app on first use, and its indexes anew whenever its schema changes.
//! Tables are never dropped: a type that is taken out of the schema keeps its entries.

use super::{Layout, create};
use crate::connection::{Connection, Level};
use crate::problem::Problem;
use crate::sql::{Dialect, Statement};

impl Layout {
    /// Brings the database up to this layout, all or nothing; `by` and `now` are for its history.
    pub async fn prepare(
        &self,
        connection: &mut dyn Connection,
        (by, now): (&str, i64),
    ) -> Result<(), Problem> {
        connection.begin(Level::Plain).await?;
        match self.steps(connection, (by, now)).await {
            Ok(()) => connection.commit().await,
            Err(problem) => {
                connection.rollback().await?;
                Err(self.explained(problem))
            }
        }
    }

    async fn steps(
        &self,
        connection: &mut dyn Connection,
        (by, now): (&str, i64),
    ) -> Result<(), Problem> {
        let dialect = connection.dialect();
        connection.serialise(&self.history).await?;
        let plain = |text: String| Statement::new(dialect, text);
        connection
            .change(plain(create::history(self, dialect)))
            .await?;
        for table in &self.tables {
            connection
                .change(plain(create::table(table, dialect)))
                .await?;
        }
        let latest = format!("SELECT max(version) FROM \"{}\"", self.history);
        let latest = connection.number(plain(latest)).await?.unwrap_or(0);
        let same = format!("SELECT count(*) FROM \"{}\" WHERE version = ", self.history);
        let same = plain(same)
            .whole(latest)
            .with(" AND schema_etag = ")
            .text(&*self.schema.etag);
        if connection.number(same).await? == Some(1) {
            return Ok(());
        }
        self.reindex(connection).await?;
        let entry = self.entry(dialect, latest + 1, (by, now));
        connection.change(entry).await.map(drop)
    }

    /// Adds the schema to those that were in use.
    fn entry(&self, dialect: Dialect, version: i64, (by, now): (&str, i64)) -> Statement {
        let insert = format!(
            "INSERT INTO \"{}\" (version, created_by, updated_by, created_at, updated_at, main_app, \
             schema_data, schema_etag) VALUES (",
            self.history
        );
        let data = serde_json::to_string(&self.schema.types).unwrap_or_default();
        Statement::new(dialect, insert)
            .whole(version)
            .with(", ")
            .text(by)
            .with(", ")
            .text(by)
            .with(", ")
            .whole(now)
            .with(", ")
            .whole(now)
            .with(", '', ")
            .text(data)
            .with(", ")
            .text(&*self.schema.etag)
            .with(")")
    }

    async fn reindex(&self, connection: &mut dyn Connection) -> Result<(), Problem> {
        let dialect = connection.dialect();
        for table in &self.tables {
            let old = Statement::new(dialect, create::indexes(dialect)).text(&*table.name);
            for name in connection.names(old).await? {
                let drop = format!("DROP INDEX IF EXISTS \"{}\"", name.replace('"', "\"\""));
                connection.change(Statement::new(dialect, drop)).await?;
            }
            for index in &table.indexes {
                let create = create::index(table, index, dialect)?;
                connection.change(Statement::new(dialect, create)).await?;
            }
        }
        Ok(())
    }

    /// A unique index cannot be made over entries that break it.
    fn explained(&self, problem: Problem) -> Problem {
        match problem {
            Problem::Taken(index) => Problem::Taken(format!(
                "a unique index of schema.star cannot be made: {}; change or delete the entries first",
                self.broken(&index)
            )),
            other => other,
        }
    }
}
