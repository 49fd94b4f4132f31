//! The open record of an answer in pieces: what has left so far, and how it ended.

use std::time::Instant;

use audit::{Outcome, Status};
use policy::Open;

use super::Broken;

/// Keeps the record of an answer open while its body is sent; dropping it records the answer as abandoned.
#[must_use = "a ledger that is dropped records its answer as abandoned"]
pub struct Ledger {
    open: Option<Open>,
    since: Instant,
    code: u16,
    error_class: Option<&'static str>,
    bytes: u64,
    length: Option<u64>,
}

impl Ledger {
    /// The ledger of an answer with the status `code` that began at `since`; `length` is the size of its body, if
    /// that is known, and `error_class` says that it is a failure however it ends.
    pub fn new(
        open: Open,
        since: Instant,
        (code, error_class): (u16, Option<&'static str>),
        length: Option<u64>,
    ) -> Ledger {
        Ledger {
            open: Some(open),
            since,
            code,
            error_class,
            bytes: 0,
            length,
        }
    }

    /// Counts what has left.
    pub fn sent(&mut self, bytes: usize) {
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Everything has left.
    pub fn done(mut self) {
        self.close(self.error_class, None);
    }

    /// It broke off.
    pub fn broken(mut self, why: &Broken) {
        tracing::warn!(why = %why, class = why.class, "an answer broke off");
        self.close(Some(why.class), None);
    }

    fn close(&mut self, error_class: Option<&'static str>, status: Option<Status>) {
        let Some(open) = self.open.take() else { return };
        let outcome = Outcome::of(error_class, self.since.elapsed());
        open.close(Outcome {
            status: status.unwrap_or(outcome.status),
            code: Some(self.code),
            bytes: self.bytes,
            ..outcome
        });
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // A body of known size need not be asked for its end.
        if self.length == Some(self.bytes) {
            self.close(self.error_class, None);
        } else {
            self.close(None, Some(Status::Abandoned));
        }
    }
}
