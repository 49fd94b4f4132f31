//! Identifiers of records: UUIDv7, so they sort by time and cannot be guessed.
//!
//! The random part comes from the operating system for each id and the time part from the
//! caller's clock; nothing depends on the order of ids, a record's place is its sequence number.

use std::fmt;

use crate::Unwritable;

/// Identifier of one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(String);

impl RecordId {
    pub(crate) fn new(time_ns: i64) -> Result<Self, Unwritable> {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|error| Unwritable::random(&error))?;
        let millis = u64::try_from(time_ns / 1_000_000).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Ok(Self(uuid.hyphenated().to_string()))
    }

    /// Reads an identifier that was printed before.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = uuid::Uuid::try_parse(text).ok()?;
        (uuid.get_version_num() == 7).then(|| Self(uuid.hyphenated().to_string()))
    }

    /// The identifier as a number.
    pub(crate) fn number(&self) -> u128 {
        uuid::Uuid::try_parse(&self.0).map_or(0, |uuid| uuid.as_u128())
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
