//! What PostgreSQL's errors mean to an app.

use std::error::Error as _;
use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::problem::Problem;

/// The problem behind an error of a statement that had `limit` to run.
pub fn problem(error: &Error, limit: Duration) -> Problem {
    let Some(refusal) = error.as_db_error() else {
        tracing::warn!("the store fails: {}", spelt(error));
        return Problem::Unreachable;
    };
    let state = refusal.code();
    if *state == SqlState::UNIQUE_VIOLATION {
        return Problem::Taken(refusal.constraint().unwrap_or_default().to_owned());
    }
    match state.code() {
        "40001" | "40P01" => Problem::Conflict,
        "57014" => Problem::Late(limit.as_secs()),
        "55P03" | "53300" => Problem::Busy,
        code if code.starts_with("54") => {
            Problem::TooLong("a text in an indexed field is too long for its index".to_owned())
        }
        code if ["08", "28", "3D", "57", "58", "XX"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            tracing::warn!("the store fails: {}", spelt(error));
            Problem::Unreachable
        }
        _ => Problem::Refused(refusal.message().to_owned()),
    }
}

/// An answer that is not what was asked for.
pub fn unread(error: &Error) -> Problem {
    Problem::Refused(format!("an answer cannot be read: {}", spelt(error)))
}

/// The error with what led to it, for the operator.
pub fn spelt(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text = format!("{text}: {next}");
        source = next.source();
    }
    text
}
