//! The proof that an admin operation was admitted, and its open audit record.
//!
//! Made only by spending a permit. Store functions that change what the server does ask for it, so
//! an operation that forgot to ask policy does not compile.

use std::time::Instant;

use policy::{AdminCall, Open, Permit};

/// An admitted admin operation whose record is still open.
#[must_use = "an authority that is dropped closes its record as abandoned"]
pub struct Authority {
    open: Open,
    since: Instant,
}

impl Authority {
    /// Spends the permit: what was judged comes back with the proof that it was.
    pub fn spend<T>(permit: Permit<AdminCall<T>>) -> (AdminCall<T>, Authority) {
        let (call, open) = permit.spend();
        (call, Authority { open, since: Instant::now() })
    }

    /// The decision's record id.
    pub fn id(&self) -> &audit::RecordId {
        self.open.id()
    }

    /// Closes the record as done.
    pub fn done(self) {
        self.close(audit::Status::Success, None);
    }

    /// Closes the record as failed; `class` is a word, never a message.
    pub fn failed(self, class: &str) {
        self.close(audit::Status::Failure, Some(class.to_owned()));
    }

    /// Closes the record as `result` says.
    pub fn close_with<T, E>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.done(),
            Err(_) => self.failed("admin"),
        }
    }

    fn close(self, status: audit::Status, error_class: Option<String>) {
        let dur_us = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.open.close(audit::Outcome { status, code: None, error_class, dur_us, bytes: 0, peer: None, body_sha256: None });
    }
}
