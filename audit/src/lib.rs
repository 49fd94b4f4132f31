//! The record of everything the gateway decides, durable before it happens.
//!
//! # What the record promises
//!
//! **To whoever is asked afterwards: nothing happened that is not here.** A permitted call needs a
//! [`Receipt`], and only [`Log::append`] and [`Log::submit`] make one. `append` answers when the
//! decision is on the disk, so the act comes after the record. `submit` answers at once for reads
//! whose *answer* is held until [`Receipt::durable`]; no data leaves without a record. When the
//! log cannot be written there is no receipt, and the gateway says 503 and never yes. There is no
//! switch for that.
//!
//! **Every permit ends.** A receipt that is closed records an outcome; one that is dropped – an
//! error, a panic, a cancelled request – records `abandoned`; and what a killed process left open
//! is closed as `unknown` by the next [`Log::open`], before anybody is let in. Room for the outcome
//! is taken before the decision is written, so it cannot be lost for want of room. A deny is
//! complete by itself.
//!
//! **A refusal holds.** A record whose writer was told "no" does not turn up later as a permit:
//! recovery undoes its batch before it takes the next record, after a crash too (`store.rs` says
//! how, and names the one case in which a refused permit remains, closed as `unknown`).
//!
//! **Changes show.** Records are framed and summed, batches are sealed, and the seals form a chain
//! of hashes from the first record on. [`verify`] reads the segments alone and finds what was
//! flipped, dropped, swapped, repeated or forged into the middle. A tail that was cut off cleanly,
//! or a whole log that was replaced, is found only by someone who kept a [`Checkpoint`] elsewhere
//! ([`verify_against`]): no file can prove its own completeness. Signatures and witnesses are to
//! follow and will sign these same hashes.
//!
//! **One app cannot silence another.** Everything that waits is counted: each app instance has a
//! share of the queue and of the open calls, admin actions and events have a reserve, and a flood
//! of denies becomes one record with a count, never silence. Nothing waits without a bound.
//!
//! **What may be forgotten can be.** Records hold ids, hashes and the names of secrets. The full
//! context of a decision lies in `detail/` under a commitment with a key of its own and can be
//! erased without breaking the log. Details are written with their record but synced up to a
//! second later, because a request need not wait for them: after a power cut the last second of
//! details may read as erased, while the records and their commitments are there. Texts that
//! records cite (policy sets, entity slices) are durable before the record that cites them.
//!
//! # How it is built
//!
//! Callers build records in their own threads and hand them to one writer (`writer.rs`), which
//! writes what has gathered as one batch and syncs once. Segment files of 65 536 records are filled
//! with zeros ahead (`segment.rs`, `prepare.rs`), so that a sync never grows a file, and are
//! truncated and made read-only when full. `frame.rs` is the format, `scan.rs` tells a torn tail
//! from damage, `index.rs` derives a SQLite index for [`Query`] that can be deleted at any time.
//!
//! The crate knows no policy, no HTTP and no runtime: it uses `tokio::sync` and threads of its
//! own, and takes the wall clock as an argument.

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
    AppFacts, AuthFacts, Decision, Durability, Effect, EntityRef, HttpFacts, NetFacts, PolicyFacts,
    Verdict,
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
