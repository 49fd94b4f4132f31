//! The one way a value becomes text: sorted keys, no spaces, integers only, nothing invisible.
//!
//! Hashes, commitments and signatures are taken over these bytes, so there must be exactly one
//! form. Beyond RFC 8785 every character that does not show or that moves others (control and
//! bidirectional characters) is escaped: a record printed to a terminal or read in an editor
//! shows what it says, and no value can pretend to be another line.

use std::{borrow::Cow, fmt::Write as _};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::hex;

/// Deeper values are cut: no caller has a reason for them, and recursion must end.
const DEPTH: usize = 64;

/// How much of a value stands in a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of one text, as escaped.
    pub(crate) text: usize,
    /// Items of one list or entries of one object.
    pub(crate) items: usize,
}

pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, DEPTH, &mut out);
    out
}

pub(crate) fn object(map: &Map<String, Value>) -> String {
    let mut out = String::new();
    write_object(map, DEPTH, &mut out);
    out
}

/// A text as a JSON string with everything unprintable escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(text, &mut out);
    out
}

/// Whether nothing exceeds the limits, so that [`shrink`] would leave the value as it is.
pub(crate) fn within(value: &Value, limits: Limits) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => matches!(cut(text, limits.text), Cow::Borrowed(_)),
        Value::Array(items) => {
            items.len() <= limits.items && items.iter().all(|item| within(item, limits))
        }
        Value::Object(map) => {
            map.len() <= limits.items
                && map
                    .iter()
                    .all(|(key, value)| escaped(key) <= 256 && within(value, limits))
        }
    }
}

/// Cuts whatever exceeds the limits; what is cut is named by its size and hash.
pub(crate) fn shrink(value: &mut Value, limits: Limits) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            if let Cow::Owned(short) = cut(text, limits.text) {
                *text = short;
            }
        }
        Value::Array(items) => {
            let rest = (items.len() > limits.items).then(|| items.split_off(limits.items));
            items.iter_mut().for_each(|item| shrink(item, limits));
            items.extend(rest.map(|rest| Value::String(mark(&self::text(&Value::Array(rest))))));
        }
        Value::Object(map) => shrink_object(map, limits),
    }
}

fn shrink_object(map: &mut Map<String, Value>, limits: Limits) {
    let extra: Vec<String> = {
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort();
        keys.into_iter().skip(limits.items).cloned().collect()
    };
    let rest: Map<String, Value> = extra
        .into_iter()
        .filter_map(|key| map.remove_entry(&key))
        .collect();
    let long: Vec<String> = map
        .keys()
        .filter(|key| escaped(key) > 256)
        .cloned()
        .collect();
    for key in long {
        if let Some(value) = map.remove(&key) {
            map.insert(cut(&key, 256).into_owned(), value);
        }
    }
    map.values_mut().for_each(|value| shrink(value, limits));
    if !rest.is_empty() {
        map.insert("…".into(), Value::String(mark(&object(&rest))));
    }
}

/// What stands for something that was cut.
pub(crate) fn mark(text: &str) -> String {
    format!(
        "…[cut: {} bytes, sha256 {}]",
        text.len(),
        hex::encode(&Sha256::digest(text))
    )
}

fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len().saturating_mul(6) <= limit || escaped(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mut room = limit;
    let kept = text.chars().take_while(|c| {
        let fits = room.checked_sub(width(*c));
        room = fits.unwrap_or(0);
        fits.is_some()
    });
    Cow::Owned(kept.collect::<String>() + &mark(text))
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            let _ = write!(out, "{number}");
        }
        // Floats have no single form; their text is kept and cannot be mistaken for an integer.
        Value::Number(number) => write_text(&number.to_string(), out),
        Value::String(text) => write_text(text, out),
        Value::Array(_) | Value::Object(_) if depth == 0 => write_text("[too deep]", out),
        Value::Array(items) => write_array(items, depth - 1, out),
        Value::Object(map) => write_object(map, depth - 1, out),
    }
}

fn write_array(items: &[Value], depth: usize, out: &mut String) {
    out.push('[');
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write(item, depth, out);
    }
    out.push(']');
}

fn write_object(map: &Map<String, Value>, depth: usize, out: &mut String) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    out.push('{');
    for (position, (key, value)) in entries.into_iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        write(value, depth, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match short(c) {
            Some(escape) => out.push_str(escape),
            None if hidden(c) => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
            None => out.push(c),
        }
    }
    out.push('"');
}

fn escaped(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    match short(c) {
        Some(escape) => escape.len(),
        None if hidden(c) => c.len_utf16() * 6,
        None => c.len_utf8(),
    }
}

fn short(c: char) -> Option<&'static str> {
    match c {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        '\n' => Some("\\n"),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        '\u{8}' => Some("\\b"),
        '\u{c}' => Some("\\f"),
        _ => None,
    }
}

/// Control, bidirectional, zero-width and tag characters.
fn hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;
