//! Skeleton.
use std::path::Path;
use serde::Serialize;
use crate::VerifyError;

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Segment files read.
    pub segments: u64,
    /// Durable records.
    pub records: u64,
    /// Permitted calls without an outcome.
    pub open: Vec<String>,
    /// Bytes of an unfinished batch at the very end; a live or crashed log may have some.
    pub torn_bytes: u64,
    /// First record that cannot be trusted.
    pub first_bad: Option<u64>,
    /// What is wrong, in order.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// File name.
    pub file: String,
    /// Record, or the next one expected.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
}

impl Report {
    /// Whether anything was changed, lost or added.
    pub fn is_damaged(&self) -> bool { !self.findings.is_empty() }
}

/// Reads a log offline and reports whether it is whole.
pub fn verify(_dir: &Path) -> Result<Report, VerifyError> { Ok(Report::default()) }
