//! Reads a log without its server: a copy in an auditor's hands, or the log of a server that cannot write.
//!
//! Whoever may read the files may read them so; nothing is asked and nothing is recorded. The query index
//! is made in a temporary folder, the log is not touched.

use std::{collections::BTreeMap, path::Path};

use audit::Query;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    admin::{chain, records},
    cli::terminal::{Failure, say},
    wire::{ListRecords, Records},
};

/// A log and the scratch folder of its index.
pub(super) struct Offline {
    query: Query,
    _scratch: TempDir,
}

impl Offline {
    /// Opens what is whole of the log; says so when that is not all of it.
    pub(super) fn open(dir: &Path) -> Result<Offline, Failure> {
        let report = audit::verify(dir).map_err(|error| Failure::new(4, chain(&error)))?;
        if report.is_damaged() {
            say(
                "the log is damaged: see `sallyport audit verify`; what comes before the damage is shown",
            );
        }
        let scratch = tempfile::tempdir()?;
        let whole = report
            .first_bad
            .unwrap_or(report.records)
            .min(report.records);
        let query = Query::offline(dir, scratch.path().join("index.db"), whole).map_err(failed)?;
        Ok(Offline {
            query,
            _scratch: scratch,
        })
    }

    /// The records that match; people appear by id, since only the server knows their names.
    pub(super) fn list(&self, request: &ListRecords) -> Result<Records, Failure> {
        let filter = records::known(request, request.user.clone())?;
        let rows = self.query.list(&filter).map_err(failed)?;
        let records = rows.into_iter().map(records::record).collect();
        Ok(Records {
            records,
            names: BTreeMap::new(),
        })
    }

    /// One record with everything that belongs to it.
    pub(super) fn show(&self, name: &str) -> Result<Value, Failure> {
        Ok(records::document(records::named(&self.query, name)?))
    }
}

fn failed(error: audit::QueryError) -> Failure {
    Failure::new(1, chain(&error))
}
