//! `[http]` and `[https]`: addresses and certificate of the public listeners.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::reference::{Field, field};

/// `[http]`: the plain listener.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Whether to listen at all.
    pub enabled: bool,
    /// Address to listen on.
    pub host: String,
    /// Port; 0 takes any free one.
    pub port: u16,
}

impl Default for Http {
    fn default() -> Self {
        Http {
            enabled: true,
            host: "127.0.0.1".to_owned(),
            port: 25_222,
        }
    }
}

/// `[https]`: the TLS listener.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, try_from = "RawHttps", into = "RawHttps")]
pub struct Https {
    /// Whether to listen at all.
    pub enabled: bool,
    /// Address to listen on.
    pub host: String,
    /// Port; 0 takes any free one.
    pub port: u16,
    /// Certificate chain and private key (PEM files); without them a self-signed certificate is made in `certs/`.
    pub files: Option<CertFiles>,
}

/// A certificate and its key, always given together.
#[derive(Debug, Clone)]
pub struct CertFiles {
    /// PEM file with the certificate chain.
    pub cert: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

impl Default for Https {
    fn default() -> Self {
        Https {
            enabled: true,
            host: "127.0.0.1".to_owned(),
            port: 25_223,
            files: None,
        }
    }
}

/// `[https]` as written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct RawHttps {
    enabled: bool,
    host: String,
    port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
}

impl Default for RawHttps {
    fn default() -> Self {
        Https::default().into()
    }
}

impl From<Https> for RawHttps {
    fn from(https: Https) -> Self {
        let (cert, key) = https.files.map(|files| (files.cert, files.key)).unzip();
        RawHttps {
            enabled: https.enabled,
            host: https.host,
            port: https.port,
            cert,
            key,
        }
    }
}

impl TryFrom<RawHttps> for Https {
    type Error = &'static str;

    fn try_from(raw: RawHttps) -> Result<Self, Self::Error> {
        let files = match (raw.cert, raw.key) {
            (Some(cert), Some(key)) => Some(CertFiles { cert, key }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err("`cert` and `key` belong together; give both or neither");
            }
        };
        Ok(Https {
            enabled: raw.enabled,
            host: raw.host,
            port: raw.port,
            files,
        })
    }
}

pub(super) const HTTP: &[Field] = &[
    field("enabled", "true", "Whether plain HTTP is served."),
    field("host", "\"127.0.0.1\"", "Address to listen on."),
    field("port", "25222", "Port; 0 takes any free one and prints it."),
];

pub(super) const HTTPS: &[Field] = &[
    field("enabled", "true", "Whether HTTPS is served."),
    field("host", "\"127.0.0.1\"", "Address to listen on."),
    field("port", "25223", "Port; 0 takes any free one and prints it."),
    field(
        "cert",
        "",
        "PEM file with the certificate chain; needs `key`. Without both, a self-signed certificate for `localhost` is made in `certs/`.",
    ),
    field("key", "", "PEM file with the private key; needs `cert`."),
];
