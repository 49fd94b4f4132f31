//! Compressed answers: what a client takes, what is worth it, and the doing.
//!
//! Only whole answers of apps are compressed. Streams pass as they come, so that no item waits, and pages of
//! the gateway never are: the length of a compressed page with a secret in it tells about the secret.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::task::spawn_blocking;

use super::{Body, Reply};

/// Smaller answers gain nothing.
const LEAST: usize = 1024;
/// Larger answers are compressed off the async threads.
const INLINE: usize = 16 * 1024;
/// Window of brotli, as a power of two: what every client can hold.
const WINDOW: u32 = 22;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `br`.
    Brotli,
    /// `gzip`.
    Gzip,
}

impl Coding {
    /// Its name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    /// The bytes in this coding, if that makes them fewer.
    pub fn encode(self, bytes: &[u8], level: u32) -> Option<Bytes> {
        let mut encoded = Vec::with_capacity(bytes.len() / 2);
        match self {
            Coding::Brotli => {
                let mut writer = brotli::CompressorWriter::new(&mut encoded, 4096, level, WINDOW);
                writer.write_all(bytes).ok()?;
                writer.flush().ok()?;
                drop(writer);
            }
            Coding::Gzip => {
                let mut writer = GzEncoder::new(&mut encoded, Compression::new(level));
                writer.write_all(bytes).ok()?;
                writer.finish().ok()?;
            }
        }
        (encoded.len() < bytes.len()).then(|| Bytes::from(encoded))
    }
}

/// The coding a client likes best among ours; at the same liking, brotli.
pub fn accepted(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let words: Vec<(String, u16)> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(liking)
        .collect();
    let likes = |name: &str| {
        let named = words.iter().find(|(word, _)| word == name);
        named
            .or_else(|| words.iter().find(|(word, _)| word == "*"))
            .map_or(0, |(_, liking)| *liking)
    };
    let gzip = likes("gzip").max(likes("x-gzip"));
    match likes("br") {
        0 if gzip == 0 => None,
        brotli if brotli >= gzip => Some(Coding::Brotli),
        _ => Some(Coding::Gzip),
    }
}

/// A word of `Accept-Encoding` and how much it is liked, in thousandths.
fn liking(word: &str) -> Option<(String, u16)> {
    let mut parts = word.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut liking = 1000;
    for part in parts {
        if let Some(value) = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")) {
            let value: f32 = value.trim().parse().ok()?;
            liking = (value.clamp(0.0, 1.0) * 1000.0) as u16;
        }
    }
    Some((name.to_ascii_lowercase(), liking))
}

/// Whether content of this type shrinks.
pub fn shrinks(content_type: Option<&HeaderValue>) -> bool {
    let Some(kind) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    match kind.as_str() {
        "text/event-stream" => false,
        "application/json"
        | "application/javascript"
        | "application/xml"
        | "application/wasm"
        | "application/manifest+json"
        | "application/x-ndjson"
        | "image/svg+xml"
        | "image/bmp"
        | "font/ttf"
        | "font/otf" => true,
        other => other.starts_with("text/") || other.ends_with("+json") || other.ends_with("+xml"),
    }
}

/// Says that the answer depends on a header of the request.
pub fn vary(headers: &mut HeaderMap, name: &'static str) {
    let known = headers
        .get_all(header::VARY)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim() == "*" || word.trim().eq_ignore_ascii_case(name));
    if !known {
        headers.append(header::VARY, HeaderValue::from_static(name));
    }
}

/// The answer in `coding`, if it is whole, shrinks and is large enough.
pub async fn compress(mut reply: Reply, coding: Option<Coding>, level: u32) -> Reply {
    if !may_change(&reply) {
        return reply;
    }
    vary(reply.headers_mut(), "accept-encoding");
    let body = reply.body().as_whole().filter(|body| body.len() >= LEAST);
    let (Some(body), Some(coding)) = (body.cloned(), coding) else {
        return reply;
    };
    let encoded = if body.len() <= INLINE {
        coding.encode(&body, level)
    } else {
        let encoded = spawn_blocking(move || coding.encode(&body, level)).await;
        encoded.ok().flatten()
    };
    if let Some(encoded) = encoded {
        *reply.body_mut() = Body::whole(encoded);
        mark(reply.headers_mut(), coding);
    }
    reply
}

fn may_change(reply: &Reply) -> bool {
    let headers = reply.headers();
    let kept = headers.get_all(header::CACHE_CONTROL).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("no-transform"))
    });
    // Who offers ranges counts bytes.
    let fixed = [
        header::CONTENT_ENCODING,
        header::CONTENT_RANGE,
        header::ACCEPT_RANGES,
    ];
    let plain = !fixed.iter().any(|name| headers.contains_key(name));
    let full = !matches!(
        reply.status(),
        StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT
    );
    plain && full && !kept && shrinks(headers.get(header::CONTENT_TYPE))
}

/// What the headers say of a body that was encoded on its way: other bytes, so no strong validator.
fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(
        header::CONTENT_ENCODING,
        HeaderValue::from_static(coding.name()),
    );
    headers.remove(header::CONTENT_LENGTH);
    let strong = headers
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        headers.insert(header::ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::respond::body;

    fn asks(value: &str) -> Option<Coding> {
        accepted(&HeaderMap::from_iter([(
            header::ACCEPT_ENCODING,
            value.parse().unwrap(),
        )]))
    }

    #[test]
    fn clients_choose() {
        let check =
            |value: &str, expected: Option<Coding>| assert_eq!(asks(value), expected, "{value}");
        check("gzip, deflate, br, zstd", Some(Coding::Brotli));
        check("gzip", Some(Coding::Gzip));
        check("x-gzip", Some(Coding::Gzip));
        check("br;q=0.5, gzip;q=0.8", Some(Coding::Gzip));
        check("br;q=0.8, gzip;q=0.8", Some(Coding::Brotli));
        check("br;q=0, gzip", Some(Coding::Gzip));
        check("*", Some(Coding::Brotli));
        check("*;q=0", None);
        check("br;q=0, *;q=0.1", Some(Coding::Gzip));
        check("identity", None);
        check("", None);
        check("gzip;q=x", None);
        check("gzip;q=NaN", None);
        check("BR", Some(Coding::Brotli));
        assert_eq!(accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn only_some_types_shrink() {
        let check = |kind: &'static str, expected: bool| {
            assert_eq!(
                shrinks(Some(&HeaderValue::from_static(kind))),
                expected,
                "{kind}"
            );
        };
        check("text/html; charset=utf-8", true);
        check("application/json", true);
        check("application/problem+json", true);
        check("image/svg+xml", true);
        check("image/png", false);
        check("text/event-stream", false);
        check("application/octet-stream", false);
        assert!(!shrinks(None));
    }

    async fn sent(kind: &'static str, text: String, more: &[(header::HeaderName, &str)]) -> Reply {
        let mut reply = body(StatusCode::OK, kind, text);
        for (name, value) in more {
            reply.headers_mut().insert(name, value.parse().unwrap());
        }
        compress(reply, Some(Coding::Gzip), 5).await
    }

    #[tokio::test]
    async fn answers_shrink_and_say_so() {
        for size in [LEAST, INLINE + 1] {
            let text = "a".repeat(size);
            let reply = sent("text/plain", text.clone(), &[(header::ETAG, "\"x\"")]).await;
            assert_eq!(reply.headers()[header::CONTENT_ENCODING], "gzip");
            assert_eq!(reply.headers()[header::VARY], "accept-encoding");
            assert_eq!(reply.headers()[header::ETAG], "W/\"x\"");
            let bytes = reply.body().as_whole().unwrap().clone();
            let mut back = String::new();
            flate2::read::GzDecoder::new(&*bytes)
                .read_to_string(&mut back)
                .unwrap();
            assert_eq!(back, text);
        }
        let text = "a".repeat(5000);
        let encoded = Coding::Brotli.encode(text.as_bytes(), 5).unwrap();
        let mut back = String::new();
        brotli::Decompressor::new(&*encoded, 4096)
            .read_to_string(&mut back)
            .unwrap();
        assert_eq!(back, text);
    }

    #[tokio::test]
    async fn what_cannot_shrink_stays() {
        let long = || "a".repeat(5000);
        let plain = [
            sent("text/plain", "short".into(), &[]).await,
            sent("image/png", long(), &[]).await,
            sent(
                "text/plain",
                long(),
                &[(header::CONTENT_RANGE, "bytes 0-1/2")],
            )
            .await,
            sent(
                "text/plain",
                long(),
                &[(header::CACHE_CONTROL, "no-transform")],
            )
            .await,
        ];
        for reply in plain {
            assert!(
                !reply.headers().contains_key(header::CONTENT_ENCODING),
                "{reply:?}"
            );
        }
        let encoded = sent("text/plain", long(), &[(header::CONTENT_ENCODING, "br")]).await;
        assert_eq!(encoded.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(encoded.body().as_whole().unwrap().len(), 5000);
    }
}
