//! Escapers of JavaScript: the insides of strings, template literals and regular expressions, and whole values.

use crate::json::{self, Style};
use crate::value::{Safe, Value};

/// The inside of a quoted string.
pub fn string(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, |byte| match byte {
        b'\\' => Some(b"\\\\"),
        byte => in_string(byte),
    });
}

/// The inside of a quoted string whose escapes its author vouches for.
pub fn vouched_string(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, in_string);
}

/// The inside of a template literal.
pub fn template(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, |byte| match byte {
        b'\\' => Some(b"\\\\"),
        byte => in_template(byte),
    });
}

/// The inside of a regular expression, to be found as it is. An empty one would make a comment of it.
pub fn regexp(text: &[u8], out: &mut Vec<u8>) {
    if text.is_empty() {
        return out.extend_from_slice(b"(?:)");
    }
    replace(text, out, in_regexp);
}

/// A value, written so that no digit or name touches what stands around it.
pub fn value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Safe(Safe::Js, code) => out.extend_from_slice(code.as_bytes()),
        Value::Safe(Safe::JsStr, inside) => {
            out.push(b'"');
            out.extend_from_slice(inside.as_bytes());
            out.push(b'"');
        }
        Value::Object(object) => json::text(object.text().as_bytes(), out),
        value => padded(value, out),
    }
}

fn padded(value: &Value, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(b' ');
    if let Err(error) = json::append(value, Style::Plain, out) {
        out.truncate(start);
        return out.extend_from_slice(format!(" /* {} */null ", harmless(&error)).as_bytes());
    }
    let first = out.get(start + 1).copied().unwrap_or_default();
    let last = out.last().copied().unwrap_or_default();
    match is_word(first) || is_word(last) {
        true => out.push(b' '),
        false => drop(out.remove(start)),
    }
}

/// An error that can stand in a comment.
fn harmless(error: &str) -> String {
    error.replace("*/", "* /").replace('<', "\\x3C")
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'_')
}

/// Copies a text with some bytes replaced, and the line breaks that only JavaScript knows.
fn replace(text: &[u8], out: &mut Vec<u8>, by: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut copied = 0;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let (replacement, length) = match json::line_break(text, at) {
            Some(escape) => (Some(escape), 3),
            None => (by(*byte), 1),
        };
        if let Some(replacement) = replacement {
            out.extend_from_slice(text.get(copied..at).unwrap_or_default());
            out.extend_from_slice(replacement);
            copied = at + length;
        }
        at += length;
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
}

fn in_string(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'/' => b"\\/",
        b'`' => b"\\u0060",
        byte => return everywhere(byte),
    })
}

fn in_template(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'$' => b"\\u0024",
        b'{' => b"\\u007b",
        b'}' => b"\\u007d",
        byte => return in_string(byte),
    })
}

fn in_regexp(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'$' => b"\\$",
        b'(' => b"\\(",
        b')' => b"\\)",
        b'*' => b"\\*",
        b'-' => b"\\-",
        b'.' => b"\\.",
        b'/' => b"\\/",
        b'?' => b"\\?",
        b'[' => b"\\[",
        b'\\' => b"\\\\",
        b']' => b"\\]",
        b'^' => b"\\^",
        b'{' => b"\\{",
        b'|' => b"\\|",
        b'}' => b"\\}",
        byte => return everywhere(byte),
    })
}

/// What is escaped in every kind of literal: quotes, what HTML or an old decoder could read, and what cannot be seen.
fn everywhere(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        b'\t' => b"\\t",
        b'\n' => b"\\n",
        0x0c => b"\\f",
        b'\r' => b"\\r",
        b'"' => b"\\u0022",
        b'&' => b"\\u0026",
        b'\'' => b"\\u0027",
        b'+' => b"\\u002b",
        b'<' => b"\\u003c",
        b'>' => b"\\u003e",
        byte => return json::control(byte),
    })
}
