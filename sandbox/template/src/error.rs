//! What can go wrong with a template. The words are Go's, so that what people find about them on the web helps here.

use thiserror::Error;

/// Why a template cannot be parsed, escaped or executed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The text is no template.
    #[error("{0}")]
    Parse(String),
    /// The template cannot be escaped safely.
    #[error("{message}")]
    Escape {
        /// Go's name of the reason, like `ErrBranchEnd`.
        class: &'static str,
        /// Where and why: `html/template:NAME:LINE:COLUMN: ...`.
        message: String,
    },
    /// The execution failed.
    #[error("{0}")]
    Execute(String),
}
