//! The clock. Below the edges time is an argument; this is where it comes from.

use jiff::Timestamp;

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
