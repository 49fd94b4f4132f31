//! `[apps]`: the walls around every app; the same for all, so that no app can buy itself more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    reference::{Field, field},
    value::Count,
};

/// `[apps]`: limits every app runs under.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Apps {
    /// Bytes of a request body.
    pub request_body: Count<0, 1_073_741_824>,
    /// Bytes of a response body.
    pub response_body: Count<1024, 1_073_741_824>,
    /// Milliseconds a handler may run, not counting its plugin calls.
    pub handler_ms: Count<10, 3_600_000>,
    /// MiB of address space of a worker process.
    pub memory_mb: Count<64, 65_536>,
    /// MiB of Starlark heap in one handler call.
    pub heap_mb: Count<1, 65_536>,
    /// Calls and loop rounds in one handler call.
    pub ticks: Count<1000, 1_000_000_000_000>,
    /// Requests an app works on at the same time.
    pub concurrent: Count<1, 1024>,
    /// Plugin calls in one request.
    pub plugin_calls: Count<0, 100_000>,
    /// Milliseconds the plugin calls of one request may take together.
    pub plugin_ms: Count<10, 3_600_000>,
    /// Seconds without a request after which a worker is stopped.
    pub idle_s: Count<1, 86_400>,
}

impl Apps {
    /// The time a handler may run.
    pub fn handler(&self) -> Duration {
        Duration::from_millis(self.handler_ms.value())
    }
}

impl Default for Apps {
    fn default() -> Self {
        Apps {
            request_body: Count::new(8 << 20),
            response_body: Count::new(16 << 20),
            handler_ms: Count::new(10_000),
            memory_mb: Count::new(1024),
            heap_mb: Count::new(128),
            ticks: Count::new(20_000_000),
            concurrent: Count::new(4),
            plugin_calls: Count::new(200),
            plugin_ms: Count::new(60_000),
            idle_s: Count::new(300),
        }
    }
}

pub(super) const APPS: &[Field] = &[
    field("request_body", "8388608", "Bytes of a request body."),
    field("response_body", "16777216", "Bytes of a response body."),
    field(
        "handler_ms",
        "10000",
        "Milliseconds a handler may run, not counting its plugin calls.",
    ),
    field(
        "memory_mb",
        "1024",
        "MiB of address space of a worker process.",
    ),
    field(
        "heap_mb",
        "128",
        "MiB of Starlark heap in one handler call.",
    ),
    field(
        "ticks",
        "20000000",
        "Calls and loop rounds in one handler call.",
    ),
    field(
        "concurrent",
        "4",
        "Requests an app works on at the same time.",
    ),
    field("plugin_calls", "200", "Plugin calls in one request."),
    field(
        "plugin_ms",
        "60000",
        "Milliseconds the plugin calls of one request may take together.",
    ),
    field(
        "idle_s",
        "300",
        "Seconds without a request after which a worker is stopped.",
    ),
];
