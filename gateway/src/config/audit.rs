//! `[audit]`: where the log lies and how much disk and waiting it may take.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    reference::{Field, field},
    value::Count,
};

/// `[audit]`: the audit log.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Directory; relative to the home directory.
    pub dir: PathBuf,
    /// Records in one segment file.
    pub segment_records: Count<16, 16_777_216>,
    /// MiB reserved ahead for a segment file.
    pub preallocate_mb: Count<0, 4096>,
    /// Decisions that may wait for the disk; more are refused with 503.
    pub queue: Count<16, 1_048_576>,
    /// Percent of the queue one principal may take.
    pub share_percent: Count<1, 100>,
}

impl Default for Audit {
    fn default() -> Self {
        Audit {
            dir: PathBuf::from("audit"),
            segment_records: Count::new(65_536),
            preallocate_mb: Count::new(64),
            queue: Count::new(4096),
            share_percent: Count::new(25),
        }
    }
}

pub(super) const AUDIT: &[Field] = &[
    field(
        "dir",
        "\"audit\"",
        "Directory of the log; relative to the home directory.",
    ),
    field("segment_records", "65536", "Records in one segment file."),
    field(
        "preallocate_mb",
        "64",
        "MiB reserved ahead for a segment file.",
    ),
    field(
        "queue",
        "4096",
        "Decisions that may wait for the disk; more are refused with 503.",
    ),
    field(
        "share_percent",
        "25",
        "Percent of the queue one principal may take.",
    ),
];
