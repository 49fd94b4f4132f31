//! `[apps.limits."/path"]`: limits of one app, set by operators only; what is left out stands in `[apps]`.

use std::{fmt, time::Duration};

use sandbox::Limits;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{apps::Apps, value::Count};
use crate::catalog::Address;

/// The app a table is about: `/path` or `host:/path`, as `sallyport app list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(Address);

impl std::borrow::Borrow<Address> for At {
    fn borrow(&self) -> &Address {
        &self.0
    }
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Key;
        impl de::Visitor<'_> for Key {
            type Value = At;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the path of an app, such as \"/notes\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<At, E> {
                text.parse().map(At).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Key)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Limits of one app; each in place of the one of the same name in `[apps]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Bytes of a request body.
    pub request_body: Option<Count<0, 1_073_741_824>>,
    /// Bytes of a response body.
    pub response_body: Option<Count<1024, 1_073_741_824>>,
    /// Milliseconds a handler may run.
    pub handler_ms: Option<Count<10, 3_600_000>>,
    /// MiB of address space of a worker.
    pub memory_mb: Option<Count<64, 65_536>>,
    /// MiB of Starlark heap.
    pub heap_mb: Option<Count<1, 65_536>>,
    /// Calls and loop rounds.
    pub ticks: Option<Count<1000, 1_000_000_000_000>>,
    /// Requests at the same time.
    pub concurrent: Option<Count<1, 1024>>,
    /// Plugin calls in one request.
    pub plugin_calls: Option<Count<0, 100_000>>,
    /// Milliseconds of one plugin call.
    pub plugin_call_ms: Option<Count<10, 3_600_000>>,
    /// Milliseconds of all plugin calls of a request.
    pub plugin_ms: Option<Count<10, 3_600_000>>,
    /// Open streams.
    pub streams: Option<Count<0, 4096>>,
    /// Seconds of one stream.
    pub stream_s: Option<Count<1, 604_800>>,
    /// Seconds without an item.
    pub stream_idle_s: Option<Count<1, 86_400>>,
    /// Seconds without a request.
    pub idle_s: Option<Count<1, 86_400>>,
}

impl Bounds {
    /// The walls around an app that has these bounds.
    pub(super) fn limits(&self, apps: &Apps) -> Limits {
        macro_rules! number {
            ($name:ident) => {
                self.$name.unwrap_or(apps.$name).value()
            };
        }
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Limits {
            ticks: number!(ticks),
            handler: Duration::from_millis(number!(handler_ms)),
            heap_bytes: number!(heap_mb) << 20,
            memory_bytes: number!(memory_mb) << 20,
            request_body: size(number!(request_body)),
            response_body: size(number!(response_body)),
            plugin_calls: u32::try_from(number!(plugin_calls)).unwrap_or(u32::MAX),
            plugin_time: Duration::from_millis(number!(plugin_ms)),
            plugin_call: Duration::from_millis(number!(plugin_call_ms)),
            streams: size(number!(streams)),
            stream_time: Duration::from_secs(number!(stream_s)),
            stream_idle: Duration::from_secs(number!(stream_idle_s)),
            concurrent: size(number!(concurrent)),
            idle: Duration::from_secs(number!(idle_s)),
            ..Limits::default()
        }
    }
}

pub(super) const TEXT: &str = "Limits of one app, by the path `sallyport app list` shows, in place of those of the same name in `[apps]`: \
`request_body`, `response_body`, `handler_ms`, `memory_mb`, `heap_mb`, `ticks`, `concurrent`, `plugin_calls`, `plugin_call_ms`, \
`plugin_ms`, `streams`, `stream_s`, `stream_idle_s`, `idle_s`.";
