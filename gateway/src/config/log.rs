//! `[log]`: the server's own messages on stderr. The audit log is elsewhere and cannot be turned down.

use serde::{Deserialize, Serialize};

use super::reference::{Field, field};

/// `[log]`: the server's own messages.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Least important level that is printed.
    pub level: LogLevel,
    /// How a message is written.
    pub format: LogFormat,
}

/// Levels, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only failures.
    Error,
    /// Failures and oddities.
    Warn,
    /// What a quiet day looks like.
    Info,
    /// For finding mistakes.
    Debug,
}

impl LogLevel {
    /// The level's name.
    pub fn name(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

/// Forms of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line.
    Text,
    /// One JSON object per line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Log {
            level: LogLevel::Info,
            format: LogFormat::Text,
        }
    }
}

pub(super) const LOG: &[Field] = &[
    field(
        "level",
        "\"info\"",
        "Least important level printed: `error`, `warn`, `info` or `debug`.",
    ),
    field(
        "format",
        "\"text\"",
        "`text` (one readable line) or `json` (one object per line).",
    ),
];
