//! The content type of a file: by its name, and when that says nothing by its first bytes.

use http::HeaderValue;

/// How files begin that browsers should show and whose names may not tell.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"%PDF-", "application/pdf"),
    (b"wOF2", "font/woff2"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"\0asm", "application/wasm"),
];

/// The content type to answer with; text is UTF-8.
pub(super) fn content_type(name: &str, content: &[u8]) -> HeaderValue {
    let kind = mime_guess::from_path(name)
        .first_raw()
        .unwrap_or_else(|| sniffed(content));
    let is_text = kind.starts_with("text/") || kind.ends_with("javascript");
    let full = if is_text {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    };
    HeaderValue::from_str(&full).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

fn sniffed(content: &[u8]) -> &'static str {
    let known = BEGINNINGS
        .iter()
        .find(|(beginning, _)| content.starts_with(beginning));
    match (known, std::str::from_utf8(content)) {
        (Some((_, kind)), _) => kind,
        (None, Ok(text)) if is_html(text) => "text/html",
        (None, Ok(_)) => "text/plain",
        (None, Err(_)) => "application/octet-stream",
    }
}

fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}
