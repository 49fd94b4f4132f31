//! Documents of apps: tables, filters and transactions on SQLite and PostgreSQL.
//!
//! This crate knows databases and nothing of Starlark, of the gate or of HTTP. What an app may do is
//! decided before it is called.

mod schema;

pub use schema::{Field, Index, IndexField, Kind, Schema, Type, etag};
