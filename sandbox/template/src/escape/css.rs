//! Escapers of CSS: values inside its strings, and whole values, which are judged and not escaped.

use std::borrow::Cow;

use super::html::REFUSED;

/// The inside of a string.
pub fn string(text: &[u8], out: &mut Vec<u8>) {
    for (at, byte) in text.iter().enumerate() {
        let Some(escape) = escape(*byte) else {
            out.push(*byte);
            continue;
        };
        out.extend_from_slice(escape);
        // A space ends the number, unless something else does.
        let next = text.get(at + 1);
        if *byte != b'\\' && next.is_none_or(|next| next.is_ascii_hexdigit() || is_space(*next)) {
            out.push(b' ');
        }
    }
}

fn escape(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        0 => b"\\0",
        b'\t' => b"\\9",
        b'\n' => b"\\a",
        0x0c => b"\\c",
        b'\r' => b"\\d",
        b'"' => b"\\22",
        b'&' => b"\\26",
        b'\'' => b"\\27",
        b'(' => b"\\28",
        b')' => b"\\29",
        b'+' => b"\\2b",
        b'/' => b"\\2f",
        b':' => b"\\3a",
        b';' => b"\\3b",
        b'<' => b"\\3c",
        b'>' => b"\\3e",
        b'\\' => b"\\\\",
        b'{' => b"\\7b",
        b'}' => b"\\7d",
        _ => return None,
    })
}

/// A value such as `12px`, `#fff` or `Times New Roman`: without its escapes it must hold nothing that ends it, calls
/// something or opens a string.
pub fn value(text: &[u8], out: &mut Vec<u8>) {
    let text = decode(text);
    match is_innocent(&text) {
        true => out.extend_from_slice(&text),
        false => out.extend_from_slice(REFUSED),
    }
}

fn is_innocent(text: &[u8]) -> bool {
    let special = b"\0\"'()/;@[\\]`{}<>";
    let word: String = text
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .map(|byte| byte.to_ascii_lowercase() as char)
        .collect();
    !text.iter().any(|byte| special.contains(byte))
        && !text.windows(2).any(|pair| pair == b"--")
        && !word.contains("expression")
        && !word.contains("mozbinding")
}

/// The text that CSS reads, escapes undone.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            out.push(*byte);
        } else if behind.first().is_some_and(u8::is_ascii_hexdigit) {
            rest = number(behind, &mut out);
        } else if let Some((escaped, behind)) = behind.split_first() {
            out.push(*escaped);
            rest = behind;
        }
    }
    Cow::Owned(out)
}

/// A character by its number, and one white space behind it.
fn number<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let mut code = 0;
    let mut rest = text;
    for _ in 0..6 {
        let digit = rest.first().and_then(|byte| char::from(*byte).to_digit(16));
        match digit
            .map(|digit| code * 16 + digit)
            .filter(|code| *code <= 0x0010_ffff)
        {
            Some(longer) => (code, rest) = (longer, rest.get(1..).unwrap_or_default()),
            None => break,
        }
    }
    let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    match rest {
        [b'\r', b'\n', behind @ ..] => behind,
        [space, behind @ ..] if is_space(*space) => behind,
        _ => rest,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0c | b'\r')
}

/// Whether the character may be part of a name.
pub fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '-' | '_' | '\u{80}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{1_0000}'..)
}
