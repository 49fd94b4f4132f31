//! Finds a value in text where any of its characters may be escaped for JSON, HTML or a URL. Which
//! characters a server escapes is its own choice (`\/`, `\u0026`, `&#x2F;`, `%7E`), so each is tried both ways.

/// Replaces `value` by `mark` wherever every character of it stands, as it is or escaped.
pub fn replace(text: &str, value: &str, mark: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = without(rest, value) {
            clean.push_str(mark);
            rest = after;
        } else {
            clean.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    clean
}

/// What follows when `text` begins with `value`.
fn without<'t>(text: &'t str, value: &str) -> Option<&'t str> {
    value.chars().try_fold(text, |rest, letter| {
        escape(rest, letter).or_else(|| rest.strip_prefix(letter))
    })
}

/// What follows when `text` begins with an escape of `letter`.
fn escape(text: &str, letter: char) -> Option<&str> {
    match text.as_bytes().first()? {
        b'\\' => json(text, letter),
        b'&' => html(text, letter),
        b'%' => url(text, letter),
        _ => None,
    }
}

fn json(text: &str, letter: char) -> Option<&str> {
    let short = match letter {
        '"' | '\\' | '/' | '\'' => Some(letter),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        _ => None,
    };
    let escaped = text.strip_prefix('\\')?;
    if let Some(rest) = short.and_then(|short| escaped.strip_prefix(short)) {
        return Some(rest);
    }
    let mut units = [0; 2];
    letter
        .encode_utf16(&mut units)
        .iter()
        .try_fold(text, |rest, unit| {
            let digits = rest.strip_prefix("\\u")?;
            (hex(digits.get(..4)?)? == u32::from(*unit)).then(|| digits.get(4..))?
        })
}

fn html(text: &str, letter: char) -> Option<&str> {
    let (entity, rest) = text.strip_prefix('&')?.split_once(';')?;
    let number =
        entity
            .strip_prefix('#')
            .and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits),
                None => number.parse().ok(),
            });
    let name = match letter {
        '&' => "amp",
        '<' => "lt",
        '>' => "gt",
        '"' => "quot",
        '\'' => "apos",
        _ => "",
    };
    (number == Some(letter.into()) || entity == name).then_some(rest)
}

fn url(text: &str, letter: char) -> Option<&str> {
    let mut bytes = [0; 4];
    letter
        .encode_utf8(&mut bytes)
        .bytes()
        .try_fold(text, |rest, byte| {
            let digits = rest.strip_prefix('%')?;
            (hex(digits.get(..2)?)? == u32::from(byte)).then(|| digits.get(2..))?
        })
}

/// A number of hex digits alone; `from_str_radix` would let a sign pass.
fn hex(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::replace;

    fn check(value: &str, text: &str, expected: &str) {
        assert_eq!(replace(text, value, "#"), expected, "{value} in {text}");
    }

    #[test]
    fn each_character_may_be_escaped_or_not() {
        check("a/b+c", r#"{"k":"a\/b+c"}"#, r##"{"k":"#"}"##);
        check("a/b+c", r"a/b\u002Bc \u0061\u002f\u0062\u002b\u0063", "# #");
        check("p&<é🔑", r"p\u0026\u003c\u00e9\ud83d\udd11!", "#!");
        check("say \"hi\"\n", r"say \u0022hi\u0022\n", "#");
        check(r"a\b", r"a\\b a\b a\\\b", r"# # a\\\b");
        check("a/=b'", "a&#x2F;&#61;b&#039; a/&#X3d;b&apos;", "# #");
        check("p&q", "p&amp;q p&q p&amp q", "# # p&amp q");
        check("a~b/é", "a%7Eb/%C3%A9 %61~b%2fé", "# #");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "a\\u002",
            "a%2",
            "a&#",
            "a&#x;b",
            "é\\",
            "",
            "a\\u+02fb",
            "%+1",
        ] {
            check("a/b", text, text);
        }
    }
}
