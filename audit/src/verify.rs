//! Reads a log offline and says whether it is whole: every line, every seal, every commitment.
//!
//! It trusts only the segments: no index, no lock, no key. A live log may be verified; what its
//! writer is just writing shows as a torn tail. Alone it finds everything that is not consistent;
//! a log that was consistently cut or rewritten is found with a [`Checkpoint`] kept elsewhere.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    VerifyError,
    folder::Folder,
    frame::{self, Item, Tip},
    hex,
    scan::{Scan, Tail, scan},
};

mod ledger;

use ledger::Ledger;

/// The end of a log at some time: its size and the hash of everything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Records.
    pub size: u64,
    /// Hash of the last seal, in lower case hex.
    pub hash: String,
}

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Segment files read.
    pub segments: u64,
    /// Records read.
    pub records: u64,
    /// The end of the log; keep it elsewhere and pass it to the next verification.
    pub end: Checkpoint,
    /// Permitted calls without an outcome.
    pub open: Vec<OpenRecord>,
    /// Bytes of an unfinished batch at the very end; a live or crashed log may have some.
    pub torn_bytes: u64,
    /// Details that match the commitment in their record.
    pub details_opened: u64,
    /// Details that were erased or never reached the disk.
    pub details_missing: u64,
    /// First record that cannot be trusted.
    pub first_bad: Option<u64>,
    /// What is wrong, in order.
    pub findings: Vec<Finding>,
}

/// A permitted call whose outcome is not recorded yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenRecord {
    /// Position in the log.
    pub seq: u64,
    /// The decision.
    pub id: String,
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
    /// Whether anything was changed, lost or added. A torn tail is not damage.
    pub fn is_damaged(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Whether nothing at all is out of order, which holds for a log that was shut down.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.torn_bytes == 0
    }

    fn find(&mut self, file: &Path, seq: u64, what: impl Into<String>) {
        let file = file
            .file_name()
            .unwrap_or(file.as_os_str())
            .to_string_lossy()
            .into_owned();
        self.findings.push(Finding {
            file,
            seq,
            what: what.into(),
        });
        self.first_bad = Some(self.first_bad.map_or(seq, |first| first.min(seq)));
    }
}

impl Checkpoint {
    pub(crate) fn of(tip: Tip) -> Self {
        Self {
            size: tip.size,
            hash: hex::encode(&tip.hash),
        }
    }
}

/// Reads a log offline and reports whether it is whole.
pub fn verify(dir: &Path) -> Result<Report, VerifyError> {
    verify_against(dir, &[])
}

/// Verifies and demands that the log still continues what the checkpoints saw.
pub fn verify_against(dir: &Path, checkpoints: &[Checkpoint]) -> Result<Report, VerifyError> {
    let folder = Folder::new(dir);
    let firsts = folder.segments().map_err(VerifyError::io(dir))?;
    let Some(&last) = firsts.last() else {
        return Err(VerifyError::Missing(dir.to_owned()));
    };
    let mut walk = Walk {
        checkpoints: checkpoints.to_vec(),
        ..Walk::default()
    };
    for &first in &firsts {
        walk.segment(&folder, first, first == last)?;
    }
    walk.finish(&folder)
}

/// A verification under way.
#[derive(Default)]
struct Walk {
    report: Report,
    ledger: Ledger,
    tip: Tip,
    /// Checkpoints that were not met yet.
    checkpoints: Vec<Checkpoint>,
}

impl Walk {
    fn segment(&mut self, folder: &Folder, first: u64, is_last: bool) -> Result<(), VerifyError> {
        let path = folder.segment(first);
        let bytes = fs::read(&path).map_err(VerifyError::io(&path))?;
        let before = self.arrive(&path, first, &bytes);
        let mut lines = Vec::new();
        let scan = scan(&bytes, before, &mut |line| lines.push(line));
        for line in lines {
            self.report.records += 1;
            match serde_json::from_slice::<Value>(line.body) {
                Ok(record) => {
                    let found = self.ledger.enter(line.seq, &record, line.body);
                    found
                        .into_iter()
                        .for_each(|what| self.report.find(&path, line.seq, what));
                }
                Err(_) => self.report.find(&path, line.seq, "it is not a record"),
            }
        }
        self.leave(&path, scan, is_last);
        self.report.segments += 1;
        self.ledger
            .check_details(&folder.detail(first), &mut self.report)
    }

    /// Compares where a segment begins with where the one before it ended.
    fn arrive(&mut self, path: &Path, first: u64, bytes: &[u8]) -> Tip {
        if self.tip.size == first {
            return self.tip;
        }
        let what = format!(
            "the segment begins at {first} where {} is next",
            self.tip.size
        );
        self.report.find(path, self.tip.size.min(first), what);
        self.ledger.has_gap = true;
        // Read on by the segment's own word, so that one gap is reported once.
        let hash = match frame::next(bytes).0 {
            Item::Head(head, _) => hex::decode(&head.prev).and_then(|hash| hash.try_into().ok()),
            _ => None,
        };
        Tip {
            size: first,
            hash: hash.unwrap_or_default(),
        }
    }

    fn leave(&mut self, path: &Path, scan: Scan, is_last: bool) {
        match scan.tail {
            Tail::Clean => {}
            Tail::Torn(bytes) if is_last => self.report.torn_bytes = bytes,
            Tail::Torn(_) => self
                .report
                .find(path, scan.tip.size, "the segment is cut off"),
            Tail::Damaged { seq, what } => {
                self.report.find(path, seq, what);
                self.ledger.has_gap = true;
            }
        }
        for (tip, _) in &scan.seals {
            let seal = Checkpoint::of(*tip);
            self.checkpoints.retain(|checkpoint| {
                if checkpoint.size == seal.size && *checkpoint != seal {
                    let what = "the log is not the one that the checkpoint saw";
                    self.report
                        .find(path, checkpoint.size.saturating_sub(1), what);
                }
                checkpoint.size != seal.size
            });
        }
        self.tip = scan.tip;
    }

    fn finish(mut self, folder: &Folder) -> Result<Report, VerifyError> {
        for checkpoint in self
            .checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.size > 0)
        {
            let what = format!("no seal at {}, which a checkpoint saw", checkpoint.size);
            self.report
                .find(folder.path(), self.tip.size.min(checkpoint.size), what);
        }
        self.ledger.check_blobs(&folder.blobs(), &mut self.report)?;
        self.report.open = self.ledger.open();
        self.report.end = Checkpoint::of(self.tip);
        Ok(self.report)
    }
}
