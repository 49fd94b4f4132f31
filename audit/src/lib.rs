//! The record of everything the gateway decides, written before it happens.

mod blob;
mod calls;
mod canonical;
mod cas;
mod core;
mod decision;
mod detail;
mod entry;
mod error;
mod event;
mod flood;
mod folder;
mod frame;
mod hex;
mod id;
mod index;
mod keys;
mod lanes;
mod lines;
mod log;
mod medium;
mod options;
mod outcome;
mod prepare;
mod query;
mod receipt;
mod record;
#[cfg(test)]
mod sample;
mod scan;
mod segment;
mod store;
mod verify;
mod writer;

pub use blob::Blob;
pub use decision::{
    AppFacts, AuthFacts, Decision, Durability, Effect, EntityRef, HttpFacts, NetFacts, PolicyFacts, Verdict,
};
pub use error::{Health, OpenError, QueryError, Unwritable, VerifyError};
pub use event::Event;
pub use id::RecordId;
pub use log::Log;
pub use options::{BootFacts, Options};
pub use outcome::{Outcome, Status};
pub use query::{Detail, Filter, Query, Row, Shown};
pub use receipt::Receipt;
pub use verify::{Checkpoint, Finding, OpenRecord, Report, verify, verify_against};
