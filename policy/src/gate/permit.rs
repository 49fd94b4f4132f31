//! The witness that a call was decided and recorded. It owns the call: what was judged is what is done.

use audit::{Outcome, Receipt, RecordId, Unwritable};

/// Leave to do one call once. Only [`Gate::admit`](super::Gate::admit) makes one, from an audit receipt.
#[must_use = "a permit that is dropped records its call as abandoned"]
#[derive(Debug)]
pub struct Permit<C> {
    call: C,
    open: Open,
}

impl<C> Permit<C> {
    /// INVARIANT: the only constructor; a receipt exists only for a recorded decision.
    pub(super) fn new(call: C, receipt: Receipt) -> Self {
        Self {
            call,
            open: Open { receipt },
        }
    }

    /// The call that was judged.
    pub fn call(&self) -> &C {
        &self.call
    }

    /// The id of the decision's record; calls that follow from this one name it as their parent.
    pub fn id(&self) -> &RecordId {
        self.open.id()
    }

    /// Takes the call to do it, and the open record to close afterwards.
    pub fn spend(self) -> (C, Open) {
        (self.call, self.open)
    }
}

/// The open record of a permitted call.
#[must_use = "an open record that is dropped says `abandoned`"]
#[derive(Debug)]
pub struct Open {
    receipt: Receipt,
}

impl Open {
    /// The id of the decision's record.
    pub fn id(&self) -> &RecordId {
        self.receipt.id()
    }

    /// Waits until the decision is durable, and answers its sequence number.
    pub async fn durable(&mut self) -> Result<u64, Unwritable> {
        self.receipt.durable().await
    }

    /// Records what came of the call.
    pub fn close(self, outcome: Outcome) {
        self.receipt.close(outcome);
    }
}
