//! What one plugin call may use. How many calls a request may make, and for how long, is bounded
//! by the worker's host.

use std::time::Duration;

use super::proxy::Pace;

/// The bounds of single plugin calls.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Longest body of an HTTP answer.
    pub body: usize,
    /// Longest answer of any kind on its way to the worker; below the longest frame.
    pub answer: usize,
    /// Longest time for an HTTP call with its redirects, whatever the app asks for.
    pub http: Duration,
    /// Longest wait for a name to be resolved.
    pub lookup: Duration,
    /// Longest wait for a connection.
    pub connect: Duration,
    /// How long a proxied request may do nothing.
    pub proxy: Pace,
    /// Most output kept of a program; the rest is discarded.
    pub output: usize,
    /// Longest output of a program in a temporary file.
    pub file: u64,
    /// Longest time a program may run, unless it streams.
    pub exec: Duration,
    /// Most directory entries one call looks at.
    pub entries: u64,
    /// Longest time one call may walk directories.
    pub walk: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body: 10 << 20,
            answer: 24 << 20,
            http: Duration::from_secs(300),
            lookup: Duration::from_secs(5),
            connect: Duration::from_secs(10),
            proxy: Pace {
                head: Duration::from_secs(300),
                body: Duration::from_secs(60),
                idle: Duration::from_secs(900),
            },
            output: 10 << 20,
            file: 1 << 30,
            exec: Duration::from_secs(300),
            entries: 1_000_000,
            walk: Duration::from_secs(30),
        }
    }
}
