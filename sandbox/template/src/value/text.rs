//! Reading strings out of values.

use std::borrow::Cow;

use super::Value;

impl Value {
    /// The string of a Go `string`; typed content is none. Bytes that are not UTF-8 become U+FFFD.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Broken(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }

    /// The bytes of everything that is a string at bottom, and of `[]byte`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) | Value::Safe(_, text) => Some(text.as_bytes()),
            Value::Broken(bytes) | Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
