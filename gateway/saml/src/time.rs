//! Times in messages: always UTC, compared with a minute of patience for clocks that differ.

use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::message::malformed;

/// How far two clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// A time as SAML writes it.
pub(crate) fn read(text: &str) -> Result<Timestamp, Error> {
    let shaped = text.len() <= 40 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    shaped
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| malformed("a time in it is not written in UTC"))
}

/// A time as SAML writes it, to the second.
pub(crate) fn write(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

/// `start` has come.
pub(crate) fn begun(start: Timestamp, now: Timestamp, what: &'static str) -> Result<(), Error> {
    (start <= later(now, SKEW))
        .then_some(())
        .ok_or(Error::Early(what))
}

/// `end` has not come.
pub(crate) fn lasts(end: Timestamp, now: Timestamp, what: &'static str) -> Result<(), Error> {
    (now < later(end, SKEW))
        .then_some(())
        .ok_or(Error::Expired(what))
}

/// `time` is at most `age` old, and not in the future.
pub(crate) fn fresh(time: Timestamp, age: SignedDuration, now: Timestamp) -> Result<(), Error> {
    begun(time, now, "when it was issued")?;
    lasts(later(time, age), now, "when it was issued")
}

/// When nobody accepts a message any more that lasts until `end`.
pub(crate) fn over(end: Timestamp) -> Timestamp {
    later(end, SKEW)
}

/// Time does not run over its edges.
pub(crate) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(time)
}
