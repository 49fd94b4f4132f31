//! The bounds of one app: soft ones kept inside the worker, hard ones kept by the host and kernel.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Most evaluation threads of one worker; further requests wait for one.
pub const MOST_THREADS: usize = 16;

/// How much an app may use. The defaults suit small apps on small machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Calls and loop rounds of one handler run.
    pub ticks: u64,
    /// Wall time of one handler run, without the time spent in plugins.
    pub handler: Duration,
    /// Starlark heap of one handler run.
    pub heap_bytes: u64,
    /// Address space of the whole worker process.
    pub memory_bytes: u64,
    /// Depth of nested Starlark calls.
    pub call_depth: usize,
    /// Largest request body.
    pub request_body: usize,
    /// Largest response body.
    pub response_body: usize,
    /// Plugin calls of one request.
    pub plugin_calls: u32,
    /// Wall time one request may spend in plugins altogether.
    pub plugin_time: Duration,
    /// Wall time of one plugin call, within that of its request.
    pub plugin_call: Duration,
    /// Streams of one app that are open at once.
    pub streams: usize,
    /// Wall time of one stream.
    pub stream_time: Duration,
    /// Time a stream may pass without an item, or with a client that takes none.
    pub stream_idle: Duration,
    /// Requests of one app running at once; the worker has as many threads, up to 16.
    pub concurrent: usize,
    /// A worker without requests for this long is stopped.
    pub idle: Duration,
}

impl Limits {
    /// Evaluation threads of a worker, and so the requests it works on at once.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.concurrent.clamp(1, MOST_THREADS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ticks: 20_000_000,
            handler: Duration::from_secs(10),
            heap_bytes: 128 << 20,
            memory_bytes: 1 << 30,
            call_depth: 200,
            request_body: 8 << 20,
            response_body: 16 << 20,
            plugin_calls: 200,
            plugin_time: Duration::from_secs(60),
            plugin_call: Duration::from_secs(60),
            streams: 16,
            stream_time: Duration::from_secs(3600),
            stream_idle: Duration::from_secs(300),
            concurrent: 4,
            idle: Duration::from_secs(300),
        }
    }
}
