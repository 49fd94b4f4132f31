//! The one thread that writes. It takes what is queued, makes it durable with one sync, and only
//! then answers. There is no timer that waits for more: while one batch is being synced the next
//! one gathers by itself.
//!
//! A writer whose disk failed refuses at once and tries to recover from time to time; see
//! [`crate::store`] for what recovery means. Denies, outcomes and the log's own records are not
//! refused but kept (each holds its slot, so they are bounded) and written after recovery.

mod illness;

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Health,
    calls::{Calls, Undo},
    core::{Core, Message, lock},
    entry::Entry,
    frame,
    record::Change,
    store::{Batch, Store},
};
use illness::Illness;

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
