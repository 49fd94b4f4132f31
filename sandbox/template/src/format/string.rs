//! Strings and bytes under the verbs `s`, `q`, `x` and `X`.

use super::pad::Flags;

impl Flags {
    /// Appends a string, cut to the precision.
    pub(super) fn string(&self, text: &[u8], out: &mut Vec<u8>) {
        self.pad(self.cut(text), out);
    }

    /// Appends a string in quotes.
    pub(super) fn quoted(&self, text: &[u8], out: &mut Vec<u8>) {
        let text = self.cut(text);
        let mut shown = Vec::with_capacity(text.len() + 2);
        if self.sharp && may_be_raw(text) {
            shown.push(b'`');
            shown.extend_from_slice(text);
            shown.push(b'`');
        } else {
            crate::quote::append(text, '"', self.plus, &mut shown);
        }
        self.pad(&shown, out);
    }

    /// Appends bytes in hexadecimal digits.
    pub(super) fn hexadecimal(&self, bytes: &[u8], upper: bool, out: &mut Vec<u8>) {
        let bytes = self
            .precision
            .and_then(|most| bytes.get(..most))
            .unwrap_or(bytes);
        let prefix = if upper { "0X" } else { "0x" };
        let mut shown = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if self.space && index > 0 {
                shown.push(' ');
            }
            if self.sharp && (self.space || index == 0) {
                shown.push_str(prefix);
            }
            shown.push_str(&if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            });
        }
        self.pad(shown.as_bytes(), out);
    }

    fn cut<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(most) = self.precision else {
            return text;
        };
        let mut left = most;
        let mut end = 0;
        for chunk in text.utf8_chunks() {
            let lengths = chunk.valid().chars().map(char::len_utf8);
            for length in lengths.chain(chunk.invalid().iter().map(|_| 1)) {
                if left == 0 {
                    return text.get(..end).unwrap_or(text);
                }
                left -= 1;
                end += length;
            }
        }
        text
    }
}

/// Whether back quotes can hold the text as it is.
fn may_be_raw(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        !text.chars().any(|letter| {
            matches!(letter, '`' | '\x7f' | '\u{feff}') || (letter < ' ' && letter != '\t')
        })
    })
}
