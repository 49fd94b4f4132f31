//! Audit records, policies and the state of the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `audit.read`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum ReadAudit {
    /// Records that match, newest first.
    List(ListRecords),
    /// One record with everything that belongs to it.
    Show(ShowRecord),
    /// Records that match, as they are written.
    Follow(ListRecords),
}

/// Which records.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListRecords {
    /// Earliest time, Unix nanoseconds.
    pub since: Option<i64>,
    /// Time before which, Unix nanoseconds.
    pub until: Option<i64>,
    /// Person, by id or name.
    pub user: Option<String>,
    /// App, by address or id.
    pub app: Option<String>,
    /// Action or kind; `*` stands for any text.
    pub action: Option<String>,
    /// `allow` or `deny`.
    pub decision: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Which record.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShowRecord {
    /// Its position or its id.
    pub record: String,
}

/// Answer to a list.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Records {
    /// One object per record; a decision also says how it ended.
    pub records: Vec<Value>,
    /// The names of the people in them, by id.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
}

/// Answer to `audit.reindex`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Reindexed {
    /// Records in the index now.
    pub records: u64,
}

/// `policy.read`: one layer at a time, because each is its own question to policy.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReadPolicies {
    /// Which layer.
    pub layer: Layer,
    /// Only the policies of the app at this address.
    #[serde(default)]
    pub app: Option<String>,
}

/// The layers of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// They only forbid.
    Guardrails,
    /// They only permit.
    Grants,
    /// Generated for apps.
    Apps,
}

/// Answer to `policy.read`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct PolicyList {
    /// Hash of the whole set in force.
    pub set: String,
    /// `layer`, `id`, `text`, `source` of each.
    pub policies: Vec<Value>,
}

/// `policy.explain`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainRecord {
    /// The decision's position or id.
    pub record: String,
}

/// `policy.reload`.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReloadPolicies {
    /// Tell what would happen.
    pub dry_run: bool,
}

/// Answer to `policy.reload`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ReloadedPolicies {
    /// Hash of the set that was in force.
    pub before: String,
    /// Hash of the set of the files.
    pub after: String,
    /// Policies that the files add, by id.
    pub added: Vec<String>,
    /// Policies that they no longer have.
    pub removed: Vec<String>,
    /// Policies whose text is another.
    pub changed: Vec<String>,
}

/// Answer to `policy.explain`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Explained {
    /// Position in the log.
    pub seq: u64,
    /// What was decided then: `allow` or `deny`.
    pub decision: String,
    /// The question, in one line.
    pub question: String,
    /// The policies that decided then, by id.
    pub reasons: Vec<String>,
    /// The policies that nearly permitted it then, by id.
    pub near: Vec<String>,
    /// The policies that decided: `layer`, `id`, `text`, `source`.
    pub texts: Vec<Value>,
    /// Whether `texts` are those of that time; else they are gone, and these are today's.
    pub recalled: bool,
    /// How the policies of that time decide the recorded question again; none when they or its detail are gone.
    pub then: Option<Value>,
    /// How the policies in force now decide the recorded question; none when its detail is gone.
    pub now: Option<Value>,
}

/// Answer to `system.status`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Status {
    /// Version of the server.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Home directory.
    pub home: String,
    /// Where it listens.
    pub urls: Vec<String>,
    /// When it started, RFC 3339.
    pub started: String,
    /// Installed apps.
    pub apps: usize,
    /// `writable`, or why not.
    pub audit: String,
    /// Durable audit records.
    pub records: u64,
    /// Hash of the policies in force.
    pub policies: String,
}
