//! Where an app is served: `[host:]/path`, canonical from the moment it is read.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A host (empty for the default one) and a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    path: String,
}

/// Why a text is not an address.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// No slash at the beginning.
    #[error("path `{0}` does not start with `/`; write `/name` or `host:/name`")]
    Start(String),
    /// Ends with a slash.
    #[error("path `{0}` ends with `/`; leave it out")]
    End(String),
    /// A segment that means something else to others.
    #[error("path `{0}` has an empty segment, `.` or `..`; use plain names")]
    Segment(String),
    /// Characters that would need escaping.
    #[error("path `{0}` has characters other than letters, digits and `-_.~`; use plain names")]
    Character(String),
    /// The gateway's own.
    #[error("path `{0}` belongs to the gateway; choose another one")]
    Reserved(String),
    /// Not a host name.
    #[error("host `{0}` is not a lower case host name without port")]
    Host(String),
}

/// Paths no app may have.
const RESERVED: &[&str] = &["_sallyport", "_openrun", "_openrun_webhook", "_openrun_app"];

impl Address {
    /// The host; empty for the default one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path: `/`, or segments without a slash at the end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The folder of apps it lies in: `/` or `/team`.
    pub fn space(&self) -> &str {
        match self.path.rsplit_once('/') {
            Some(("", _)) | None => "/",
            Some((parent, _)) => parent,
        }
    }

    /// Whether one of the two paths is a prefix of the other, and they are not equal.
    pub fn nests(&self, other: &Address) -> bool {
        self.host == other.host
            && (below(&self.path, &other.path) || below(&other.path, &self.path))
    }

    /// An address from stored parts.
    pub fn from_parts(host: &str, path: &str) -> Result<Address, AddressError> {
        Ok(Address {
            host: canonical_host(host)?,
            path: canonical_path(path)?,
        })
    }
}

/// Whether `path` lies strictly below `above`.
fn below(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above)
        .is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((host, path)) if !host.starts_with('/') && !host.is_empty() => {
                Address::from_parts(host, path)
            }
            Some(_) | None => Address::from_parts("", text),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.host.is_empty() {
            write!(f, "{}:", self.host)?;
        }
        f.write_str(&self.path)
    }
}

/// The bucket a request's host falls into: the machine's own names are the default host.
pub(super) fn bucket(host: &str) -> &str {
    match host {
        "localhost" | "127.0.0.1" | "::1" | "[::1]" => "",
        "" => "\0",
        other => other,
    }
}

fn canonical_host(host: &str) -> Result<String, AddressError> {
    let host = host.to_ascii_lowercase();
    if bucket(&host).is_empty() || host.is_empty() {
        return Ok(String::new());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.len() <= 253 && host.split('.').all(label) {
        Ok(host)
    } else {
        Err(AddressError::Host(host))
    }
}

fn canonical_path(path: &str) -> Result<String, AddressError> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(AddressError::Start(path.to_owned()));
    };
    if rest.is_empty() {
        return Ok(path.to_owned());
    }
    if path.ends_with('/') {
        return Err(AddressError::End(path.to_owned()));
    }
    if rest
        .split('/')
        .any(|segment| matches!(segment, "" | "." | ".."))
    {
        return Err(AddressError::Segment(path.to_owned()));
    }
    if path.len() > 256
        || !rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b))
    {
        return Err(AddressError::Character(path.to_owned()));
    }
    if rest.split('/').any(|segment| RESERVED.contains(&segment)) {
        return Err(AddressError::Reserved(path.to_owned()));
    }
    Ok(path.to_owned())
}
