//! The answer for one file: type, validators, ranges, codings.
//!
//! Files have no time of change, only content: `ETag` is the validator, and dates are not compared.

use std::fmt::Write;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    Variants,
    kind::content_type,
    range::{Ranges, ranges},
};
use crate::respond::{Coding, Reply, body, shrinks, text, vary};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Smaller files are sent as they are.
const LEAST: usize = 1024;

/// A file that is to be sent.
pub struct File<'f> {
    /// Its name in the snapshot.
    pub name: &'f str,
    /// Its bytes.
    pub content: &'f Bytes,
    /// Their SHA-256 in hex.
    pub hash: &'f str,
    /// Whether the client named this very hash.
    pub named: bool,
    /// `Cache-Control`, where operators set it.
    pub cache: Option<&'f HeaderValue>,
}

/// Answers a request for `file`; `coding` is the one the client likes, if files are compressed at all.
pub async fn answer(
    file: &File<'_>,
    asked: &HeaderMap,
    coding: Option<Coding>,
    variants: &Variants,
) -> Reply {
    let kind = content_type(file.name, file.content);
    let encoded = match coding.filter(|_| shrinks(Some(&kind)) && file.content.len() >= LEAST) {
        Some(coding) if !asked.contains_key(header::RANGE) => variants
            .find(file.hash, coding, file.content)
            .await
            .map(|bytes| (coding, bytes)),
        Some(_) | None => None,
    };
    let tag = match &encoded {
        Some((coding, _)) => format!("\"{}-{}\"", file.hash, coding.name()),
        None => format!("\"{}\"", file.hash),
    };
    let mut reply = match (precondition(asked, file.hash), &encoded) {
        (Some(status), _) => text(status, ""),
        (None, Some((coding, bytes))) => encoded_body(*coding, bytes),
        (None, None) => plain_body(file, asked, &tag, &kind),
    };
    dress(file, &mut reply, &tag, kind);
    reply
}

fn dress(file: &File<'_>, reply: &mut Reply, tag: &str, kind: HeaderValue) {
    let sends = matches!(reply.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    let headers = reply.headers_mut();
    if shrinks(Some(&kind)) {
        vary(headers, "accept-encoding");
    }
    if !sends {
        headers.remove(header::CONTENT_TYPE);
    } else if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(HeaderValue::is_empty)
    {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    if file.named {
        headers.insert(header::CACHE_CONTROL, FOR_EVER);
    } else if let Some(cache) = file.cache {
        headers.insert(header::CACHE_CONTROL, cache.clone());
    }
}

/// The status a condition of the client leads to.
fn precondition(asked: &HeaderMap, hash: &str) -> Option<StatusCode> {
    let tags = |name| {
        let values = asked.get_all(name).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
    };
    if asked.contains_key(header::IF_MATCH)
        && !tags(header::IF_MATCH).any(|tag| tag == "*" || is_of(tag, hash))
    {
        return Some(StatusCode::PRECONDITION_FAILED);
    }
    tags(header::IF_NONE_MATCH)
        .any(|tag| tag == "*" || is_of(tag.trim_start_matches("W/"), hash))
        .then_some(StatusCode::NOT_MODIFIED)
}

/// Whether a tag is one of ours for this content, in whatever coding.
fn is_of(tag: &str, hash: &str) -> bool {
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    inner
        .and_then(|tag| tag.strip_prefix(hash))
        .is_some_and(|rest| matches!(rest, "" | "-br" | "-gzip"))
}

fn encoded_body(coding: Coding, bytes: &Bytes) -> Reply {
    let mut reply = body(StatusCode::OK, "", bytes.clone());
    let coding = HeaderValue::from_static(coding.name());
    reply.headers_mut().insert(header::CONTENT_ENCODING, coding);
    reply
}

fn plain_body(file: &File<'_>, asked: &HeaderMap, tag: &str, kind: &HeaderValue) -> Reply {
    let content = file.content;
    match ranges(asked, tag, content.len()) {
        Ranges::Whole => body(StatusCode::OK, "", content.clone()),
        Ranges::Nowhere => nowhere(content.len()),
        Ranges::Parts(parts) => match parts.as_slice() {
            [(first, last)] => part(content, *first, *last),
            many => many_parts(content, many, file.hash, kind),
        },
    }
}

/// INVARIANT: `first <= last < content.len()`, as [`ranges`] answers.
fn part(content: &Bytes, first: usize, last: usize) -> Reply {
    let mut reply = body(StatusCode::PARTIAL_CONTENT, "", content.slice(first..=last));
    let range = format!("bytes {first}-{last}/{}", content.len());
    insert(&mut reply, header::CONTENT_RANGE, &range);
    reply
}

/// Several parts, each with its own head. The content's hash cannot stand in the content itself, so it parts them.
fn many_parts(content: &Bytes, parts: &[(usize, usize)], hash: &str, kind: &HeaderValue) -> Reply {
    let kind = kind.to_str().unwrap_or("application/octet-stream");
    let boundary = hash.get(..32).unwrap_or(hash);
    let mut out = BytesMut::new();
    for (first, last) in parts {
        let mut head = String::new();
        let _ = write!(
            head,
            "\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {first}-{last}/{}\r\n\r\n",
            content.len()
        );
        out.put_slice(head.as_bytes());
        out.put_slice(&content.slice(*first..=*last));
    }
    out.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let mut reply = body(StatusCode::PARTIAL_CONTENT, "", out.freeze());
    let kind = format!("multipart/byteranges; boundary={boundary}");
    insert(&mut reply, header::CONTENT_TYPE, &kind);
    reply
}

fn nowhere(length: usize) -> Reply {
    let mut reply = text(StatusCode::RANGE_NOT_SATISFIABLE, "");
    insert(
        &mut reply,
        header::CONTENT_RANGE,
        &format!("bytes */{length}"),
    );
    reply
}

fn insert(reply: &mut Reply, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}
