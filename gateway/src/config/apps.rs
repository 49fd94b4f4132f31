//! `[apps]`: the walls around every app and how its answers leave. Only operators can give one app more.

use std::{collections::BTreeMap, path::PathBuf};

use sandbox::Limits;
use serde::{Deserialize, Serialize};

use super::{
    bounds::{At, Bounds},
    edge::OwnEdge,
    folder::Folder,
    reference::{Field, field},
    value::{Count, HeaderText},
};
use crate::catalog::Address;

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
    /// Milliseconds one plugin call may take.
    pub plugin_call_ms: Count<10, 3_600_000>,
    /// Milliseconds the plugin calls of one request may take together.
    pub plugin_ms: Count<10, 3_600_000>,
    /// Streams of an app that are open at the same time.
    pub streams: Count<0, 4096>,
    /// Seconds a stream may last.
    pub stream_s: Count<1, 604_800>,
    /// Seconds a stream may pass without an item, or with a client that takes none.
    pub stream_idle_s: Count<1, 86_400>,
    /// Seconds without a request after which a worker is stopped.
    pub idle_s: Count<1, 86_400>,
    /// Which security headers answers carry.
    pub headers_level: Count<0, 10>,
    /// Whether answers are compressed.
    pub compression: bool,
    /// How hard: 1 is fast, 9 is small.
    pub compression_level: Count<1, 9>,
    /// `Cache-Control` of the files in `static_root/`; empty for none.
    pub static_root_cache_control: HeaderText,
    /// Folders whose files apps may offer for download.
    pub file_access: Vec<Folder>,
    /// Limits of single apps.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<At, Bounds>,
    /// How the answers of single apps leave.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub edge: BTreeMap<At, OwnEdge>,
    /// Folders of the Starlark files of single apps.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub star_base: BTreeMap<At, String>,
}

impl Apps {
    /// The folders whose files apps may offer for download.
    pub fn file_access(&self) -> Vec<PathBuf> {
        self.file_access.iter().map(Folder::path).collect()
    }

    /// The walls around every app that has none of its own.
    pub fn limits(&self) -> Limits {
        Bounds::default().limits(self)
    }

    /// The walls around each app that has its own, by its path.
    pub fn own_limits(&self) -> BTreeMap<String, Limits> {
        let own = self.limits.iter();
        own.map(|(at, own)| (at.to_string(), own.limits(self)))
            .collect()
    }

    /// The folder of the Starlark files of each app that has one, by its path.
    pub fn star_bases(&self) -> BTreeMap<String, String> {
        let bases = self.star_base.iter();
        bases
            .map(|(at, base)| (at.to_string(), base.clone()))
            .collect()
    }

    /// Bytes a request to the app at `address` may have.
    pub fn request_body(&self, address: &Address) -> u64 {
        let own = self.limits.get(address);
        own.and_then(|own| own.request_body)
            .unwrap_or(self.request_body)
            .value()
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
            plugin_call_ms: Count::new(60_000),
            plugin_ms: Count::new(60_000),
            streams: Count::new(16),
            stream_s: Count::new(3600),
            stream_idle_s: Count::new(300),
            idle_s: Count::new(300),
            headers_level: Count::new(2),
            compression: true,
            compression_level: Count::new(5),
            static_root_cache_control: HeaderText::default(),
            file_access: Folder::temporary(),
            limits: BTreeMap::new(),
            edge: BTreeMap::new(),
            star_base: BTreeMap::new(),
        }
    }
}

pub(super) const STAR_BASE: &str = "The folder inside an app in which its `app.star`, `params.star`, `schema.star` and \
what they load are, by the path `sallyport app list` shows: `\"/notes\" = \"code\"`. Templates and static files stay \
where they are. Name the folder before `sallyport app create`.";

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
        "plugin_call_ms",
        "60000",
        "Milliseconds one plugin call may take.",
    ),
    field(
        "plugin_ms",
        "60000",
        "Milliseconds the plugin calls of one request may take together.",
    ),
    field(
        "streams",
        "16",
        "Streams of an app that are open at the same time.",
    ),
    field("stream_s", "3600", "Seconds a stream may last."),
    field(
        "stream_idle_s",
        "300",
        "Seconds a stream may pass without an item, or with a client that takes none.",
    ),
    field(
        "idle_s",
        "300",
        "Seconds without a request after which a worker is stopped.",
    ),
    field(
        "headers_level",
        "2",
        "Security headers of answers: 0 none, 2 what suits every app, 5 strict, 10 strictest; see `docs/apps.md`.",
    ),
    field(
        "compression",
        "true",
        "Whether answers are compressed with br or gzip. The gateway's own pages never are.",
    ),
    field(
        "compression_level",
        "5",
        "How hard answers are compressed: 1 is fast, 9 is small. Static files are compressed once, and harder.",
    ),
    field(
        "static_root_cache_control",
        "\"\"",
        "`Cache-Control` of the files in `static_root/`; empty for none.",
    ),
    field(
        "file_access",
        "[\"$TEMPDIR\", \"/tmp\"]",
        "Folders whose files apps may offer for download with `fs.serve_tmp_file`, if their permissions allow it.",
    ),
];
