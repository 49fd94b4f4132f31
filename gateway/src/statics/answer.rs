//! The answer for one file: type, validators, ranges.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::respond::{Reply, body, text};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Answers a request for `content`; `named` says that the client named this very hash.
pub fn answer(name: &str, content: &Bytes, hash: &str, named: bool, asked: &HeaderMap) -> Reply {
    let tag = format!("\"{hash}\"");
    let mut reply = if asks_again(asked, &tag) {
        text(StatusCode::NOT_MODIFIED, "")
    } else {
        match range(asked, &tag, content.len()) {
            Range::Whole => body(StatusCode::OK, "", content.clone()),
            Range::Part { first, last } => part(content, first, last),
            Range::Nowhere => return nowhere(content.len()),
        }
    };
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type(name, content));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if named {
        headers.insert(header::CACHE_CONTROL, FOR_EVER);
    }
    reply
}

fn asks_again(asked: &HeaderMap, tag: &str) -> bool {
    let mut tags = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    tags.any(|value| {
        value
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    })
}

enum Range {
    Whole,
    Part { first: usize, last: usize },
    Nowhere,
}

/// One range of bytes is honoured; anything else gets the whole file, as the standard allows.
fn range(asked: &HeaderMap, tag: &str, length: usize) -> Range {
    let stale = asked
        .get(header::IF_RANGE)
        .is_some_and(|value| value.as_bytes() != tag.as_bytes());
    let value = asked
        .get(header::RANGE)
        .filter(|_| !stale)
        .and_then(|value| value.to_str().ok());
    let Some((first, last)) = value.and_then(|value| value.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Range::Whole;
    };
    let end = length.saturating_sub(1);
    let (first, last) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(end)),
        (Some(first), None) if last.is_empty() => (first, end),
        (None, Some(0)) if first.is_empty() => return Range::Nowhere,
        (None, Some(count)) if first.is_empty() => (length.saturating_sub(count), end),
        _ => return Range::Whole,
    };
    if first < length {
        Range::Part { first, last }
    } else {
        Range::Nowhere
    }
}

fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}

/// INVARIANT: `first <= last < content.len()`, as [`range`] answers.
fn part(content: &Bytes, first: usize, last: usize) -> Reply {
    let mut reply = body(StatusCode::PARTIAL_CONTENT, "", content.slice(first..=last));
    content_range(
        &mut reply,
        &format!("bytes {first}-{last}/{}", content.len()),
    );
    reply
}

fn nowhere(length: usize) -> Reply {
    let mut reply = text(StatusCode::RANGE_NOT_SATISFIABLE, "");
    content_range(&mut reply, &format!("bytes */{length}"));
    reply
}

fn content_range(reply: &mut Reply, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(header::CONTENT_RANGE, value);
    }
}

fn content_type(name: &str, content: &[u8]) -> HeaderValue {
    let fallback = if std::str::from_utf8(content).is_ok() {
        "text/plain"
    } else {
        "application/octet-stream"
    };
    let guessed = mime_guess::from_path(name).first_raw().unwrap_or(fallback);
    let is_text = guessed.starts_with("text/") || guessed.ends_with("javascript");
    let full = if is_text {
        format!("{guessed}; charset=utf-8")
    } else {
        guessed.to_owned()
    };
    HeaderValue::from_str(&full).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
