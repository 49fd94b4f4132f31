//! The lines of a segment: plain text, so a log can be read with `grep` and `jq`.
//!
//! ```text
//! =head {"first":0,"node":"n1","prev":"0000…","v":1}
//! 000004a1 5c1a9be1 {"action":"app.access",…}
//! =seal {"hash":"9f0c…","open":0,"size":1}
//! ```
//!
//! A record is framed by its length and CRC-32C. A batch ends with a seal whose hash covers the
//! seal before it and every byte since, so the seals form a chain: whoever keeps one seal
//! elsewhere can tell that nothing before it was changed. A segment begins with a head that
//! carries the chain over from the segment before. `open` is the lowest record whose call had
//! not ended when the seal was written; a restart reads no further back than that.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{canonical, hex};

/// Bytes before the body of a record: length, space, checksum, space.
pub(crate) const PREFIX: usize = 18;

/// A hash in the chain of seals.
pub(crate) type Hash = [u8; 32];

/// The end of a log: how many records it has and the hash that stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Tip {
    pub(crate) size: u64,
    pub(crate) hash: Hash,
}

/// The first line of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) first: u64,
    pub(crate) node: String,
    pub(crate) prev: String,
    pub(crate) v: u8,
}

/// The last line of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seal {
    pub(crate) hash: String,
    pub(crate) open: u64,
    pub(crate) size: u64,
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Head(Head, &'a [u8]),
    Record(&'a [u8], &'a [u8]),
    Seal(Seal),
    /// Nothing more, or the zeros written ahead.
    Nothing,
    /// Not a line of a log.
    Broken(&'static str),
}

/// Appends the frame of a body.
pub(crate) fn push(body: &str, out: &mut Vec<u8>) {
    let frame = format!(
        "{:08x} {:08x} {body}\n",
        body.len(),
        crc32c::crc32c(body.as_bytes())
    );
    out.extend_from_slice(frame.as_bytes());
}

/// The head of a segment, and the chain after it.
pub(crate) fn head(node: &str, tip: Tip) -> (String, Hash) {
    let line = format!(
        "=head {{\"first\":{},\"node\":{},\"prev\":\"{}\",\"v\":1}}\n",
        tip.size,
        canonical::quoted(node),
        hex::encode(&tip.hash)
    );
    let hash = chain(tip.hash, line.as_bytes(), "");
    (line, hash)
}

/// The seal of a batch: its text and the tip it makes.
pub(crate) fn seal(before: Hash, frames: &[u8], open: u64, size: u64) -> (String, Tip) {
    let hash = chain(
        before,
        frames,
        &format!("{{\"open\":{open},\"size\":{size}}}"),
    );
    let text = format!(
        "=seal {{\"hash\":\"{}\",\"open\":{open},\"size\":{size}}}\n",
        hex::encode(&hash)
    );
    (text, Tip { size, hash })
}

pub(crate) fn chain(before: Hash, bytes: &[u8], end: &str) -> Hash {
    let hasher = Sha256::new()
        .chain_update(before)
        .chain_update(bytes)
        .chain_update(end);
    hasher.finalize().into()
}

/// Reads one line; answers what it is and the bytes after it.
pub(crate) fn next(bytes: &[u8]) -> (Item<'_>, &[u8]) {
    match bytes.first() {
        None | Some(0) => (Item::Nothing, bytes),
        Some(b'=') => marker(bytes),
        Some(_) => record(bytes),
    }
}

fn marker(bytes: &[u8]) -> (Item<'_>, &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return (Item::Broken("a line that does not end"), bytes);
    };
    let (line, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
    let item = if let Some(json) = line.strip_prefix(b"=seal ") {
        exact(json, |seal: &Seal| {
            format!(
                "{{\"hash\":\"{}\",\"open\":{},\"size\":{}}}\n",
                seal.hash, seal.open, seal.size
            )
        })
        .map_or(Item::Broken("a seal that does not read"), Item::Seal)
    } else if let Some(json) = line.strip_prefix(b"=head ") {
        exact(json, |head: &Head| {
            let node = canonical::quoted(&head.node);
            let Head { first, prev, v, .. } = head;
            format!("{{\"first\":{first},\"node\":{node},\"prev\":\"{prev}\",\"v\":{v}}}\n")
        })
        .map_or(Item::Broken("a head that does not read"), |head| {
            Item::Head(head, line)
        })
    } else {
        Item::Broken("a line of an unknown kind")
    };
    (item, rest)
}

/// Parses a marker and accepts it only in the one form in which it is written.
fn exact<T: for<'a> Deserialize<'a>>(json: &[u8], form: impl Fn(&T) -> String) -> Option<T> {
    let value = serde_json::from_slice(json).ok()?;
    (form(&value).as_bytes() == json).then_some(value)
}

fn record(bytes: &[u8]) -> (Item<'_>, &[u8]) {
    let Some(length) = number(bytes, 0).filter(|_| bytes.get(8) == Some(&b' ')) else {
        return (Item::Broken("a record without a length"), bytes);
    };
    let Some(sum) = number(bytes, 9).filter(|_| bytes.get(17) == Some(&b' ')) else {
        return (Item::Broken("a record without a checksum"), bytes);
    };
    let end = PREFIX.saturating_add(length as usize);
    let (Some(body), Some(b'\n')) = (bytes.get(PREFIX..end), bytes.get(end)) else {
        return (
            Item::Broken("a record of another length than it says"),
            bytes,
        );
    };
    if crc32c::crc32c(body) != sum {
        return (Item::Broken("a record whose checksum is wrong"), bytes);
    }
    let (line, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
    (Item::Record(body, line), rest)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(at..at + 8)?).ok()?;
    let lower = digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    lower
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Whether `line`, which has no end, is the beginning of a line that a writer was interrupted in.
pub(crate) fn is_beginning(line: &[u8]) -> bool {
    if line.contains(&b'\n') || line.contains(&0) {
        return false;
    }
    if line.first() == Some(&b'=') {
        return begins_seal(line) || begins_head(line);
    }
    let prefix = line.get(..PREFIX).unwrap_or(line);
    let shaped = prefix.iter().enumerate().all(|(at, byte)| match at {
        8 | 17 => *byte == b' ',
        _ => byte.is_ascii_hexdigit(),
    });
    let room = number(line, 0).is_none_or(|length| line.len() <= PREFIX + length as usize);
    shaped && room
}

fn begins_head(line: &[u8]) -> bool {
    let start = b"=head {\"first\":";
    start.starts_with(line) || line.starts_with(start)
}

fn begins_seal(line: &[u8]) -> bool {
    let shape: [&[u8]; 4] = [b"=seal {\"hash\":\"", b"\",\"open\":", b",\"size\":", b"}"];
    let mut rest = line;
    for part in shape {
        if part.starts_with(rest) {
            return true;
        }
        let Some(after) = rest.strip_prefix(part) else {
            return false;
        };
        let value = after
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        rest = after.get(value..).unwrap_or(&[]);
    }
    rest.is_empty() && line.ends_with(b"}")
}

#[cfg(test)]
mod tests;
