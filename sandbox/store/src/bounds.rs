//! What one database and one request may use of it.

use std::time::Duration;

/// The bounds of a database.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Most connections at a time.
    pub connections: usize,
    /// Most of them that one app may use at a time.
    pub share: usize,
    /// Longest wait for one of them.
    pub wait: Duration,
    /// Longest wait for a new connection to be made.
    pub connect: Duration,
    /// Longest time of one statement.
    pub statement: Duration,
    /// Longest document as JSON, in bytes.
    pub document: usize,
    /// Most bytes of a batch of a cursor; one document is always passed on.
    pub batch_bytes: usize,
    /// Most documents of a batch.
    pub batch_rows: usize,
    /// Most cursors that a request has open.
    pub cursors: usize,
    /// Most bytes that the results of open cursors take on the disk of an SQLite database.
    pub spill: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 10,
            share: 6,
            wait: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            statement: Duration::from_secs(30),
            document: 4 << 20,
            batch_bytes: 1 << 20,
            batch_rows: 500,
            cursors: 16,
            spill: 1 << 30,
        }
    }
}
