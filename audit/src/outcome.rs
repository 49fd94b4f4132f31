//! What came of a permitted call. Written after the act and never instead of the decision.

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
