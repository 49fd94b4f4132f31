//! Escapers of URLs: whole ones, which must not be scripts, parts of paths and parts of queries.

use super::html::REFUSED;

/// A URL at its start: one that may execute something becomes a fragment that leads nowhere.
pub fn filter(text: &[u8], out: &mut Vec<u8>) {
    match is_safe(text) {
        true => out.extend_from_slice(text),
        false => refuse(out),
    }
}

/// Writes the fragment that leads nowhere.
pub fn refuse(out: &mut Vec<u8>) {
    out.push(b'#');
    out.extend_from_slice(REFUSED);
}

/// Whether a URL is relative, or of a scheme that only leads somewhere.
pub fn is_safe(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        return true;
    };
    let scheme = text.get(..colon).unwrap_or_default();
    let known: [&[u8]; 3] = [b"http", b"https", b"mailto"];
    scheme.contains(&b'/') || known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// A URL or path whose parts stay parts: what is escaped stays so, what must not stand in a URL is escaped.
pub fn normalize(text: &[u8], out: &mut Vec<u8>) {
    for (at, byte) in text.iter().enumerate() {
        let kept = match byte {
            b'!' | b'#' | b'$' | b'&' | b'*' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?'
            | b'@' | b'[' | b']' => true,
            b'%' => is_escape(text.get(at + 1..at + 3)),
            byte => is_unreserved(*byte),
        };
        push(*byte, kept, out);
    }
}

/// One value in a query or fragment.
pub fn component(text: &[u8], out: &mut Vec<u8>) {
    text.iter()
        .for_each(|byte| push(*byte, is_unreserved(*byte), out));
}

fn is_escape(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn push(byte: u8, kept: bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if kept {
        return out.push(byte);
    }
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}
