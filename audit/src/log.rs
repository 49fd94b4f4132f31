//! Skeleton.
use std::sync::Arc;

use tokio::sync::watch;

use crate::{Blob, Decision, Event, Health, OpenError, Options, Query, Receipt, RecordId, Unwritable};

/// The handle of an open log; clones share it.
#[derive(Clone, Debug)]
pub struct Log;

impl Log {
    /// Opens the log.
    pub fn open(_options: Options) -> Result<Self, OpenError> { Ok(Self) }
    /// Enqueues a decision whose answer is held until it is durable.
    pub fn submit(&self, _decision: Decision) -> Result<Receipt, Unwritable> { Err(Unwritable::Closed) }
    /// Writes a decision; returns once it is durable.
    pub async fn append(&self, _decision: Decision) -> Result<Receipt, Unwritable> { Err(Unwritable::Closed) }
    /// Records a deny without waiting for it.
    pub fn refuse(&self, _decision: Decision) -> Result<RecordId, Unwritable> { Err(Unwritable::Closed) }
    /// Writes an event; answers its position once it is durable.
    pub async fn note(&self, _event: Event) -> Result<u64, Unwritable> { Err(Unwritable::Closed) }
    /// Keeps a text by its hash.
    pub fn keep(&self, _blob: Arc<Blob>) {}
    /// Keyed hash of a value that must be comparable but not readable.
    pub fn hmac(&self, _value: &str) -> String { String::new() }
    /// Whether records are being taken.
    pub fn health(&self) -> Health { Health::Writable }
    /// Durable records.
    pub fn size(&self) -> u64 { 0 }
    /// The read side.
    pub fn query(&self) -> Query { Query }
    /// Changes whenever more records are durable.
    pub fn subscribe(&self) -> watch::Receiver<u64> { watch::channel(0).1 }
    /// Writes everything that is queued and stops the writer; blocks.
    pub fn shutdown(&self) {}
}
