//! Skeleton.
use serde::Serialize;
use serde_json::Value;

use crate::{QueryError, Verdict};

/// The read side of a log. All methods block.
#[derive(Clone, Debug)]
pub struct Query;

/// Which records to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Earliest time, in nanoseconds since the Unix epoch.
    pub since: Option<i64>,
    /// Time before which, in nanoseconds since the Unix epoch.
    pub until: Option<i64>,
    /// The person: principal or the one on whose behalf an app asked.
    pub user: Option<String>,
    /// App id, instance or path.
    pub app: Option<String>,
    /// Action or kind; `*` stands for any text.
    pub action: Option<String>,
    /// Only decisions with this answer.
    pub decision: Option<Verdict>,
    /// At most so many; 0 means 100.
    pub limit: usize,
    /// Start here and go forwards; without it the newest come first.
    pub from_seq: Option<u64>,
}

/// One record in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Position in the log.
    pub seq: u64,
    /// Identifier.
    pub id: String,
    /// Kind of record.
    pub kind: String,
    /// When, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// The person or app.
    pub user: Option<String>,
    /// Type of the principal.
    pub principal: Option<String>,
    /// App instance.
    pub app: Option<String>,
    /// Where the app is mounted.
    pub app_path: Option<String>,
    /// Action, or the kind of an event.
    pub action: Option<String>,
    /// Type of the resource or target.
    pub resource_kind: Option<String>,
    /// Resource or target.
    pub resource_id: Option<String>,
    /// `allow` or `deny`.
    pub decision: Option<String>,
    /// Policies that determined it.
    pub reasons: Vec<String>,
    /// For an outcome, the decision it belongs to.
    pub intent: Option<String>,
    /// The whole public record.
    pub record: Value,
}

/// A record with everything that belongs to it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Position in the log.
    pub seq: u64,
    /// The record.
    pub record: Value,
    /// How it ended, when it was a permitted call that has ended.
    pub outcome: Option<Value>,
    /// The erasable detail.
    pub detail: Detail,
    /// Decisions that were asked for under this one, and other records that name it.
    pub children: Vec<Row>,
}

/// What is left of a record's detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "value")]
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
    /// Lists records.
    pub fn list(&self, _filter: &Filter) -> Result<Vec<Row>, QueryError> { Ok(Vec::new()) }
    /// Shows one record.
    pub fn show(&self, _seq: u64) -> Result<Option<Shown>, QueryError> { Ok(None) }
    /// The text kept under a hash.
    pub fn blob(&self, _hash: &str) -> Result<Option<String>, QueryError> { Ok(None) }
    /// Rebuilds the index from the segments; answers how many records it holds.
    pub fn reindex(&self) -> Result<u64, QueryError> { Ok(0) }
}
