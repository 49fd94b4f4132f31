//! A disk that does not take records: everything is refused until a record about the outage is durable.

use std::{
    io,
    time::{Duration, Instant},
};

use serde_json::json;

use super::Writer;
use crate::{
    Health, Unwritable,
    entry::{Entry, Role},
    record::Change,
};

/// What is wrong with the disk, and since when.
pub(crate) struct Illness {
    why: String,
    since_ns: i64,
    refused: u64,
    attempts: u32,
    pub(super) next: Instant,
}

impl Writer {
    /// From now on everything is refused until recovery succeeds.
    pub(super) fn fall_ill(&mut self, error: &io::Error) {
        let why = error.to_string();
        self.core.set_health(Health::Unwritable(why.clone()));
        tracing::error!(%error, "the audit log cannot be written; everything is refused");
        let since_ns = self.core.origin.now();
        let next = Instant::now() + Duration::from_millis(250).min(self.tick);
        self.illness = Some(Illness {
            why,
            since_ns,
            refused: 0,
            attempts: 0,
            next,
        });
        self.core.lanes.refuse_all(&self.why());
        self.store.abandon();
    }

    fn why(&self) -> Unwritable {
        let why = self.illness.as_ref().map(|illness| illness.why.clone());
        Unwritable::Storage(why.unwrap_or_default())
    }

    pub(super) fn refuse(&mut self, entries: Vec<Entry>) {
        let why = self.why();
        let count = entries
            .iter()
            .filter(|entry| matches!(entry.role, Role::Awaited(..)))
            .count();
        self.held
            .extend(entries.into_iter().filter_map(|entry| entry.refuse(&why)));
        if let Some(illness) = &mut self.illness {
            illness.refused += count as u64;
        }
    }

    /// One attempt; the proof of recovery is a durable record about the outage itself.
    pub(super) fn recover(&mut self) {
        let Some(illness) = self.illness.take() else {
            return;
        };
        let result = self
            .store
            .reopen()
            .and_then(|()| self.write_outage(&illness));
        if let Err(error) = result {
            self.store.abandon();
            let attempts = illness.attempts.saturating_add(1);
            let pause = Duration::from_millis(250 << attempts.min(3)).min(Duration::from_secs(2));
            let next = Instant::now() + pause.min(self.tick * 2);
            tracing::warn!(%error, attempts, "the audit log is still not writable");
            self.core.set_health(Health::Unwritable(error.to_string()));
            self.illness = Some(Illness {
                why: error.to_string(),
                attempts,
                next,
                ..illness
            });
            return;
        }
        self.core.set_health(Health::Writable);
        self.publish();
        tracing::info!("the audit log is writable again");
        self.write_all(Vec::new());
    }

    fn write_outage(&mut self, illness: &Illness) -> io::Result<()> {
        let facts = json!({
            "error": illness.why, "refused": illness.refused, "since_ns": illness.since_ns,
            "resumed": self.store.tip().size,
        });
        let record = self
            .core
            .origin
            .own("outage", facts)
            .map_err(io::Error::other)?;
        let first = self.store.tip().size;
        let (batch, _) = self.batch(&[Entry::own(record, Change::Nothing)], first);
        if let Err(error) = self.store.write(&batch) {
            self.core.put_back(batch.blobs);
            return Err(error);
        }
        if self.store.room() == 0 {
            self.store.roll()
        } else {
            Ok(())
        }
    }
}
