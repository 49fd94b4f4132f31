//! Values as text, as Go's `fmt` prints them.

mod directive;
mod float;
mod number;
mod pad;
mod printer;
mod string;
mod time;

use crate::value::{Kind, Value};
use printer::Printer;

pub use float::shortest;
pub use time::layout;
pub(crate) use time::{day, month};

/// Appends a value as `%v` prints it.
pub fn append(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) | Value::Safe(_, text) => out.extend_from_slice(text.as_bytes()),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int(value, _) => number::append_int(*value, out),
        Value::Float(value, width) => out.extend_from_slice(shortest(*value, *width).as_bytes()),
        _ => Printer::new(out).print(value, 'v'),
    }
}

/// The value as `%v` prints it.
pub fn text(value: &Value) -> String {
    let mut out = Vec::new();
    append(value, &mut out);
    String::from_utf8(out)
        .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}

/// Appends values as Go's `Sprint` does: with a space between two that are not strings.
pub fn print(values: &[Value], out: &mut Vec<u8>) {
    let mut before: Option<&Value> = None;
    for value in values {
        if before.is_some_and(|before| before.kind() != Kind::Text && value.kind() != Kind::Text) {
            out.push(b' ');
        }
        append(value, out);
        before = Some(value);
    }
}

/// Appends values as Go's `Sprintln` does: with spaces between all and a line break.
pub fn print_line(values: &[Value], out: &mut Vec<u8>) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        append(value, out);
    }
    out.push(b'\n');
}

/// Appends values as Go's `Sprintf` does.
pub fn print_format(format: &[u8], values: &[Value], out: &mut Vec<u8>) {
    directive::print(format, values, out);
}

/// Appends a value for people who look for a mistake.
pub(crate) fn debug(value: &Value, out: &mut Vec<u8>) {
    print_format(b"%#v", std::slice::from_ref(value), out);
}

/// The most bytes that a width or a precision may ask for.
const WIDEST: usize = 1_000_000;

#[cfg(test)]
mod tests;
