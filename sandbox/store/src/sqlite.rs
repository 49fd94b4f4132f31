//! SQLite. Statements run on threads for blocking work; one that takes too long, or whose request is
//! given up, is interrupted.
//!
//! Writers wait for each other when a transaction begins, so that none fails in its middle. A result
//! that is read in parts is copied to a temporary table: it stays as it was, and nothing is held
//! back from being written meanwhile.

mod failure;
mod run;

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection as Raw, OpenFlags};

use crate::bounds::Bounds;
use crate::connection::{Connection, Later, Level};
use crate::document::Row;
use crate::pool::{Maker, Making};
use crate::problem::Problem;
use crate::sql::{Dialect, Statement};
use run::Run;

/// Opens the database in a file.
pub struct File {
    path: PathBuf,
    bounds: Bounds,
}

/// One connection; it is away while a statement runs, and lost when that is given up.
struct Sqlite {
    raw: Option<Raw>,
    limit: Duration,
}

impl File {
    /// The database in the file at `path`, which is made on first use.
    pub fn new(path: PathBuf, bounds: Bounds) -> Self {
        Self { path, bounds }
    }
}

impl Maker for File {
    fn make(&self) -> Making<'_> {
        let (path, bounds) = (self.path.clone(), self.bounds.clone());
        Box::pin(async move {
            let limit = bounds.statement;
            let opened = tokio::task::spawn_blocking(move || open(&path, &bounds)).await;
            let raw = opened.map_err(|error| error.to_string())??;
            let connection: Box<dyn Connection> = Box::new(Sqlite {
                raw: Some(raw),
                limit,
            });
            Ok(connection)
        })
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Opens the file, and makes it its owner's alone where it does not exist.
/// One file is opened at a time: the first to open one changes its journal, which waits for nobody.
static OPENING: Mutex<()> = Mutex::new(());

fn open(path: &Path, bounds: &Bounds) -> Result<Raw, String> {
    let _turn = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let spelt = |error: std::io::Error| error.to_string();
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(spelt)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(spelt)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Raw::open_with_flags(path, flags).and_then(|raw| {
        raw.busy_timeout(bounds.wait)?;
        raw.pragma_update(None, "journal_mode", "wal")?;
        raw.pragma_update(None, "synchronous", "full")?;
        raw.pragma_update(None, "trusted_schema", false)?;
        let page: u64 = raw.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bounds.spill / page.max(512);
        raw.pragma_update_and_check(Some("temp"), "max_page_count", pages, |_| Ok(()))?;
        Ok(raw)
    });
    opened.map_err(|error| error.to_string())
}

impl Sqlite {
    /// Runs `work` on a thread of its own.
    fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Raw) -> rusqlite::Result<T> + Send + 'static,
    ) -> Later<'_, T> {
        Box::pin(async move {
            let raw = self.raw.take().ok_or(Problem::Unreachable)?;
            let (raw, done) = Run::start(raw, work).within(self.limit).await?;
            self.raw = Some(raw);
            done.map_err(|error| failure::problem(&error, self.limit))
        })
    }

    fn batch(&mut self, sql: String) -> Later<'_, ()> {
        self.run(move |raw| raw.execute_batch(&sql))
    }
}

impl Connection for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn number(&mut self, statement: Statement) -> Later<'_, Option<i64>> {
        self.run(move |raw| {
            let mut prepared = raw.prepare_cached(&statement.text)?;
            let mut rows = prepared.query(rusqlite::params_from_iter(&statement.values))?;
            match rows.next()? {
                Some(row) => row.get(0),
                None => Ok(None),
            }
        })
    }

    fn names(&mut self, statement: Statement) -> Later<'_, Vec<String>> {
        self.run(move |raw| {
            let mut prepared = raw.prepare(&statement.text)?;
            let values = rusqlite::params_from_iter(&statement.values);
            prepared.query_map(values, |row| row.get(0))?.collect()
        })
    }

    fn rows(&mut self, statement: Statement) -> Later<'_, Vec<Row>> {
        self.run(move |raw| {
            let mut prepared = raw.prepare_cached(&statement.text)?;
            let values = rusqlite::params_from_iter(&statement.values);
            prepared.query_map(values, row)?.collect()
        })
    }

    fn change(&mut self, statement: Statement) -> Later<'_, u64> {
        self.run(move |raw| {
            let mut prepared = raw.prepare_cached(&statement.text)?;
            let changed = prepared.execute(rusqlite::params_from_iter(&statement.values))?;
            Ok(u64::try_from(changed).unwrap_or(u64::MAX))
        })
    }

    fn insert(&mut self, statement: Statement) -> Later<'_, i64> {
        self.run(move |raw| {
            let mut prepared = raw.prepare_cached(&statement.text)?;
            prepared.execute(rusqlite::params_from_iter(&statement.values))?;
            Ok(raw.last_insert_rowid())
        })
    }

    /// Every transaction may write, and one that may write runs alone: both levels are the same.
    fn begin(&mut self, _: Level) -> Later<'_, ()> {
        self.batch("BEGIN IMMEDIATE".to_owned())
    }

    fn commit(&mut self) -> Later<'_, ()> {
        self.batch("COMMIT".to_owned())
    }

    fn rollback(&mut self) -> Later<'_, ()> {
        self.run(|raw| match raw.is_autocommit() {
            true => Ok(()),
            false => raw.execute_batch("ROLLBACK"),
        })
    }

    /// Beginning a transaction has waited already.
    fn serialise(&mut self, _: &str) -> Later<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn open(&mut self, cursor: u64, query: Statement) -> Later<'_, ()> {
        self.run(move |raw| {
            let sql = format!("CREATE TEMP TABLE cursor_{cursor} AS {}", query.text);
            let done = raw.execute(&sql, rusqlite::params_from_iter(&query.values));
            done.map(drop).map_err(failure::spilt)
        })
    }

    fn fetch(&mut self, cursor: u64, part: (usize, usize)) -> Later<'_, Vec<Row>> {
        self.run(move |raw| run::fetch(raw, cursor, part))
    }

    fn close(&mut self, cursor: u64) -> Later<'_, ()> {
        self.batch(format!("DROP TABLE IF EXISTS temp.cursor_{cursor}"))
    }

    fn transaction(&self) -> bool {
        self.raw.as_ref().is_none_or(|raw| !raw.is_autocommit())
    }

    fn alive(&self) -> bool {
        self.raw.is_some()
    }
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        version: row.get::<_, Option<i64>>(1)?.unwrap_or(0),
        created_by: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        updated_by: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        created_at: row.get::<_, Option<i64>>(4)?.unwrap_or(0),
        updated_at: row.get::<_, Option<i64>>(5)?.unwrap_or(0),
        json: run::text(row, 6)?,
    })
}
