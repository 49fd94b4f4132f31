//! A record on its way to the disk, and who waits for it.

use std::sync::Arc;

use tokio::sync::SetOnce;

use crate::{
    Blob, Unwritable,
    lanes::Slot,
    record::{Change, Record},
};

/// What became of a record: its position, or why it was not written.
pub(crate) type Fate = SetOnce<Result<u64, Unwritable>>;

/// One record in the queue.
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) change: Change,
    pub(crate) blobs: Vec<Arc<Blob>>,
    pub(crate) role: Role,
}

/// Why a record is written, which decides what a failure means for it.
pub(crate) enum Role {
    /// Somebody acts on it: refused when it cannot be written.
    Awaited(Promise, Slot),
    /// A deny: nobody waits, nothing was permitted; written as soon as the disk takes it.
    Deny(Slot),
    /// The end of a call: written as soon as the disk takes it, unless its decision was refused.
    Outcome(Arc<Fate>, Slot),
    /// The log about itself.
    Own,
}

/// Settles a fate exactly once, even when it is forgotten.
pub(crate) struct Promise(Arc<Fate>);

impl Promise {
    pub(crate) fn new() -> (Self, Arc<Fate>) {
        let fate = Arc::new(Fate::new());
        (Self(fate.clone()), fate)
    }

    pub(crate) fn settle(&self, outcome: Result<u64, Unwritable>) {
        // Set before only if it was settled before; the first answer stands.
        let _ = self.0.set(outcome);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.settle(Err(Unwritable::Closed));
    }
}

impl Entry {
    /// A record of the log about itself.
    pub(crate) fn own(record: Record, change: Change) -> Self {
        Self {
            record,
            change,
            blobs: Vec::new(),
            role: Role::Own,
        }
    }

    /// Whether it is the outcome of a decision that was never written.
    pub(crate) fn is_void(&self) -> bool {
        match &self.role {
            Role::Outcome(fate, _) => matches!(fate.get(), Some(Err(_))),
            Role::Awaited(..) | Role::Deny(_) | Role::Own => false,
        }
    }

    /// Answers whoever waits and gives the room back.
    pub(crate) fn settle(self, outcome: Result<u64, Unwritable>) {
        match self.role {
            Role::Awaited(promise, slot) => {
                promise.settle(outcome);
                drop(slot);
            }
            Role::Deny(slot) | Role::Outcome(_, slot) => drop(slot),
            Role::Own => {}
        }
    }

    /// Refuses it, or gives it back when it must be written later.
    pub(crate) fn refuse(self, why: &Unwritable) -> Option<Self> {
        match &self.role {
            Role::Awaited(..) => {
                self.settle(Err(why.clone()));
                None
            }
            Role::Deny(_) | Role::Outcome(..) | Role::Own => (!self.is_void()).then_some(self),
        }
    }
}
