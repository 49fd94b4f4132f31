//! Takes secret values out of text that comes back from outside: results, errors, echoes.
//!
//! A last net, not the wall: an upstream can always return a value in a form nobody foresees. The
//! forms known here are the ones that plugins themselves produce or that servers echo.

mod escaped;

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

/// What stands in the place of a value.
pub const MARK: &str = "[secret]";

/// Values shorter than this are replaced only as whole words: they would tear ordinary text apart.
const SHORT: usize = 4;
/// From this length on, base64 of text that contains the value is recognised too.
const INNER: usize = 8;

/// Replaces every value in `text`: as it is, percent-encoded, in base64, escaped for JSON or HTML.
///
/// Values of fewer than four characters are replaced only where no letter or digit touches them.
pub fn redact(text: &str, values: &[&SecretString]) -> String {
    let mut forms: Vec<Form> = values
        .iter()
        .flat_map(|value| forms(value.expose_secret()))
        .collect();
    forms.retain(|form| text.contains(&form.text));
    // Longest first, so that among forms that begin together the longest wins.
    forms.sort_by_key(|form| Reverse(form.text.len()));
    let clean = replace(text, &forms);
    if !clean.contains(['\\', '&', '%']) {
        return clean;
    }
    let mut long: Vec<&str> = values.iter().map(|value| value.expose_secret()).collect();
    long.retain(|value| value.chars().count() >= SHORT);
    // JSON inside JSON is escaped twice: servers answer so that echo a body.
    let twice = long.iter().map(|value| json(value));
    let mut long: Vec<String> = twice
        .chain(long.iter().map(|value| (*value).to_owned()))
        .collect();
    long.sort_by_key(|value| Reverse(value.len()));
    long.iter()
        .fold(clean, |clean, value| escaped::replace(&clean, value, MARK))
}

struct Form {
    text: String,
    word: bool,
}

impl Form {
    /// The first place at or after `start`.
    fn find(&self, text: &str, start: usize) -> Option<usize> {
        let mut start = start;
        loop {
            let at = start + text.get(start..)?.find(&self.text)?;
            if !self.word || alone(text, at, at + self.text.len()) {
                return Some(at);
            }
            start = at + self.text.chars().next().map_or(1, char::len_utf8);
        }
    }
}

fn alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    ![before, after]
        .into_iter()
        .flatten()
        .any(char::is_alphanumeric)
}

fn replace(text: &str, forms: &[Form]) -> String {
    let mut places: Vec<Option<usize>> = forms.iter().map(|form| form.find(text, 0)).collect();
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    loop {
        for (place, form) in places.iter_mut().zip(forms) {
            if place.is_some_and(|at| at < end) {
                *place = form.find(text, end);
            }
        }
        let next = places
            .iter()
            .zip(forms)
            .filter_map(|(place, form)| Some(((*place)?, form)));
        // `min_by_key` keeps the first of equals, which is the longest form.
        let Some((at, form)) = next.min_by_key(|(at, _)| *at) else {
            clean.push_str(text.get(end..).unwrap_or_default());
            return clean;
        };
        clean.push_str(text.get(end..at).unwrap_or_default());
        clean.push_str(MARK);
        end = at + form.text.len();
    }
}

/// What URL libraries leave unescaped in a path or query, from strict to lax.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\'');
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*');

fn forms(value: &str) -> Vec<Form> {
    if value.is_empty() {
        return Vec::new();
    }
    let mut texts = vec![
        value.to_owned(),
        json(value),
        html(value),
        html(value).replace("&#34;", "&quot;"),
    ];
    for set in [NON_ALPHANUMERIC, UNRESERVED, FORM, QUERY] {
        let encoded = utf8_percent_encode(value, set).to_string();
        texts.extend([encoded.replace("%20", "+"), lower(&encoded), encoded]);
    }
    if value.len() >= INNER {
        for shift in 0..3 {
            texts.push(inner(value, shift, |bytes| STANDARD_NO_PAD.encode(bytes)));
            texts.push(inner(value, shift, |bytes| URL_SAFE_NO_PAD.encode(bytes)));
        }
    } else if value.len() >= SHORT {
        texts.extend([STANDARD_NO_PAD.encode(value), URL_SAFE_NO_PAD.encode(value)]);
    }
    let word = value.chars().count() < SHORT;
    texts.into_iter().map(|text| Form { text, word }).collect()
}

/// The digits that base64 always writes for `value` when `shift` (mod 3) bytes stand before it.
fn inner(value: &str, shift: usize, encode: fn(&[u8]) -> String) -> String {
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(value.as_bytes());
    let first = [0, 2, 3].get(shift).copied().unwrap_or(0);
    let whole = bytes.len() * 8 / 6;
    encode(&bytes).chars().take(whole).skip(first).collect()
}

fn json(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control.is_ascii_control() => {
                text.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => text.push(other),
        }
    }
    text
}

fn html(value: &str) -> String {
    let text = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}

/// The same escapes with small hex digits.
fn lower(encoded: &str) -> String {
    let mut escape = 0;
    let lower = |char: char| {
        escape = if char == '%' {
            2
        } else {
            i32::max(escape - 1, -1)
        };
        if char != '%' && escape >= 0 {
            char.to_ascii_lowercase()
        } else {
            char
        }
    };
    encoded.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::redact;

    fn check(value: &str, text: &str, expected: &str) {
        assert_eq!(
            redact(text, &[&SecretString::from(value)]),
            expected,
            "{value} in {text}"
        );
    }

    #[test]
    fn every_known_form_is_taken_out() {
        check("canary-7f3a", "key=canary-7f3a!", "key=[secret]!");
        check("a b/c", "x?k=a%20b%2Fc", "x?k=[secret]");
        check("a b/c", "x?k=a%20b%2fc", "x?k=[secret]");
        check("a b/c", "x?k=a+b%2Fc&y", "x?k=[secret]&y");
        check("a b/c", "x?k=a%20b/c&y", "x?k=[secret]&y");
        check("say \"hi\"", r#"{"k":"say \"hi\""}"#, r#"{"k":"[secret]"}"#);
        check("p<q&r", "<p>p&lt;q&amp;r</p>", "<p>[secret]</p>");
        check("abcd", "YWJjZA==", "[secret]==");
        check("none", "text", "text");
        check("", "text", "text");
    }

    #[test]
    fn escapes_of_every_server_are_taken_out() {
        check("a/b+c&d", r#"{"k":"a\/b+c&d"}"#, r#"{"k":"[secret]"}"#);
        check("a/b+c&d", r"a/b\u002bc\u0026d", "[secret]");
        check("a/b+c&d", "a&#x2F;b&#43;c&amp;d", "[secret]");
        check("a~b/c", "x?k=a%7Eb/c", "x?k=[secret]");
        check(
            "a\"b/c",
            r#"{"b":"{\"k\":\"a\\\"b/c\"}"}"#,
            r#"{"b":"{\"k\":\"[secret]\"}"}"#,
        );
        check("k1", r"\u006b1", r"\u006b1");
    }

    #[test]
    fn base64_of_a_text_that_contains_the_value_is_found() {
        use base64::Engine as _;
        for user in ["", "a", "ab", "abc", "user:"] {
            let basic = format!("{user}canary-7f3a-0001:x");
            let text = base64::engine::general_purpose::STANDARD.encode(basic);
            let clean = redact(&text, &[&SecretString::from("canary-7f3a-0001")]);
            assert!(clean.contains("[secret]"), "{user}: {clean}");
        }
    }

    #[test]
    fn short_values_are_whole_words() {
        check(
            "abc",
            "abc abcd xabc (abc)",
            "[secret] abcd xabc ([secret])",
        );
        check("7", "7 of 17", "[secret] of 17");
    }

    #[test]
    fn marks_are_not_replaced_again() {
        check("secret", "secret secret", "[secret] [secret]");
        let (long, short) = (SecretString::from("abcdefgh"), SecretString::from("abcd"));
        assert_eq!(
            redact("abcdefgh abcd", &[&short, &long]),
            "[secret] [secret]"
        );
    }
}
