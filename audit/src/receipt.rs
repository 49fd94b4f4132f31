//! Skeleton.
use crate::{Outcome, RecordId, Unwritable};

/// Proof that a decision is recorded; closes itself when dropped.
#[must_use = "a receipt that is dropped records its call as abandoned"]
#[derive(Debug)]
pub struct Receipt { id: RecordId }

impl Receipt {
    /// The decision.
    pub fn id(&self) -> &RecordId { &self.id }
    /// Waits until the decision is durable.
    pub async fn durable(&mut self) -> Result<u64, Unwritable> { Err(Unwritable::Closed) }
    /// Records how the call ended.
    pub fn close(self, _outcome: Outcome) {}
}
