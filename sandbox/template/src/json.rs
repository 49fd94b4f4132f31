//! Values as JSON, as Go writes it: keys sorted, and unless it is asked for, nothing in it that HTML could read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::format;
use crate::value::{Kind, Map, Value, Width};

/// Deepest nesting that is written; a map may have been put into itself.
const DEEPEST: usize = 200;
/// The most bytes that are written for one value.
const LONGEST: usize = 16 << 20;

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// On one line, safe in pages.
    Plain,
    /// The same, one item to a line.
    Pretty,
    /// On one line, `<`, `>` and `&` as they are.
    Raw,
}

/// Appends a value, or says why it cannot be written. Then what was appended is of no use.
pub(crate) fn append(value: &Value, style: Style, out: &mut Vec<u8>) -> Result<(), String> {
    let limit = out.len() + LONGEST;
    let mut writer = Writer {
        out,
        style,
        limit,
        depth: 0,
    };
    writer.nested(value)
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
    limit: usize,
    depth: usize,
}

impl Writer<'_> {
    fn nested(&mut self, value: &Value) -> Result<(), String> {
        if self.depth >= DEEPEST || self.out.len() > self.limit {
            return Err("json: the value is nested too deeply or too large".to_owned());
        }
        match value {
            Value::List(list) if !list.is_null() => {
                self.all(b"[]", list.iter(), |writer, item| writer.nested(item))
            }
            Value::Map(map) if !map.is_null() => {
                self.all(b"{}", entries(map).into_iter(), |writer, (name, value)| {
                    writer.field(&name, &value)
                })
            }
            Value::Record(record) => self.all(b"{}", record.fields(), |writer, (name, value)| {
                writer.field(name.as_bytes(), value)
            }),
            value => scalar(value, self.style, self.out),
        }
    }

    fn field(&mut self, name: &[u8], value: &Value) -> Result<(), String> {
        string(name, self.style, self.out);
        let colon: &[u8] = match self.style {
            Style::Pretty => b": ",
            Style::Plain | Style::Raw => b":",
        };
        self.out.extend_from_slice(colon);
        self.nested(value)
    }

    fn all<T>(
        &mut self,
        [open, close]: &[u8; 2],
        items: impl Iterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut empty = true;
        self.out.push(*open);
        self.depth += 1;
        for item in items {
            if !empty {
                self.out.push(b',');
            }
            empty = false;
            self.line();
            each(self, item)?;
        }
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(*close);
        Ok(())
    }

    fn line(&mut self) {
        if self.style == Style::Pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * self.depth, b' ');
        }
    }
}

/// The entries in the order of their names, which for numbers is not the order of the map.
fn entries(map: &Map) -> Vec<(Vec<u8>, Value)> {
    let mut entries: Vec<_> = map.entries().iter().map(named).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}

fn named((key, value): &(Value, Value)) -> (Vec<u8>, Value) {
    let mut name = Vec::new();
    format::append(key, &mut name);
    (name, value.clone())
}

fn scalar(value: &Value, style: Style, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Missing | Value::Nil | Value::NullPointer(_) | Value::List(_) | Value::Map(_) => {
            out.extend_from_slice(b"null");
        }
        Value::Bool(_) | Value::Int(..) | Value::Uint(..) => format::append(value, out),
        Value::Float(number, width) => return float(*number, *width, out),
        Value::Text(text) | Value::Safe(_, text) => string(text.as_bytes(), style, out),
        Value::Broken(bytes) => string(bytes, style, out),
        Value::Bytes(bytes) => string(STANDARD.encode(bytes).as_bytes(), style, out),
        Value::Time(time) => string(
            format::layout(time, "2006-01-02T15:04:05.999999999Z07:00").as_bytes(),
            style,
            out,
        ),
        Value::Object(object) => match object.underlying() {
            value if matches!(value.kind(), Kind::Invalid) => {
                string(object.text().as_bytes(), style, out)
            }
            value => return scalar(&value, style, out),
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

/// Appends a string in its quotes, safe in pages.
pub(crate) fn text(bytes: &[u8], out: &mut Vec<u8>) {
    string(bytes, Style::Plain, out);
}

fn string(bytes: &[u8], style: Style, out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        inside(chunk.valid().as_bytes(), style, out);
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

fn inside(text: &[u8], style: Style, out: &mut Vec<u8>) {
    let mut copied = 0;
    for (at, byte) in text.iter().enumerate() {
        let (escape, length) = match line_break(text, at) {
            Some(escape) => (Some(escape), 3),
            None if style == Style::Raw && matches!(byte, b'<' | b'>' | b'&') => (None, 1),
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

/// U+2028 and U+2029, which end a line of JavaScript.
pub(crate) fn line_break(text: &[u8], at: usize) -> Option<&'static [u8]> {
    match text.get(at..at + 3) {
        Some(b"\xe2\x80\xa8") => Some(b"\\u2028"),
        Some(b"\xe2\x80\xa9") => Some(b"\\u2029"),
        _ => None,
    }
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
pub(crate) fn control(byte: u8) -> Option<&'static [u8]> {
    const ESCAPES: &[u8] = b"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\
        \\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u000e\\u000f\
        \\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\
        \\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f";
    let at = usize::from(byte) * 6;
    ESCAPES.get(at..at + 6)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::{List, Type};

    #[test]
    fn styles_differ_in_lines_and_markup() {
        let value = Value::map([
            ("n", Value::int(1)),
            (
                "l",
                Value::list(vec!["<\u{2028}".into(), Value::list(Vec::new())]),
            ),
            ("e", Value::List(Arc::new(List::null(Type::Text)))),
            ("b", Value::string_of_bytes(b"a\xff")),
        ]);
        let check = |style, expected: &str| {
            let mut out = Vec::new();
            append(&value, style, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(
            Style::Plain,
            r#"{"b":"a�","e":null,"l":["\u003c\u2028",[]],"n":1}"#,
        );
        check(
            Style::Raw,
            r#"{"b":"a�","e":null,"l":["<\u2028",[]],"n":1}"#,
        );
        check(
            Style::Pretty,
            "{\n  \"b\": \"a�\",\n  \"e\": null,\n  \"l\": [\n    \"\\u003c\\u2028\",\n    []\n  ],\n  \"n\": 1\n}",
        );
    }
}
