//! What development mode could not do for an app.

use thiserror::Error;

/// A generated file, a tool or a download that failed.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct DevError(pub String);
