//! `[secrets]`: the providers an app's secret references are looked up in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::reference::{Field, field};

/// `[secrets]`: where secrets come from.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// Provider of references that name none.
    pub default: Provider,
    /// Directory of the `file` provider; relative to the home directory.
    pub dir: PathBuf,
    /// The `env` provider reads only variables whose names begin with this.
    pub env_prefix: String,
}

/// The built-in providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Environment variables of the server.
    Env,
    /// Files of mode 0600 in one directory.
    File,
}

impl Provider {
    /// The name used in references.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Env => "env",
            Provider::File => "file",
        }
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Secrets {
            default: Provider::Env,
            dir: PathBuf::from("secrets"),
            env_prefix: String::new(),
        }
    }
}

pub(super) const SECRETS: &[Field] = &[
    field(
        "default",
        "\"env\"",
        "Provider of references that name none: `env` or `file`.",
    ),
    field(
        "dir",
        "\"secrets\"",
        "Directory of the `file` provider, one file of mode 0600 per secret; relative to the home directory.",
    ),
    field(
        "env_prefix",
        "\"\"",
        "The `env` provider reads only variables whose names begin with this, for example `SALLYPORT_SECRET_`. Empty: any variable; policy still decides which app may use which.",
    ),
];
