//! Values as JSON, as Go writes it for pages: keys sorted, and nothing in it that HTML could read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::format;
use crate::value::{Kind, Value, Width};

/// Deepest nesting that is written; a map may have been put into itself.
const DEEPEST: usize = 200;
/// The most bytes that are written for one value.
const LONGEST: usize = 16 << 20;

/// Appends a value, or says why it cannot be written. Then what was appended is of no use.
pub fn append(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    let limit = out.len() + LONGEST;
    nested(value, DEEPEST, limit, out)
}

fn nested(value: &Value, depth: usize, limit: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let Some(depth) = depth.checked_sub(1).filter(|_| out.len() <= limit) else {
        return Err("json: the value is nested too deeply or too large".to_owned());
    };
    match value {
        Value::List(list) => all(b"[]", list.iter(), out, |item, out| {
            nested(item, depth, limit, out)
        }),
        Value::Map(map) => all(b"{}", entries(map).into_iter(), out, |(key, value), out| {
            text(&key, out);
            out.push(b':');
            nested(&value, depth, limit, out)
        }),
        Value::Record(record) => all(b"{}", record.fields(), out, |(name, value), out| {
            text(name.as_bytes(), out);
            out.push(b':');
            nested(value, depth, limit, out)
        }),
        value => scalar(value, out),
    }
}

/// The entries in the order of their names, which for numbers is not the order of the map.
fn entries(map: &crate::value::Map) -> Vec<(Vec<u8>, Value)> {
    let mut entries: Vec<_> = map.entries().iter().map(named).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}

fn named((key, value): &(Value, Value)) -> (Vec<u8>, Value) {
    let mut name = Vec::new();
    format::append(key, &mut name);
    (name, value.clone())
}

fn all<T>(
    [open, close]: &[u8; 2],
    items: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut each: impl FnMut(T, &mut Vec<u8>) -> Result<(), String>,
) -> Result<(), String> {
    out.push(*open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        each(item, out)?;
    }
    out.push(*close);
    Ok(())
}

fn scalar(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Missing | Value::Nil | Value::NullPointer(_) => out.extend_from_slice(b"null"),
        Value::Bool(_) | Value::Int(..) | Value::Uint(..) => format::append(value, out),
        Value::Float(number, width) => return float(*number, *width, out),
        Value::Text(string) | Value::Safe(_, string) => text(string.as_bytes(), out),
        Value::Broken(bytes) => text(bytes, out),
        Value::Bytes(bytes) => text(STANDARD.encode(bytes).as_bytes(), out),
        Value::Time(time) => text(
            format::layout(time, "2006-01-02T15:04:05.999999999Z07:00").as_bytes(),
            out,
        ),
        Value::Object(object) => match object.underlying() {
            value if matches!(value.kind(), Kind::Invalid) => text(object.text().as_bytes(), out),
            value => return scalar(&value, out),
        },
        _ => return Err(format!("json: unsupported type: {}", value.type_name())),
    }
    Ok(())
}

/// The fewest digits that mean the number, with an exponent where JavaScript writes one.
fn float(number: f64, width: Width, out: &mut Vec<u8>) -> Result<(), String> {
    if !number.is_finite() {
        let name = format::shortest(number, width);
        return Err(format!("json: unsupported value: {name}"));
    }
    let size = number.abs();
    let plain = size == 0.0 || (1e-6..1e21).contains(&size);
    let digits = match (plain, width) {
        (true, Width::W32) => (number as f32).to_string(),
        (true, _) => number.to_string(),
        (false, Width::W32) => format!("{:e}", number as f32),
        (false, _) => format!("{number:e}"),
    };
    let negative = digits.contains("e-");
    let digits = if negative {
        digits
    } else {
        digits.replace('e', "e+")
    };
    out.extend_from_slice(digits.as_bytes());
    Ok(())
}

/// Appends a string in its quotes.
pub fn text(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        inside(chunk.valid().as_bytes(), out);
        chunk
            .invalid()
            .iter()
            .for_each(|_| out.extend_from_slice("\u{fffd}".as_bytes()));
    }
    out.push(b'"');
}

fn inside(text: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    for (at, byte) in text.iter().enumerate() {
        let (escape, length) = match super::js::line_break(text, at) {
            Some(escape) => (Some(escape), 3),
            None => (escape(*byte), 1),
        };
        if let Some(escape) = escape {
            out.extend_from_slice(text.get(copied..at).unwrap_or_default());
            out.extend_from_slice(escape);
            copied = at + length;
        }
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
}

fn escape(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'"' => b"\\\"",
        b'\\' => b"\\\\",
        b'\n' => b"\\n",
        b'\r' => b"\\r",
        b'\t' => b"\\t",
        0x08 => b"\\b",
        0x0c => b"\\f",
        b'<' => b"\\u003c",
        b'>' => b"\\u003e",
        b'&' => b"\\u0026",
        byte => return control(byte),
    })
}

/// The escape of a byte that cannot be seen.
pub fn control(byte: u8) -> Option<&'static [u8]> {
    const ESCAPES: &[u8] = b"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\
        \\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u000e\\u000f\
        \\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\
        \\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f";
    let at = usize::from(byte) * 6;
    ESCAPES.get(at..at + 6)
}
