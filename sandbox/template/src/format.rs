//! Values as text, as Go's `fmt` prints them.

use crate::value::Value;

/// Appends a value as `%v` prints it.
pub fn append(value: &Value, out: &mut Vec<u8>) {
    if let Some(bytes) = value.as_bytes() {
        out.extend_from_slice(bytes);
    }
}

/// Appends a value for people who look for a mistake.
pub(crate) fn debug(value: &Value, out: &mut Vec<u8>) {
    append(value, out);
}
