//! Quoted strings and characters.

use super::{Mistake, Parsed};

/// The bytes of a string in double quotes or back quotes.
pub(super) fn unquote(written: &str) -> Parsed<Vec<u8>> {
    let invalid = || Mistake("invalid syntax".to_owned());
    let mut letters = written.chars();
    let quote = letters.next().ok_or_else(invalid)?;
    letters.next_back().ok_or_else(invalid)?;
    let inside = letters.as_str();
    if quote == '`' {
        return Ok(inside.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while !rest.is_empty() {
        let (unit, behind) = unit(rest, quote).ok_or_else(invalid)?;
        match unit {
            Unit::Byte(byte) => out.push(byte),
            Unit::Letter(letter) => {
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes())
            }
        }
        rest = behind;
    }
    Ok(out)
}

/// The code of a character in single quotes.
pub(super) fn character(written: &str) -> Parsed<u32> {
    let malformed = || Mistake(format!("malformed character constant: {written}"));
    let inside = written
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .ok_or_else(malformed)?;
    match unit(inside, '\'').ok_or_else(malformed)? {
        (Unit::Byte(byte), "") => Ok(byte.into()),
        (Unit::Letter(letter), "") => Ok(letter as u32),
        _ => Err(malformed()),
    }
}

enum Unit {
    Byte(u8),
    Letter(char),
}

/// One character or escape, and what is behind it.
fn unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut letters = text.chars();
    let letter = match letters.next()? {
        '\\' => return escape(letters.as_str(), quote),
        letter if letter == quote || letter == '\n' => return None,
        letter => letter,
    };
    Some((Unit::Letter(letter), letters.as_str()))
}

fn escape(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut letters = text.chars();
    let letter = letters.next()?;
    let behind = letters.as_str();
    let plain = match letter {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        '\'' | '"' if letter == quote => letter,
        'x' => return code(behind, 2, 16).and_then(byte),
        'u' => return code(behind, 4, 16).and_then(letter_of),
        'U' => return code(behind, 8, 16).and_then(letter_of),
        '0'..='7' => return code(text, 3, 8).and_then(byte),
        _ => return None,
    };
    Some((Unit::Letter(plain), behind))
}

fn code(text: &str, length: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, behind) = text.split_at_checked(length)?;
    let valid = digits.chars().all(|digit| digit.is_digit(radix));
    valid
        .then(|| u32::from_str_radix(digits, radix).ok())
        .flatten()
        .map(|code| (code, behind))
}

fn byte((code, behind): (u32, &str)) -> Option<(Unit, &str)> {
    u8::try_from(code)
        .ok()
        .map(|byte| (Unit::Byte(byte), behind))
}

fn letter_of((code, behind): (u32, &str)) -> Option<(Unit, &str)> {
    char::from_u32(code).map(|letter| (Unit::Letter(letter), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_unquoted() {
        for (written, expected) in [
            (r#""a\"\n\x41\101é""#, Some("a\"\nAAé")),
            (r#""\u00e9""#, Some("é")),
            (r#""\'""#, None),
            (r#""\ud800""#, None),
            ("`a\\n`", Some("a\\n")),
        ] {
            assert_eq!(
                unquote(written).ok().as_deref(),
                expected.map(str::as_bytes),
                "{written}"
            );
        }
        assert_eq!(character(r"'\''").ok(), Some(39));
        assert!(character("'ab'").is_err() && character("''").is_err());
    }
}
