//! The one thread that writes. It takes what is queued, makes it durable with one sync, and only
//! then answers. There is no timer that waits for more: while one batch is being synced the next
//! one gathers by itself.
//!
//! A writer whose disk failed refuses at once and tries to recover from time to time; see
//! [`crate::store`] for what recovery means. Denies, outcomes and the log's own records are not
//! refused but kept (each holds its slot, so they are bounded) and written after recovery.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Health, Unwritable,
    calls::{Calls, Undo},
    core::{Core, Message, lock},
    entry::{Entry, Role},
    frame,
    record::Change,
    store::{Batch, Store},
};

/// Records in one batch.
const BATCH: usize = 512;
/// Silence after which a heartbeat proves that nothing happened.
const SILENCE_NS: i64 = 60_000_000_000;

/// The state of the writer.
pub(crate) struct Writer {
    pub(crate) core: Arc<Core>,
    pub(crate) store: Store,
    pub(crate) calls: Calls,
    pub(crate) receiver: Receiver<Message>,
    /// How often the writer looks after what no message announces.
    pub(crate) tick: Duration,
    /// Entries that were not refused when the disk failed.
    pub(crate) held: Vec<Entry>,
    pub(crate) illness: Option<Illness>,
    /// When the last record was written.
    pub(crate) last_ns: i64,
    pub(crate) details_since: Instant,
}

/// What is wrong with the disk, and since when.
pub(crate) struct Illness {
    why: String,
    since_ns: i64,
    refused: u64,
    attempts: u32,
    next: Instant,
}

impl Writer {
    /// Runs until everybody has let go of the log or it is shut down.
    pub(crate) fn run(mut self) {
        let mut stop = false;
        while !stop {
            let mut entries = Vec::new();
            stop = self.gather(&mut entries);
            self.turn(entries, stop);
        }
        self.finish();
    }

    /// Waits for work; answers whether it is time to stop.
    fn gather(&mut self, entries: &mut Vec<Entry>) -> bool {
        match self.receiver.recv_timeout(self.pause()) {
            Ok(Message::Entry(entry)) => entries.push(*entry),
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        while entries.len() < BATCH {
            match self.receiver.try_recv() {
                Ok(Message::Entry(entry)) => entries.push(*entry),
                Ok(Message::Stop) => return true,
                Err(_) => break,
            }
        }
        false
    }

    fn pause(&self) -> Duration {
        let until = self.illness.as_ref().map(|illness| illness.next);
        until.map_or(self.tick, |next| {
            next.saturating_duration_since(Instant::now())
                .min(self.tick)
        })
    }

    fn turn(&mut self, entries: Vec<Entry>, stop: bool) {
        if self.illness.is_some() {
            self.refuse(entries);
            let due = self
                .illness
                .as_ref()
                .is_some_and(|ill| stop || ill.next <= Instant::now());
            if due {
                self.recover();
            }
            return;
        }
        let mut entries = entries;
        self.add_own(&mut entries);
        self.write_all(entries);
        self.care(stop);
    }

    /// Adds the floods that are over and the heartbeat that is due.
    fn add_own(&mut self, entries: &mut Vec<Entry>) {
        let now = self.core.origin.now();
        for counted in self.core.flood.over(now) {
            match self.core.origin.aggregate(&counted) {
                Ok(record) => entries.push(Entry::own(record, Change::Nothing)),
                Err(error) => {
                    tracing::error!(%error, count = counted.count, "denies are not recorded")
                }
            }
        }
        if entries.is_empty() && now.saturating_sub(self.last_ns) >= SILENCE_NS {
            self.last_ns = now;
            match self
                .core
                .origin
                .own("heartbeat", json!({"size": self.store.tip().size}))
            {
                Ok(record) => entries.push(Entry::own(record, Change::Nothing)),
                Err(error) => tracing::error!(%error, "no heartbeat"),
            }
        }
    }

    /// Looks after what trails: details, texts, the place of the files.
    fn care(&mut self, now: bool) {
        if self.illness.is_some() {
            return;
        }
        let due = now || self.details_since.elapsed() >= self.tick;
        if due {
            self.details_since = Instant::now();
            let mut result = self.store.check_in_place();
            if self.store.has_unsynced_details() {
                result = result.and_then(|()| self.store.sync_details());
            }
            if let Err(error) = result {
                self.fall_ill(&error);
                return;
            }
            self.write_kept();
        }
    }

    /// Texts that no record cites yet become durable with the tick.
    fn write_kept(&mut self) {
        let blobs = self.core.take_kept();
        if !blobs.is_empty()
            && let Err(error) = self.store.keep(&blobs)
        {
            self.core.put_back(blobs);
            self.fall_ill(&error);
        }
    }

    /// Writes entries in batches that fit the active segment.
    pub(crate) fn write_all(&mut self, entries: Vec<Entry>) {
        let mut rest: Vec<Entry> = std::mem::take(&mut self.held);
        rest.extend(entries);
        rest.retain(|entry| !entry.is_void());
        while !rest.is_empty() && self.illness.is_none() {
            let room = usize::try_from(self.store.room())
                .unwrap_or(BATCH)
                .clamp(1, BATCH);
            let later = rest.split_off(room.min(rest.len()));
            self.write(rest);
            rest = later;
        }
        if !rest.is_empty() {
            self.refuse(rest);
        }
    }

    /// Writes one batch and answers everybody in it.
    fn write(&mut self, entries: Vec<Entry>) {
        let first = self.store.tip().size;
        let (batch, undo) = self.batch(&entries, first);
        if let Err(error) = self.store.write(&batch) {
            undo.into_iter()
                .rev()
                .for_each(|undo| self.calls.undo(undo));
            self.core.put_back(batch.blobs);
            self.fall_ill(&error);
            self.refuse(entries);
            return;
        }
        self.last_ns = self.core.origin.now();
        self.publish();
        for (seq, entry) in (first..).zip(entries) {
            entry.settle(Ok(seq));
        }
        if self.store.room() == 0
            && let Err(error) = self.store.roll()
        {
            self.fall_ill(&error);
        }
    }

    fn batch(&mut self, entries: &[Entry], first: u64) -> (Batch, Vec<Undo>) {
        let mut batch = Batch {
            blobs: self.core.take_kept(),
            ..Batch::default()
        };
        let mut undo = Vec::with_capacity(entries.len());
        for (seq, entry) in (first..).zip(entries) {
            frame::push(&entry.record.body, &mut batch.frames);
            batch.count += 1;
            batch.blobs.extend(entry.blobs.iter().cloned());
            batch
                .details
                .extend(entry.record.detail.iter().flat_map(|detail| &detail.frame));
            undo.push(self.calls.apply(seq, &entry.change));
        }
        batch.open = self.calls.lowest(first + batch.count);
        (batch, undo)
    }

    fn publish(&self) {
        let tip = self.store.tip();
        *lock(&self.core.tip) = tip;
        // The index first: whoever hears of the size may ask for the records.
        self.core.progress.announce(tip.size);
        self.core.size.send_replace(tip.size);
    }

    /// From now on everything is refused until recovery succeeds.
    fn fall_ill(&mut self, error: &io::Error) {
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

    fn refuse(&mut self, entries: Vec<Entry>) {
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
    fn recover(&mut self) {
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

    /// Everything that is left, at the end.
    fn finish(&mut self) {
        let mut entries = Vec::new();
        while let Ok(message) = self.receiver.try_recv() {
            if let Message::Entry(entry) = message {
                entries.push(*entry);
            }
        }
        for counted in self.core.flood.all() {
            let record = self.core.origin.aggregate(&counted);
            entries.extend(
                record
                    .ok()
                    .map(|record| Entry::own(record, Change::Nothing)),
            );
        }
        self.turn(entries, true);
    }
}

impl Drop for Writer {
    /// However the writer ends, nobody waits for it any longer.
    fn drop(&mut self) {
        self.core
            .set_health(Health::Unwritable("it is closed".into()));
        self.core.lanes.stop();
        self.core.progress.stop();
    }
}

#[cfg(test)]
mod tests;
