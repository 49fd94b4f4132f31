//! What the records say about each other: one id each, one outcome for each permit, details and
//! texts that match what cites them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use serde_json::Value;

use super::{OpenRecord, Report};
use crate::{
    Blob, RecordId, VerifyError, canonical,
    cas::Kept,
    detail::Stored,
    lines,
    record::{Change, field},
};

/// Everything seen so far. Ids are kept as numbers: sixteen bytes a record.
#[derive(Default)]
pub(super) struct Ledger {
    ids: HashSet<u128>,
    open: HashMap<RecordId, u64>,
    /// Commitments of the segment that is being read.
    commitments: HashMap<String, (u64, String)>,
    /// Cited texts and the first record that cites each.
    cited: BTreeMap<String, u64>,
    /// Whether records are missing, so that an outcome may lack its decision.
    pub(super) has_gap: bool,
}

impl Ledger {
    /// Enters a record; answers what is wrong with it.
    pub(super) fn enter(&mut self, seq: u64, record: &Value, body: &[u8]) -> Vec<&'static str> {
        let mut found = Vec::new();
        if canonical::text(record).as_bytes() != body {
            found.push("the record is not in canonical form");
        }
        let id = field(record, "id").and_then(RecordId::parse);
        let Some((id, change)) = id.zip(Change::of(record)) else {
            found.push("the record lacks what every record has");
            return found;
        };
        if !self.ids.insert(id.number()) {
            found.push("the record has the id of an earlier one");
        }
        match change {
            Change::Opens(call) => drop(self.open.insert(call.id, seq)),
            Change::Closes(intent) if self.open.remove(&intent).is_some() || self.has_gap => {}
            Change::Closes(intent) if self.ids.contains(&intent.number()) => {
                found.push("the outcome is not the first one of its call");
            }
            Change::Closes(_) => found.push("the outcome has no decision"),
            Change::Nothing => {}
        }
        if let Some(commitment) = field(record, "ctx_commit") {
            self.commitments
                .insert(id.to_string(), (seq, commitment.to_owned()));
        }
        for hash in record
            .get("entities")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            // What is not a hash is the mark of a list that was cut.
            if let Some(hash) = hash.as_str().filter(|hash| hash.len() == 64) {
                self.cited.entry(hash.to_owned()).or_insert(seq);
            }
        }
        found
    }

    /// Opens the details of the segment that was read.
    pub(super) fn check_details(
        &mut self,
        path: &Path,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        let bytes = lines::read(path).map_err(VerifyError::io(path))?;
        let mut commitments = std::mem::take(&mut self.commitments);
        let mut forged = BTreeMap::new();
        lines::each(&bytes, &mut |_, body| {
            let Some(stored) = Stored::parse(body) else {
                return;
            };
            let Some((seq, commitment)) = commitments.get(stored.id) else {
                return;
            };
            if stored.open(commitment).is_some() {
                report.details_opened += 1;
                forged.remove(seq);
                commitments.remove(stored.id);
            } else {
                forged.insert(*seq, ());
            }
        });
        for seq in forged.into_keys() {
            report.find(path, seq, "the detail is not the one the record commits to");
        }
        report.details_missing += commitments.len() as u64;
        Ok(())
    }

    /// Reads every kept text, and looks for those that records cite.
    pub(super) fn check_blobs(
        &mut self,
        path: &Path,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        let bytes = lines::read(path).map_err(VerifyError::io(path))?;
        let cited = &mut self.cited;
        let mut forged = Vec::new();
        lines::each(&bytes, &mut |_, body| {
            let Ok(kept) = serde_json::from_slice::<Kept>(body) else {
                return;
            };
            let blob = Blob::new(kept.text);
            if blob.hash() == kept.hash {
                cited.remove(blob.hash());
            } else {
                forged.push(kept.hash);
            }
        });
        for (hash, seq) in &self.cited {
            let what = if forged.contains(hash) {
                "is not what was cited"
            } else {
                "is missing"
            };
            report.find(path, *seq, format!("the text `{hash}` {what}"));
        }
        Ok(())
    }

    /// Calls without an outcome, in the order of the log.
    pub(super) fn open(&self) -> Vec<OpenRecord> {
        let mut open: Vec<OpenRecord> = self
            .open
            .iter()
            .map(|(id, seq)| OpenRecord {
                seq: *seq,
                id: id.to_string(),
            })
            .collect();
        open.sort_by_key(|record| record.seq);
        open
    }
}
