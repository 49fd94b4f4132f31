//! Why the store cannot do what is asked, in words for the author of an app. Nothing here names a
//! host, a path or a user of the database; those stand in the log of the operator.

/// Why a call on the store fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The arguments make no sense.
    #[error("{0}")]
    Invalid(String),
    /// No such entry, or not any more as it was read.
    #[error("{0}")]
    Missing(String),
    /// A unique index is violated.
    #[error("{0}")]
    Taken(String),
    /// Someone else changed the same at the same time.
    #[error(
        "the database could not do this beside another transaction, which was undone; try the request again"
    )]
    Conflict,
    /// The transaction ended before the app ended it.
    #[error("the transaction was undone: {0}; end it with rollback() and begin again")]
    Undone(String),
    /// The pool has no connection to spare.
    #[error(
        "all connections to the database are in use; try again, and keep cursors and transactions short"
    )]
    Busy,
    /// A statement took too long.
    #[error(
        "the database took longer than {0} seconds; narrow the filter or add an index to schema.star"
    )]
    Late(u64),
    /// More than the bounds allow.
    #[error("{0}")]
    TooLong(String),
    /// The database does not answer.
    #[error("the database of the store cannot be reached; an operator finds the reason in the log")]
    Unreachable,
    /// The database refuses for a reason of its own.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl Problem {
    /// A short name for records.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::Invalid(_) => "store.invalid",
            Problem::Missing(_) => "store.missing",
            Problem::Taken(_) => "store.taken",
            Problem::Conflict => "store.conflict",
            Problem::Undone(_) => "store.undone",
            Problem::Busy => "store.busy",
            Problem::Late(_) => "store.late",
            Problem::TooLong(_) => "store.too_long",
            Problem::Unreachable => "store.unreachable",
            Problem::Refused(_) => "store.refused",
        }
    }
}
