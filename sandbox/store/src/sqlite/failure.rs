//! What SQLite's errors mean to an app.

use std::time::Duration;

use rusqlite::{Error, ErrorCode, ffi};

use crate::problem::Problem;

/// Marks an error of the temporary tables.
const SPILT: &str = "the result is too large";

/// The problem behind an error of a statement that had `limit` to run.
pub fn problem(error: &Error, limit: Duration) -> Problem {
    let Error::SqliteFailure(failure, message) = error else {
        return Problem::Refused(error.to_string());
    };
    let message = message.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::ConstraintViolation
            if failure.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Problem::Taken(index(&message).to_owned())
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Problem::Busy,
        ErrorCode::OperationInterrupted => Problem::Late(limit.as_secs()),
        ErrorCode::DiskFull if message == SPILT => {
            Problem::TooLong(format!("{SPILT}; narrow the filter or the limit"))
        }
        ErrorCode::TooBig => Problem::TooLong("a value is too long for the database".to_owned()),
        ErrorCode::CannotOpen
        | ErrorCode::NotADatabase
        | ErrorCode::ReadOnly
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::SystemIoFailure => {
            tracing::warn!("the store fails: {message}");
            Problem::Unreachable
        }
        _ => Problem::Refused(message),
    }
}

/// The same error, when temporary space ran out, under a text of its own.
pub fn spilt(error: Error) -> Error {
    match error {
        Error::SqliteFailure(failure, _) if failure.code == ErrorCode::DiskFull => {
            Error::SqliteFailure(failure, Some(SPILT.to_owned()))
        }
        other => other,
    }
}

/// The index in `UNIQUE constraint failed: index 'name'`.
fn index(message: &str) -> &str {
    let mut parts = message.split('\'');
    parts.nth(1).unwrap_or_default()
}
