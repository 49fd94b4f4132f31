//! Escapers of HTML: values as text, as values of attributes, as names of attributes.

use super::name::{self, Meaning};

/// What is printed instead of a value that must not stand where it was put. It is no word of any language, so that it
/// does nothing and is found when one looks for it.
pub const REFUSED: &[u8] = b"ZgotmplZ";

/// Text between tags, in titles and text areas, and in quoted attributes.
pub fn text(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        byte => markup(byte),
    });
}

/// HTML that its author vouches for where tags mean nothing: its character references stay.
pub fn vouched_text(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, markup);
}

/// The value of an attribute without quotes.
pub fn unquoted(text: &[u8], out: &mut Vec<u8>) {
    bare(text, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        byte => unquoted_markup(byte),
    });
}

/// The value of an attribute without quotes, from HTML that its author vouches for.
pub fn vouched_unquoted(text: &[u8], out: &mut Vec<u8>) {
    bare(text, out, unquoted_markup);
}

/// The name of an attribute, or a part of one, in lower case. Names that change what is executed are refused.
pub fn name(text: &[u8], out: &mut Vec<u8>) {
    let name = String::from_utf8_lossy(text).to_lowercase();
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match plain && name::meaning(&name) == Meaning::Plain {
        true => out.extend_from_slice(name.as_bytes()),
        false => out.extend_from_slice(REFUSED),
    }
}

/// Copies a text, with some bytes replaced.
pub fn replace(text: &[u8], out: &mut Vec<u8>, by: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut copied = 0;
    for (at, byte) in text.iter().enumerate() {
        if let Some(replacement) = by(*byte) {
            out.extend_from_slice(text.get(copied..at).unwrap_or_default());
            out.extend_from_slice(replacement);
            copied = at + 1;
        }
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
}

fn markup(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        0 => "\u{fffd}".as_bytes(),
        b'"' => b"&#34;",
        b'\'' => b"&#39;",
        b'+' => b"&#43;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        _ => return None,
    })
}

fn unquoted_markup(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        0 => b"&#xfffd;",
        b'\t' => b"&#9;",
        b'\n' => b"&#10;",
        0x0b => b"&#11;",
        0x0c => b"&#12;",
        b'\r' => b"&#13;",
        b' ' => b"&#32;",
        b'=' => b"&#61;",
        b'`' => b"&#96;",
        byte => return markup(byte),
    })
}

/// Without quotes, characters that are none and bytes that are no characters become references too.
fn bare(text: &[u8], out: &mut Vec<u8>, by: impl Fn(u8) -> Option<&'static [u8]>) {
    for chunk in text.utf8_chunks() {
        for part in chunk.valid().split_inclusive(is_odd) {
            let odd = part.chars().next_back().filter(|letter| is_odd(*letter));
            let plain = part.len() - odd.map_or(0, char::len_utf8);
            replace(part.get(..plain).unwrap_or_default().as_bytes(), out, &by);
            if let Some(letter) = odd {
                out.extend_from_slice(format!("&#x{:x};", u32::from(letter)).as_bytes());
            }
        }
        let invalid = chunk.invalid().iter();
        invalid.for_each(|_| out.extend_from_slice(b"&#xfffd;"));
    }
}

fn is_odd(letter: char) -> bool {
    matches!(letter, '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{ffff}')
}
