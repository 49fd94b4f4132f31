//! The record of everything the gateway decides, written before it happens.

mod blob;
mod decision;
mod error;
mod event;
mod hex;
mod id;
mod log;
mod options;
mod outcome;
mod query;
mod receipt;
mod verify;

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
pub use verify::{Finding, Report, verify};
