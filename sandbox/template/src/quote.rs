//! Strings in Go's quotes, as errors and `%q` show them.

/// The text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    append(text.as_bytes(), '"', false, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends bytes in quotes of a kind; with `ascii` nothing else leaves unescaped.
pub(crate) fn append(bytes: &[u8], quote: char, ascii: bool, out: &mut Vec<u8>) {
    out.push(quote as u8);
    for chunk in bytes.utf8_chunks() {
        chunk
            .valid()
            .chars()
            .for_each(|letter| append_char(letter, quote, ascii, out));
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(quote as u8);
}

/// Appends one character as it stands between such quotes.
pub(crate) fn append_char(letter: char, quote: char, ascii: bool, out: &mut Vec<u8>) {
    let short = match letter {
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        '\\' => "\\\\",
        letter if letter == quote => return out.extend_from_slice(&[b'\\', quote as u8]),
        letter if is_printable(letter) && (!ascii || letter.is_ascii()) => {
            return out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        letter => return out.extend_from_slice(escaped(letter).as_bytes()),
    };
    out.extend_from_slice(short.as_bytes());
}

fn escaped(letter: char) -> String {
    match letter as u32 {
        code @ (0..0x20 | 0x7f) => format!("\\x{code:02x}"),
        code @ 0..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// Whether Go calls the character printable: letters, marks, numbers, punctuation, symbols and the plain space.
pub(crate) fn is_printable(letter: char) -> bool {
    match letter {
        ' '..='~' => true,
        letter if letter.is_ascii() => false,
        // Behind a letter, `escape_debug` escapes exactly what cannot be printed.
        letter => !['a', letter]
            .iter()
            .collect::<String>()
            .escape_debug()
            .any(|shown| shown == '\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_are_go_quotes() {
        for (text, expected) in [
            ("a\"b\\", r#""a\"b\\""#),
            (
                "\x01\n\u{7f}é\u{a0}\u{feff}",
                "\"\\x01\\n\\x7fé\\u00a0\\ufeff\"",
            ),
            ("e\u{301}\u{10ffff}", "\"e\u{301}\\U0010ffff\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
