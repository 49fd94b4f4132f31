//! The escaping that authors ask for by name.

/// Text with the characters replaced that mean something in HTML.
pub fn html_escaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    escape_html(text.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends text with the characters replaced that mean something in HTML.
pub(crate) fn escape_html(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            byte => out.push(*byte),
        }
    }
}

/// Appends text as the inside of a JavaScript string.
pub(crate) fn escape_js(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' | '\'' | '"' => out.extend_from_slice(&[b'\\', letter as u8]),
                '<' | '>' | '&' | '=' => out.extend_from_slice(code(letter).as_bytes()),
                letter if letter == '\x7f' || crate::quote::is_printable(letter) => {
                    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                letter => out.extend_from_slice(code(letter).as_bytes()),
            }
        }
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\uFFFD");
        }
    }
}

fn code(letter: char) -> String {
    format!("\\u{:04X}", letter as u32)
}

/// Appends text as a part of the query of a URL.
pub(crate) fn escape_query(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            byte if byte.is_ascii_alphanumeric() => out.push(*byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
}
