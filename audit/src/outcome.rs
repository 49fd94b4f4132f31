//! What came of a permitted call. Written after the act and never instead of the decision.

use std::time::Duration;

/// The end of a permitted call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Status or exit code.
    pub code: Option<u16>,
    /// Class of error, never its text.
    pub error_class: Option<String>,
    /// Duration in microseconds.
    pub dur_us: u64,
    /// Bytes that left with the answer.
    pub bytes: u64,
    /// The peer that was reached in the end, such as a resolved address.
    pub peer: Option<String>,
    /// Hash of the body that was sent.
    pub body_sha256: Option<String>,
}

impl Outcome {
    /// An outcome that says only how it ended.
    pub fn new(status: Status) -> Self {
        Self {
            status,
            code: None,
            error_class: None,
            dur_us: 0,
            bytes: 0,
            peer: None,
            body_sha256: None,
        }
    }

    /// The outcome of an act that took this long and, with a class of error, failed.
    pub fn of(error_class: Option<&str>, took: Duration) -> Self {
        let status = if error_class.is_some() {
            Status::Failure
        } else {
            Status::Success
        };
        Self {
            error_class: error_class.map(str::to_owned),
            dur_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            ..Self::new(status)
        }
    }
}

/// How a permitted call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It was done.
    Success,
    /// It was tried and failed.
    Failure,
    /// The permit was dropped: an error, a panic or a cancelled request.
    Abandoned,
    /// The gateway stopped in the middle; nobody knows.
    Unknown,
}

impl Status {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Abandoned => "abandoned",
            Self::Unknown => "unknown",
        }
    }
}
