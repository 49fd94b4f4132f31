//! Everything that is recorded but is not a decision: logins, changes, activations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::EntityRef;

/// One event, its values already sorted into the classes in which they are kept.
#[derive(Clone, Debug)]
pub struct Event {
    /// Kind of record, such as `auth` or `policy.activated`; the log's own kinds are refused.
    pub kind: String,
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Identifier shared by everything that one outside request causes.
    pub trace: String,
    /// Who caused it.
    pub principal: EntityRef,
    /// What it happened to.
    pub target: EntityRef,
    /// Class public: stands in the record as it is.
    pub public: Map<String, Value>,
    /// Class hmac: only the keyed hash of each value stands in the record.
    pub hmac: BTreeMap<String, String>,
    /// Class detail: kept in the erasable store, the record commits to it.
    pub detail: Value,
}
