//! The proof that a decision is in the log, and the duty to say how the call ended.
//!
//! A receipt cannot be made, copied or forgotten: the log makes it, and dropping it records the
//! call as abandoned. Room for its outcome was taken before the decision was written, so closing
//! cannot fail for want of room.

use std::{fmt, sync::Arc};

use crate::{
    Outcome, RecordId, Status, Unwritable, Verdict,
    core::Shared,
    entry::{Entry, Fate, Role},
    lanes::Slot,
    record::{Change, Intent},
};

/// Proof that a decision is recorded; closes itself when dropped.
#[must_use = "a receipt that is dropped records its call as abandoned"]
pub struct Receipt {
    shared: Arc<Shared>,
    intent: Intent,
    fate: Arc<Fate>,
    /// Room for the outcome; none when there is nothing left to say.
    room: Option<Slot>,
}

impl Receipt {
    pub(crate) fn new(
        shared: Arc<Shared>,
        intent: Intent,
        fate: Arc<Fate>,
        (verdict, room): (Verdict, Slot),
    ) -> Self {
        let room = match verdict {
            Verdict::Allow => Some(room),
            Verdict::Deny => None,
        };
        Self {
            shared,
            intent,
            fate,
            room,
        }
    }

    /// The decision.
    pub fn id(&self) -> &RecordId {
        &self.intent.id
    }

    /// Waits until the decision is durable; answers its position in the log.
    pub async fn durable(&mut self) -> Result<u64, Unwritable> {
        self.fate.wait().await.clone()
    }

    /// Records how the call ended.
    pub fn close(mut self, outcome: Outcome) {
        self.end(&outcome);
    }

    fn end(&mut self, outcome: &Outcome) {
        let Some(room) = self.room.take() else { return };
        if matches!(self.fate.get(), Some(Err(_))) {
            return;
        }
        let sent = self
            .shared
            .core
            .origin
            .outcome(&self.intent, outcome)
            .and_then(|record| {
                let change = Change::Closes(self.intent.id.clone());
                let role = Role::Outcome(self.fate.clone(), room);
                self.shared.send(Entry {
                    record,
                    change,
                    blobs: Vec::new(),
                    role,
                })
            });
        if let Err(error) = sent {
            // The next open closes the call as unknown.
            tracing::warn!(%error, decision = %self.intent.id, "an outcome is not recorded");
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.end(&Outcome::new(Status::Abandoned));
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Receipt")
            .field(&self.intent.id)
            .finish()
    }
}
