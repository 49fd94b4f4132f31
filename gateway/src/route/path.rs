//! The canonical path: decoded once, resolved once, refused when in doubt (rules in [`crate::route`]).

use thiserror::Error;

const MAX_BYTES: usize = 4096;

/// A path in its one canonical form; only [`canonical_path`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    canonical: String,
    decoded: String,
    slash: bool,
}

impl Path {
    /// The form that policy, catalog and records see: absolute, no trailing slash except for `/` itself.
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// The same path with its escapes as characters, for route patterns and file names.
    pub fn decoded(&self) -> &str {
        &self.decoded
    }

    /// The path of nothing in particular: `/`.
    pub fn root() -> Path {
        assemble(&[], false)
    }

    /// The canonical form with the trailing slash that was written, for apps and redirects.
    pub fn written(&self) -> String {
        format!("{}{}", self.canonical, if self.slash { "/" } else { "" })
    }

    /// Whether the path as written ended with a slash (or a dot segment) behind a name.
    pub fn has_trailing_slash(&self) -> bool {
        self.slash
    }
}

/// Why a path has no canonical form; the code is the reason in the audit record.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadPath {
    /// The target is not an absolute path (`*`, an authority, an empty text).
    #[error("the request path does not start with `/`")]
    Relative,
    /// Longer than the gateway reads.
    #[error("the request path is longer than {MAX_BYTES} bytes")]
    Long,
    /// A `%` that two hex digits do not follow.
    #[error("the request path has a broken percent escape")]
    Escape,
    /// A separator (`%2f`, `\`, `%5c`) that readers understand differently.
    #[error("the request path has an escaped slash or a backslash")]
    Separator,
    /// NUL, line ends and other control characters.
    #[error("the request path has a control character")]
    Control,
    /// A dot segment hidden by escapes or path parameters.
    #[error("the request path hides a dot segment")]
    Dots,
    /// An escape that is still an escape after decoding once.
    #[error("the request path is encoded twice")]
    Double,
    /// Bytes that are not UTF-8 (overlong forms among them).
    #[error("the request path is not UTF-8")]
    Text,
    /// `?` or `#` where only a path may be.
    #[error("the request path has a raw `?` or `#`")]
    Delimiter,
}

impl BadPath {
    /// The stable code behind `r.` in records.
    pub fn code(self) -> &'static str {
        match self {
            Self::Relative => "path-relative",
            Self::Long => "path-long",
            Self::Escape => "path-escape",
            Self::Separator => "path-separator",
            Self::Control => "path-control",
            Self::Dots => "path-dots",
            Self::Double => "path-double",
            Self::Text => "path-text",
            Self::Delimiter => "path-delimiter",
        }
    }
}

/// Brings the path of a request target (no query) into its canonical form.
pub fn canonical_path(raw: &str) -> Result<Path, BadPath> {
    if raw.len() > MAX_BYTES {
        return Err(BadPath::Long);
    }
    let inner = raw.strip_prefix('/').ok_or(BadPath::Relative)?;
    let mut segments: Vec<String> = Vec::new();
    let mut slash = false;
    for written in inner.split('/') {
        slash = matches!(written, "" | "." | "..");
        match written {
            "" | "." => {}
            ".." => drop(segments.pop()),
            written => segments.push(decode(written)?),
        }
    }
    Ok(assemble(&segments, slash && !segments.is_empty()))
}

fn assemble(segments: &[String], slash: bool) -> Path {
    if segments.is_empty() {
        return Path {
            canonical: "/".into(),
            decoded: "/".into(),
            slash,
        };
    }
    let decoded: String = segments.iter().flat_map(|segment| ["/", segment]).collect();
    let mut canonical = String::with_capacity(decoded.len());
    for byte in decoded.bytes() {
        if byte == b'/' || stands_clear(byte) {
            canonical.push(char::from(byte));
        } else {
            canonical.push_str(&format!("%{byte:02X}"));
        }
    }
    Path {
        canonical,
        decoded,
        slash,
    }
}

/// The characters RFC 3986 lets a segment hold as they are.
fn stands_clear(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

fn decode(written: &str) -> Result<String, BadPath> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => escaped(rest.next(), rest.next())?,
            b'?' | b'#' => return Err(BadPath::Delimiter),
            byte => byte,
        };
        match byte {
            b'/' | b'\\' => return Err(BadPath::Separator),
            byte if byte.is_ascii_control() => return Err(BadPath::Control),
            byte => bytes.push(byte),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| BadPath::Text)?;
    refuse_disguise(&text)?;
    Ok(text)
}

fn escaped(high: Option<u8>, low: Option<u8>) -> Result<u8, BadPath> {
    let digit = |byte: Option<u8>| {
        byte.and_then(|byte| char::from(byte).to_digit(16))
            .and_then(|digit| u8::try_from(digit).ok())
    };
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => Ok(high * 16 + low),
        _ => Err(BadPath::Escape),
    }
}

/// Clear dot segments are resolved before this, so a dot segment seen here was hidden.
fn refuse_disguise(decoded: &str) -> Result<(), BadPath> {
    let name = decoded.split(';').next().unwrap_or_default();
    if matches!(name, "." | "..") {
        return Err(BadPath::Dots);
    }
    if decoded.chars().any(char::is_control) {
        return Err(BadPath::Control);
    }
    let still_escaped = decoded.split('%').skip(1).any(|after| {
        let mut digits = after.bytes();
        escaped(digits.next(), digits.next()).is_ok()
    });
    if still_escaped {
        Err(BadPath::Double)
    } else {
        Ok(())
    }
}
