//! A URL in one canonical form, so that policy, the record and the connection speak of the same thing.

use thiserror::Error;

use crate::call::{Fact, Fields};

/// The parts of an `http` or `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    port: u16,
    path: String,
    query: String,
}

/// Why a text is not a URL that can be asked for.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not parse.
    #[error("`{0}` is not a URL: {1}")]
    Malformed(String, String),
    /// Another scheme.
    #[error("`{0}` is neither an http nor an https URL")]
    Scheme(String),
    /// A user or password inside.
    #[error("`{0}` names a user; pass credentials by `auth_basic` or a header")]
    Credentials(String),
    /// A path with an encoded separator or control character, or with broken encoding.
    #[error(
        "`{0}` has an encoded separator, an encoded control character or broken encoding in its path"
    )]
    Path(String),
}

impl Url {
    /// Parses and canonicalises: host as A-label in lower case without a trailing dot, port explicit, dot
    /// segments removed, percent-encoding in upper case and only where needed, no fragment.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let url = ::url::Url::parse(text)
            .map_err(|error| UrlError::Malformed(text.to_owned(), error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(text.to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials(text.to_owned()));
        }
        let host = url
            .host()
            .map(canonical_host)
            .filter(|host| !host.is_empty());
        let (Some(host), Some(port)) = (host, url.port_or_known_default()) else {
            return Err(UrlError::Malformed(text.to_owned(), "no host".to_owned()));
        };
        let path = canonical_path(url.path()).ok_or_else(|| UrlError::Path(text.to_owned()))?;
        Ok(Url {
            scheme: url.scheme().to_owned(),
            host,
            port,
            path,
            query: url.query().unwrap_or_default().to_owned(),
        })
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host, an A-label in lower case or an address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, always explicit.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The canonical path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query without `?`, or empty.
    pub fn query(&self) -> &str {
        &self.query
    }

    pub(crate) fn fields(&self) -> Fields {
        Fields::new()
            .with("scheme", Fact::text(&self.scheme))
            .with("host", Fact::text(&self.host))
            .with("port", Fact::Number(i64::from(self.port)))
            .with("path", Fact::text(&self.path))
            .with("query", Fact::text(&self.query))
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let default = match self.scheme.as_str() {
            "https" => 443,
            _ => 80,
        };
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port != default {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

fn canonical_host(host: ::url::Host<&str>) -> String {
    match host {
        ::url::Host::Domain(name) => host_name(name),
        ::url::Host::Ipv4(ip) => ip.to_string(),
        ::url::Host::Ipv6(ip) => match crate::address::canonical(ip.into()) {
            std::net::IpAddr::V4(ip) => ip.to_string(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        },
    }
}

/// The canonical name of a host: lower case, no trailing dot.
pub(crate) fn host_name(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    host.strip_suffix('.').map_or(host.clone(), str::to_owned)
}

/// Percent-encoding made uniform: unreserved characters plain, the rest in upper case. `None` when an
/// encoded slash, backslash, percent sign's second coat or control character is inside.
fn canonical_path(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(char::from(byte));
            continue;
        }
        let decoded = hex(bytes.next()?)? * 16 + hex(bytes.next()?)?;
        match decoded {
            b'/' | b'\\' | 0..=31 | 127 => return None,
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                out.push(char::from(decoded))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    let dotted = out.split('/').any(|segment| matches!(segment, "." | ".."));
    (!dotted).then_some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let url = Url::parse(text).map_or_else(|error| error.to_string(), |url| url.to_string());
        assert!(url.contains(expected), "{text}: {url}");
    }

    #[test]
    fn one_form() {
        check("HTTPS://API.Example.:443", "https://api.example/");
        check(
            "http://a.example:8080/x?y=%41",
            "http://a.example:8080/x?y=%41",
        );
        check(
            "https://a.example/%7euser/%c3%a9/./b/../c",
            "https://a.example/~user/%C3%A9/c",
        );
        check("https://bücher.example/", "https://xn--bcher-kva.example/");
        check("https://ａ.example/", "https://a.example/");
        check("https://a.example/x#y", "https://a.example/x");
        check("https://[::1]:8/", "https://[::1]:8/");
    }

    /// Case 24: numbers are addresses, in every notation.
    #[test]
    fn addresses() {
        check("http://0x7f.1/", "http://127.0.0.1/");
        check("http://127.1/", "http://127.0.0.1/");
        check("http://2130706433/", "http://127.0.0.1/");
        check("http://[::ffff:10.0.0.1]/", "http://10.0.0.1/");
        check("http://[fe80::1%25eth0]/", "is not a URL");
    }

    #[test]
    fn refused() {
        check("ftp://a.example/", "neither an http nor an https URL");
        check("https://a@b.example/", "names a user");
        check("https://a.example/x%2fy", "encoded separator");
        check("https://a.example/x%5cy", "encoded separator");
        check("https://a.example/%00", "encoded separator");
        check("https://a.example/%zz", "encoded separator");
        check("/x", "is not a URL");
        check("https://./", "is not a URL");
    }
}
