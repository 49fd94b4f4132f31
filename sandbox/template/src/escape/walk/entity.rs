//! Character references in attribute values: the languages inside see the characters.

use std::borrow::Cow;

/// The value as a browser hands it on.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'&') {
        htmlize::unescape_bytes_in(text, htmlize::Context::Attribute)
    } else {
        Cow::Borrowed(text)
    }
}
