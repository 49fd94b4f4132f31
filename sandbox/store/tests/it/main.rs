//! One suite for both kinds of database: what holds for one must hold for the other.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and plays the outside world: processes, sockets and files"
)]

mod agreement;
mod bench;
mod crash;
mod cursors;
mod documents;
mod filters;
mod schemas;
mod server;
mod transactions;
mod trouble;
