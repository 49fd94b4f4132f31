//! The gate with a real log.
