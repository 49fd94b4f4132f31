//! The read side: finds records through the index and reads them from the log.
//!
//! Whoever reads the log must be permitted and recorded like everybody else; that is the caller's
//! duty, this module only answers. All methods block.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Row as SqlRow, ToSql, params_from_iter,
};
use serde_json::Value;

use crate::{
    Blob, QueryError, Verdict,
    cas::{Kept, Places},
    core::lock,
    detail::Stored,
    folder::Folder,
    frame,
    index::{self, Progress},
    record::field,
};

/// Records that are listed when nothing is said.
const LIMIT: usize = 100;
/// Records that are listed at most.
const LARGEST: usize = 100_000;
/// Decisions whose outcomes are looked up together.
const TOGETHER: usize = 500;

/// The read side of a log.
#[derive(Clone, Debug)]
pub struct Query {
    folder: Folder,
    progress: Arc<Progress>,
    places: Places,
}

/// Which records to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Earliest time, in nanoseconds since the Unix epoch.
    pub since: Option<i64>,
    /// Time before which, in nanoseconds since the Unix epoch.
    pub until: Option<i64>,
    /// The person or app that acted, or on whose behalf an app acted.
    pub user: Option<String>,
    /// App id, instance or path.
    pub app: Option<String>,
    /// Action, or the kind of an event; `*` stands for any text.
    pub action: Option<String>,
    /// Only decisions with this answer.
    pub decision: Option<Verdict>,
    /// At most so many, and never more than 100 000; 0 means 100.
    pub limit: usize,
    /// Start here and go forwards; without it the newest come first.
    pub from_seq: Option<u64>,
}

/// One record in a list, read from the log itself and not from the index.
#[derive(Clone, Debug)]
pub struct Row {
    /// Position in the log.
    pub seq: u64,
    /// For a decision, how it ended.
    pub outcome: Option<String>,
    /// The whole public record.
    pub record: Value,
}

/// A record with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Position in the log.
    pub seq: u64,
    /// The record.
    pub record: Value,
    /// How it ended, when it was a permitted call that has ended.
    pub outcome: Option<Value>,
    /// The erasable detail.
    pub detail: Detail,
    /// Decisions that were asked for under this one.
    pub children: Vec<Row>,
}

/// What is left of a record's detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The record has none.
    None,
    /// It is there and matches the commitment in the record.
    Opened(Value),
    /// It was erased, or never reached the disk.
    Erased,
    /// It is there but is not what the record commits to.
    Forged,
}

impl Query {
    pub(crate) fn new(folder: Folder, progress: Arc<Progress>, places: Places) -> Self {
        Self {
            folder,
            progress,
            places,
        }
    }

    /// Reads the first `size` records of a log without its server, for example of a copy; [`crate::verify`]
    /// tells how many are whole. `index` is a scratch file, and nothing is written into `dir`.
    pub fn offline(dir: &Path, index: PathBuf, size: u64) -> Result<Self, QueryError> {
        let folder = Folder::new(dir).indexed_at(index);
        index::build(&folder, size)?;
        let progress = Arc::new(Progress::complete(size));
        Ok(Self::new(folder, progress, Places::default()))
    }

    /// Lists records. Complete up to everything that was durable when it was called.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Row>, QueryError> {
        self.progress.caught_up()?;
        let (conditions, values) = filter.conditions();
        let order = if filter.from_seq.is_some() {
            "ASC"
        } else {
            "DESC"
        };
        let limit = if filter.limit == 0 {
            LIMIT
        } else {
            filter.limit.min(LARGEST)
        };
        let sql = format!(
            "SELECT seq, segment, offset FROM record WHERE {conditions} ORDER BY seq {order} LIMIT {limit}"
        );
        let mut rows = self.rows(&sql, &values)?;
        for rows in rows.chunks_mut(TOGETHER) {
            self.end(rows)?;
        }
        Ok(rows)
    }

    /// Adds to decisions how they ended.
    fn end(&self, rows: &mut [Row]) -> Result<(), QueryError> {
        let ids: Vec<Box<dyn ToSql>> = rows
            .iter()
            .map(|row| Box::new(row.text("/id").to_owned()) as _)
            .collect();
        let marks = vec!["?"; ids.len()].join(",");
        let sql = format!("SELECT seq, segment, offset FROM record WHERE intent IN ({marks})");
        let outcomes: HashMap<String, String> = self
            .rows(&sql, &ids)?
            .into_iter()
            .map(|row| {
                (
                    row.text("/intent").to_owned(),
                    row.text("/status").to_owned(),
                )
            })
            .collect();
        for row in rows {
            row.outcome = outcomes.get(row.text("/id")).cloned();
        }
        Ok(())
    }

    /// Shows one record.
    pub fn show(&self, seq: u64) -> Result<Option<Shown>, QueryError> {
        self.progress.caught_up()?;
        let sql = "SELECT seq, segment, offset FROM record WHERE seq = ?1";
        let Some(row) = self.rows(sql, &[Box::new(seq)])?.pop() else {
            return Ok(None);
        };
        let by = |column: &str| {
            let sql = format!(
                "SELECT seq, segment, offset FROM record WHERE {column} = ?1 ORDER BY seq LIMIT {LARGEST}"
            );
            self.rows(&sql, &[Box::new(row.text("/id").to_owned())])
        };
        let outcome = by("intent")?.into_iter().next().map(|row| row.record);
        let mut children = by("parent")?;
        for children in children.chunks_mut(TOGETHER) {
            self.end(children)?;
        }
        Ok(Some(Shown {
            seq,
            outcome,
            detail: self.detail(&row.record)?,
            children,
            record: row.record,
        }))
    }

    /// The position of the record with an id.
    pub fn find(&self, id: &str) -> Result<Option<u64>, QueryError> {
        self.progress.caught_up()?;
        let sql = "SELECT seq, segment, offset FROM record WHERE id = ?1";
        Ok(self
            .rows(sql, &[Box::new(id.to_owned())])?
            .pop()
            .map(|row| row.seq))
    }

    /// The text kept under a hash; checked against it.
    pub fn blob(&self, hash: &str) -> Result<Option<String>, QueryError> {
        let Some((offset, _)) = lock(&self.places).get(hash).copied() else {
            return Ok(None);
        };
        let path = self.folder.blobs();
        let body =
            index::read_body(&path, offset - frame::PREFIX as u64).map_err(QueryError::io(path))?;
        let kept: Option<Kept> = body.and_then(|body| serde_json::from_slice(&body).ok());
        let blob = kept.map(|kept| Blob::new(kept.text));
        Ok(blob
            .filter(|blob| blob.hash() == hash)
            .map(|blob| blob.text().to_owned()))
    }

    /// Rebuilds the index from the segments; answers how many records it holds.
    pub fn reindex(&self) -> Result<u64, QueryError> {
        self.progress.rebuild()
    }

    fn rows(&self, sql: &str, values: &[Box<dyn ToSql>]) -> Result<Vec<Row>, QueryError> {
        let connection = self.connect()?;
        let mut statement = connection.prepare(sql)?;
        let places = statement
            .query_map(params_from_iter(values), place)?
            .collect::<Result<Vec<(u64, u64, u64)>, _>>()?;
        places
            .into_iter()
            .map(|(seq, segment, offset)| {
                let record = index::read_record(&self.folder.segment(segment), seq, offset)?;
                Ok(Row {
                    seq,
                    outcome: None,
                    record,
                })
            })
            .collect()
    }

    fn detail(&self, record: &Value) -> Result<Detail, QueryError> {
        let Some(commitment) = field(record, "ctx_commit") else {
            return Ok(Detail::None);
        };
        let sql = "SELECT 0, segment, offset FROM detail WHERE id = ?1";
        let id = field(record, "id").unwrap_or_default();
        let Some((_, segment, offset)) = self.connect()?.query_row(sql, [id], place).optional()?
        else {
            return Ok(Detail::Erased);
        };
        let path = self.folder.detail(segment);
        let Ok(Some(body)) = index::read_body(&path, offset) else {
            return Ok(Detail::Erased);
        };
        Ok(
            match Stored::parse(&body).filter(|stored| stored.id == id) {
                None => Detail::Erased,
                Some(stored) => stored
                    .open(commitment)
                    .map_or(Detail::Forged, Detail::Opened),
            },
        )
    }

    fn connect(&self) -> Result<Connection, QueryError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Connection::open_with_flags(self.folder.index(), flags)?)
    }
}

fn place(row: &SqlRow<'_>) -> rusqlite::Result<(u64, u64, u64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

impl Filter {
    fn conditions(&self) -> (String, Vec<Box<dyn ToSql>>) {
        let mut conditions = vec!["1".to_owned()];
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        let mut add = |condition: &str, value: Option<Box<dyn ToSql>>| {
            if let Some(value) = value {
                values.push(value);
                conditions.push(condition.replace('?', &format!("?{}", values.len())));
            }
        };
        let text =
            |text: &Option<String>| text.clone().map(|text| Box::new(text) as Box<dyn ToSql>);
        add("time_ns >= ?", self.since.map(|since| Box::new(since) as _));
        add("time_ns < ?", self.until.map(|until| Box::new(until) as _));
        add("(user = ? OR actor = ?)", text(&self.user));
        add("(app = ? OR app_id = ? OR app_path = ?)", text(&self.app));
        add(
            "(action GLOB ? OR kind GLOB ?)",
            text(&self.action.as_deref().map(glob)),
        );
        add(
            "decision = ?",
            self.decision.map(|verdict| Box::new(verdict.name()) as _),
        );
        add("seq >= ?", self.from_seq.map(|seq| Box::new(seq) as _));
        (conditions.join(" AND "), values)
    }
}

/// Only `*` has a meaning; what else SQLite would take for a pattern is literal.
fn glob(pattern: &str) -> String {
    pattern.replace('[', "[[]").replace('?', "[?]")
}

impl Row {
    /// The text at a pointer into the record, such as `/principal/id`; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
