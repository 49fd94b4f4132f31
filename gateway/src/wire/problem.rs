//! How an admin operation fails: RFC 9457 problem details with a class that is also an exit code.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failed operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Problem {
    /// What kind of failure.
    pub class: Class,
    /// HTTP status.
    pub status: u16,
    /// What went wrong and what to do, for operators.
    pub detail: String,
    /// The audit record of the refusal, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

/// Kinds of failure; each has one HTTP status and one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The request is not understood.
    Invalid,
    /// Policy says no.
    Denied,
    /// There is no such thing.
    NotFound,
    /// It exists already, or stands in the way.
    Conflict,
    /// The app's source is not good.
    App,
    /// It was tried and did not work.
    Failed,
    /// Not now: the log cannot be written, or the server stops.
    Unavailable,
}

impl Class {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Class::Invalid => 400,
            Class::Denied => 403,
            Class::NotFound => 404,
            Class::Conflict => 409,
            Class::App => 422,
            Class::Failed => 500,
            Class::Unavailable => 503,
        }
    }

    /// The word, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Class::Invalid => "invalid",
            Class::Denied => "denied",
            Class::NotFound => "not-found",
            Class::Conflict => "conflict",
            Class::App => "app",
            Class::Failed => "failed",
            Class::Unavailable => "unavailable",
        }
    }
}

impl Problem {
    /// A problem of a class.
    pub fn new(class: Class, detail: impl Into<String>) -> Problem {
        Problem {
            class,
            status: class.status(),
            detail: detail.into(),
            record: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}
