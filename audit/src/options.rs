//! How a log is opened. Everything that bounds the log is stated here, so that a limit is a
//! decision of whoever opens it and never a number buried in the writer.

use std::{path::PathBuf, time::Duration};

/// Where the log lives and how much of everything it may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The log's own directory; created with mode 0700 when missing.
    pub dir: PathBuf,
    /// Name of this node; every record carries it.
    pub node: String,
    /// Records per segment file before it is sealed and made read-only.
    pub segment_records: u64,
    /// Bytes zero-filled ahead in the active segment, so that a sync never grows the file.
    pub preallocate_bytes: u64,
    /// Decisions that may wait for the disk at once.
    pub queue: usize,
    /// Receipts that may be open at once; each one holds room for its outcome.
    pub open_limit: usize,
    /// How much of `queue` and of `open_limit` one app instance may hold, in percent.
    pub share_percent: u8,
    /// How long [`crate::Log::append`] waits for a free slot before it refuses.
    pub wait: Duration,
    /// What was started; written into the `boot` record.
    pub boot: BootFacts,
    /// The wall clock, in nanoseconds since the Unix epoch.
    pub now: fn() -> i64,
}

impl Options {
    /// The limits measured to work for one node; `dir`, `node` and `boot` are the caller's.
    pub fn new(dir: PathBuf, node: String, boot: BootFacts, now: fn() -> i64) -> Self {
        Self {
            dir,
            node,
            segment_records: 65_536,
            preallocate_bytes: 64 << 20,
            queue: 4096,
            open_limit: 16_384,
            share_percent: 25,
            wait: Duration::from_millis(50),
            boot,
            now,
        }
    }
}

/// What was started: the version and the hashes that say exactly which gateway writes.
#[derive(Clone, Debug, Default)]
pub struct BootFacts {
    /// Version for people.
    pub version: String,
    /// Hash of the running binary.
    pub binary: String,
    /// Hash of the configuration it was started with.
    pub config: String,
    /// Hash of the policy set in force.
    pub policy: String,
}
