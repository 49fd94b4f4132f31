//! Documents of apps: tables, filters and transactions on SQLite and PostgreSQL.
//!
//! This crate knows databases and nothing of Starlark, of the gate or of HTTP. What an app may do is
//! decided before it is called.

mod bounds;
mod connection;
mod database;
mod document;
mod filter;
mod layout;
mod pool;
mod postgres;
mod problem;
mod schema;
mod session;
mod sql;
mod sqlite;

pub use bounds::Bounds;
pub use database::{By, Database, Fields, Store, check as check_address};
pub use document::Document;
pub use layout::check as check_table;
pub use problem::Problem;
pub use schema::{Field, Index, IndexField, Kind, Schema, Type, etag};
pub use session::{Batch, Cursor, Query, Session};
