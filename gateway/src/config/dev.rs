//! `[dev]`: what the server does for apps in development; see `app create --dev`.

use serde::{Deserialize, Serialize};

use super::{
    reference::{Field, field},
    value::Count,
};

/// `[dev]`: apps in development.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dev {
    /// Milliseconds without another change after which an app is reloaded.
    pub debounce_ms: Count<10, 60_000>,
    /// Names of files and folders whose changes do not count.
    pub ignore: Vec<String>,
    /// Command line of the Tailwind CSS compiler.
    pub tailwindcss_command: String,
    /// Major version of Tailwind CSS.
    pub tailwind_version: Count<3, 4>,
    /// Command line of the bundler.
    pub esbuild_command: String,
    /// Folders with npm packages.
    pub node_path: String,
    /// Whether libraries and styles may be downloaded.
    pub download: bool,
    /// Hosts they may come from.
    pub download_hosts: Vec<String>,
    /// Bytes of one download.
    pub download_bytes: Count<1024, 104_857_600>,
}

impl Default for Dev {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Dev {
            debounce_ms: Count::new(300),
            ignore: texts(&[
                "*~",
                "*.swp",
                "*.swx",
                "*.tmp",
                "*.bak",
                "#*#",
                "4913",
                "node_modules",
                "__pycache__",
                "target",
            ]),
            tailwindcss_command: "tailwindcss".to_owned(),
            tailwind_version: Count::new(4),
            esbuild_command: "esbuild".to_owned(),
            node_path: String::new(),
            download: false,
            download_hosts: texts(&["unpkg.com", "cdn.jsdelivr.net", "cdnjs.cloudflare.com"]),
            download_bytes: Count::new(8 << 20),
        }
    }
}

pub(super) const DEV: &[Field] = &[
    field(
        "debounce_ms",
        "300",
        "Milliseconds without another change after which an app is reloaded.",
    ),
    field(
        "ignore",
        "[\"*~\", \"*.swp\", \"*.swx\", \"*.tmp\", \"*.bak\", \"#*#\", \"4913\", \"node_modules\", \"__pycache__\", \"target\"]",
        "Names of files and folders whose changes do not reload an app; `*` stands for any text. Names that begin with a dot never do.",
    ),
    field(
        "tailwindcss_command",
        "\"tailwindcss\"",
        "The Tailwind CSS compiler, with arguments, split at spaces. A name is looked for where the system keeps programs. Empty: styles are not compiled.",
    ),
    field(
        "tailwind_version",
        "4",
        "Major version of Tailwind CSS: 3 or 4.",
    ),
    field(
        "esbuild_command",
        "\"esbuild\"",
        "The bundler for `ace.library`, with arguments, split at spaces. Empty: libraries are not bundled.",
    ),
    field(
        "node_path",
        "\"\"",
        "Folders with npm packages, separated by `:`. `disable` switches bundling off.",
    ),
    field(
        "download",
        "false",
        "Whether libraries and styles that apps name by URL are downloaded. HTMX 2.0.3, 1.9.12 and 1.9.2 need no download.",
    ),
    field(
        "download_hosts",
        "[\"unpkg.com\", \"cdn.jsdelivr.net\", \"cdnjs.cloudflare.com\"]",
        "Hosts they may come from; `*` for any. Policy decides on each download as well (`dev.fetch`).",
    ),
    field("download_bytes", "8388608", "Bytes of one download."),
];
