//! The handle of a log: takes room, makes the record, hands it to the writer.
//!
//! Records are made here, in the threads of the callers, so that the writer only writes.

mod open;

use std::{
    fmt,
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use tokio::sync::watch;

use crate::{
    Blob, Checkpoint, Decision, Effect, Event, Health, Query, Receipt, RecordId, Unwritable,
    Verdict,
    core::{Message, Shared, lock},
    entry::{Entry, Promise, Role},
    flood::Heard,
    lanes::{Lane, Slot},
    record::{Change, Intent, OpenCall},
};

/// The share of what belongs to no app.
const GATEWAY: &str = "gateway";

/// The handle of an open log; clones share it.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
    query: Query,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Log {
    /// Enqueues a decision whose answer is held until it is durable.
    ///
    /// Refuses at once when there is no room.
    pub fn submit(&self, decision: Decision) -> Result<Receipt, Unwritable> {
        let core = &self.shared.core;
        core.check_writable()?;
        let share = share(&decision);
        let open = core.lanes.take(Lane::Open, &share)?;
        let slot = core.lanes.take(lane(&decision), &share)?;
        self.enqueue(decision, open, slot)
    }

    /// Writes a decision; returns once it is durable.
    ///
    /// Waits a moment for room. A caller that stops waiting leaves a call that is recorded as
    /// abandoned.
    pub async fn append(&self, decision: Decision) -> Result<Receipt, Unwritable> {
        let core = &self.shared.core;
        core.check_writable()?;
        let share = share(&decision);
        let open = core.lanes.take(Lane::Open, &share)?;
        let slot = core.lanes.wait(lane(&decision), &share).await?;
        let mut receipt = self.enqueue(decision, open, slot)?;
        receipt.durable().await?;
        Ok(receipt)
    }

    /// Records a deny without waiting for it.
    ///
    /// More than fifty a second of one principal, reason and action become one record with their
    /// count; the id is then that of this record.
    pub fn refuse(&self, decision: Decision) -> Result<RecordId, Unwritable> {
        let core = &self.shared.core;
        match decision.verdict {
            Verdict::Deny => core.check_writable()?,
            Verdict::Allow => return Err(Unwritable::Invalid("a permit must be awaited".into())),
        }
        let slot = match core.lanes.take(Lane::Deny, &share(&decision)) {
            Ok(slot) => Some(slot),
            Err(Unwritable::Full | Unwritable::Share(_)) => None,
            Err(error) => return Err(error),
        };
        let heard = core
            .flood
            .hear(decision, core.origin.now(), slot.is_some())?;
        let (decision, slot) = match (heard, slot) {
            (Heard::Counted(id), _) => return Ok(id),
            (Heard::Write(_), None) => return Err(Unwritable::Full),
            (Heard::Write(decision), Some(slot)) => (decision, slot),
        };
        let id = RecordId::new(decision.time_ns)?;
        let record = core.origin.decision(&id, &decision)?;
        let role = Role::Deny(slot);
        let entry = Entry {
            record,
            change: Change::Nothing,
            blobs: decision.entities,
            role,
        };
        self.shared.send(entry)?;
        Ok(id)
    }

    /// Writes an event; answers its position once it is durable.
    pub async fn note(&self, event: Event) -> Result<u64, Unwritable> {
        let core = &self.shared.core;
        core.check_writable()?;
        let record = core.origin.event(&event, &core.key)?;
        let slot = core.lanes.wait(Lane::Reserved, &GATEWAY.into()).await?;
        let (promise, fate) = Promise::new();
        let role = Role::Awaited(promise, slot);
        self.shared.send(Entry {
            record,
            change: Change::Nothing,
            blobs: Vec::new(),
            role,
        })?;
        fate.wait().await.clone()
    }

    /// Keeps a text by its hash; it is durable before every record made after this call.
    pub fn keep(&self, blob: Arc<Blob>) {
        self.shared.core.keep(blob);
    }

    /// Keyed hash of a value that must be comparable but not readable.
    pub fn hmac(&self, value: &str) -> String {
        self.shared.core.key.hash(value)
    }

    /// Whether records are being taken.
    pub fn health(&self) -> Health {
        self.shared.core.health()
    }

    /// Durable records.
    pub fn size(&self) -> u64 {
        *self.shared.core.size.borrow()
    }

    /// The end of the log as it is now. Kept elsewhere, it lets [`crate::verify_against`] tell
    /// that nothing before it was changed, cut off or rolled back.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(*lock(&self.shared.core.tip))
    }

    /// The read side.
    pub fn query(&self) -> Query {
        self.query.clone()
    }

    /// Changes whenever more records are durable.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.core.size.subscribe()
    }

    /// Writes everything that is queued and stops the writer; blocks.
    pub fn shutdown(&self) {
        // A writer that has stopped already does not listen any more.
        let _ = self.shared.sender.send(Message::Stop);
        for thread in std::mem::take(&mut *lock(&self.threads)) {
            if thread.join().is_err() {
                tracing::error!("a thread of the audit log panicked");
            }
        }
    }

    fn enqueue(&self, decision: Decision, open: Slot, slot: Slot) -> Result<Receipt, Unwritable> {
        let core = &self.shared.core;
        let id = RecordId::new(decision.time_ns)?;
        let record = core.origin.decision(&id, &decision)?;
        let intent = Intent {
            id,
            outcome: RecordId::new(decision.time_ns)?,
            trace: decision.trace,
            action: decision.action,
        };
        let change = match decision.verdict {
            Verdict::Allow => Change::Opens(OpenCall::of(&intent)),
            Verdict::Deny => Change::Nothing,
        };
        let (promise, fate) = Promise::new();
        let role = Role::Awaited(promise, slot);
        self.shared.send(Entry {
            record,
            change,
            blobs: decision.entities,
            role,
        })?;
        Ok(Receipt::new(
            self.shared.clone(),
            intent,
            fate,
            (decision.verdict, open),
        ))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Log")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

/// Admin actions have the reserve, so that an operator gets in when apps fill the queue.
fn lane(decision: &Decision) -> Lane {
    match decision.effect {
        Effect::Admin => Lane::Reserved,
        Effect::Read | Effect::Write | Effect::System | Effect::Access => Lane::Decision,
    }
}

fn share(decision: &Decision) -> Arc<str> {
    decision
        .app
        .as_ref()
        .map_or(GATEWAY, |app| &app.instance)
        .into()
}

#[cfg(test)]
pub(crate) mod tests;
