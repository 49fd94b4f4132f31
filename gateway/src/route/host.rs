//! The canonical host: lower case, no port, no trailing dot; loopback literals are `localhost`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// A host name or address in its one canonical form; only [`canonical_host`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    name: String,
    /// Part of no decision; two names of one request have to agree in it.
    port: Option<u16>,
}

impl Host {
    /// The host of a request that named none: no app's.
    pub fn unknown() -> Host {
        Host {
            name: String::new(),
            port: None,
        }
    }

    /// The name the catalog is asked with: lower case, without port or brackets.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether this is this machine itself.
    pub fn is_localhost(&self) -> bool {
        self.name == "localhost"
    }
}

/// Why a host has no canonical form.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadHost {
    /// No host at all where HTTP asks for one.
    #[error("the request names no host")]
    Missing,
    /// Two hosts, or a request target that contradicts the `Host` header.
    #[error("the request names two hosts")]
    Ambiguous,
    /// Characters, lengths or numbers no host has.
    #[error("the request host is malformed")]
    Malformed,
}

impl BadHost {
    /// The stable code behind `r.` in records.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "host-missing",
            Self::Ambiguous => "host-ambiguous",
            Self::Malformed => "host-malformed",
        }
    }
}

/// Brings a `Host` header or an authority into its canonical form.
pub fn canonical_host(raw: &str) -> Result<Host, BadHost> {
    if raw.is_empty() {
        return Err(BadHost::Missing);
    }
    let (name, port) = match raw.strip_prefix('[') {
        Some(rest) => bracketed(rest)?,
        None => named(raw)?,
    };
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(port_number(digits)?),
    };
    Ok(Host { name, port })
}

fn bracketed(rest: &str) -> Result<(String, Option<&str>), BadHost> {
    let (literal, after) = rest.split_once(']').ok_or(BadHost::Malformed)?;
    let address: Ipv6Addr = literal.parse().map_err(|_| BadHost::Malformed)?;
    let port = match after.strip_prefix(':') {
        Some(port) => Some(port),
        None if after.is_empty() => None,
        None => return Err(BadHost::Malformed),
    };
    Ok((address_name(IpAddr::V6(address)), port))
}

fn named(raw: &str) -> Result<(String, Option<&str>), BadHost> {
    let (name, port) = match raw.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (raw, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if name.is_empty() || name.len() > 253 || !name.split('.').all(is_label) {
        return Err(BadHost::Malformed);
    }
    if !ends_in_number(&name) {
        return Ok((name, port));
    }
    let address: Ipv4Addr = name.parse().map_err(|_| BadHost::Malformed)?;
    Ok((address_name(IpAddr::V4(address)), port))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// `127.1`, `0x7f.1` and their like: resolvers read them as addresses, so only a plain dotted quad passes.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hex || last.bytes().all(|byte| byte.is_ascii_digit())
}

fn address_name(address: IpAddr) -> String {
    let address = address.to_canonical();
    if address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST) {
        return "localhost".into();
    }
    address.to_string()
}

fn port_number(digits: &str) -> Result<u16, BadHost> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadHost::Malformed);
    }
    digits
        .parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or(BadHost::Malformed)
}
