//! Functions on URLs and their parts, escaped as Go's `net/url` does.

use super::Call;
use super::family::{Entry, printed};
use crate::builtin::escape_query;
use crate::value::{Safe, Value};

pub(super) const FAMILY: &[Entry] = &[
    ("pathEscape", "s", |c| {
        Ok(escaped(&c.text(0), b"-_.~$&+=:@").into())
    }),
    ("queryEscape", "s", |c| {
        let mut out = Vec::new();
        escape_query(c.text(0).as_bytes(), &mut out);
        Ok(Value::string_of_bytes(&out))
    }),
    ("pathUnescape", "s", |c| unescaped(&c.text(0), false)),
    ("queryUnescape", "s", |c| unescaped(&c.text(0), true)),
    ("safeHTML", "s", |c| {
        Ok(Value::Safe(Safe::Html, c.text(0).as_ref().into()))
    }),
    ("urlParse", "s", |c| Ok(parsed(&c.text(0)))),
    ("urlJoin", "d", |c| Ok(joined(c).into())),
];

fn escaped(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || kept.contains(&byte) => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn unescaped(text: &str, plus: bool) -> Result<Value, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'%' => {
                let digits = behind
                    .split_first_chunk::<2>()
                    .filter(|(digits, _)| digits.iter().all(u8::is_ascii_hexdigit))
                    .and_then(|(digits, rest)| Some((std::str::from_utf8(digits).ok()?, rest)));
                let Some((digits, behind)) = digits else {
                    let shown: String = ["%", &String::from_utf8_lossy(behind)].concat();
                    let shown: String = shown.chars().take(3).collect();
                    return Err(format!("invalid URL escape {}", crate::quoted(&shown)));
                };
                out.extend(u8::from_str_radix(digits, 16));
                rest = behind;
            }
            b'+' if plus => out.push(b' '),
            byte => out.push(*byte),
        }
    }
    Ok(Value::string_of_bytes(&out))
}

/// The parts of a URL (RFC 3986, appendix B).
fn parsed(url: &str) -> Value {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_scheme = |scheme: &&str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    };
    let (scheme, rest) = match rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (String::new(), rest),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let name = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let opaque = !scheme.is_empty() && authority.is_empty() && !path.starts_with('/');
    let (path, opaque) = if opaque { ("", path) } else { (path, "") };
    let Ok(path) = unescaped(path, false) else {
        return Value::Nil;
    };
    Value::map([
        ("scheme", scheme.into()),
        ("host", host.into()),
        ("hostname", name.into()),
        ("path", path),
        ("query", query.into()),
        ("opaque", opaque.into()),
        ("fragment", fragment.into()),
        ("userinfo", user.into()),
    ])
}

fn joined(c: &Call<'_>) -> String {
    let part = |name: &str| match c.argument(0) {
        Value::Map(map) => map
            .get(name)
            .map(|value| printed(&value))
            .unwrap_or_default(),
        _ => String::new(),
    };
    let mut url = String::new();
    let (scheme, user, host, path) = (part("scheme"), part("userinfo"), part("host"), part("path"));
    if !scheme.is_empty() {
        url.push_str(&format!("{scheme}:"));
    }
    if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
        let at = if user.is_empty() { "" } else { "@" };
        url.push_str(&format!("//{user}{at}{host}"));
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            url.push('/');
        }
    }
    url.push_str(&escaped(&path, b"-_.~$&+=:@/;,"));
    for (mark, text) in [('?', part("query")), ('#', part("fragment"))] {
        if !text.is_empty() {
            url.push(mark);
            url.push_str(&text);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_escapes_are_named() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = unescaped(text, true).map(|value| printed(&value));
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("a+%c3%A9", Ok("a é"));
        check("a%zz1", Err("invalid URL escape \"%zz\""));
        check("a%1", Err("invalid URL escape \"%1\""));
        check("%", Err("invalid URL escape \"%\""));
    }
}
