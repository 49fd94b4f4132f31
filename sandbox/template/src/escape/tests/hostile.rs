//! Values that try to leave their place. Each place has a small decoder of its own that reads the output as a browser would
//! up to the end of the place; it must find the value there and nothing behind it.

use proptest::prelude::*;

use super::render;
use crate::value::Value;

/// Pieces that mean something to one of the languages of a page.
const PIECES: &[&str] = &[
    "<",
    ">",
    "&",
    "'",
    "\"",
    "`",
    "/",
    "\\",
    "+",
    "=",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{fffe}",
    "\u{fdd0}",
    "é",
    "日",
    "${",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    ";",
    ":",
    ",",
    "#",
    "?",
    "%",
    "%41",
    "--",
    "<!--",
    "-->",
    "</script>",
    "<script",
    "</style>",
    "</title>",
    "]]>",
    "*/",
    "/*",
    "//",
    "&lt",
    "&#39;",
    "javascript:",
    "http://",
    "data:",
    "url(",
    "\\27",
    "a",
    "0",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES).prop_map(str::to_owned);
    proptest::collection::vec(prop_oneof![9 => piece, 1 => any::<String>()], 0..8)
        .prop_map(|pieces| pieces.concat())
}

/// What stands in the place of the value.
fn placed(before: &str, behind: &str, value: &str) -> String {
    let template = format!("{before}{{{{.}}}}{behind}");
    let printed = render(&[("t", &template)], Value::text(value)).unwrap();
    let inside = printed
        .strip_prefix(before)
        .and_then(|text| text.strip_suffix(behind));
    inside.unwrap().to_owned()
}

/// The value as it can be found again: there is no NUL in HTML.
fn visible(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

fn has_none(text: &str, of: &[char]) -> bool {
    !text.contains(of)
}

/// The inside of a JavaScript literal.
fn from_script(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let escaped = if letter == '\\' { rest.next() } else { None };
        out.push(match escaped {
            None => letter,
            Some('u') => {
                let digits: String = rest.by_ref().take(4).collect();
                char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
            }
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('f') => '\u{c}',
            Some(other) => other,
        });
    }
    out
}

/// The inside of a CSS string.
fn from_style(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(|next| digits.len() < 6 && next.is_ascii_hexdigit()) {
            digits.push(digit);
        }
        if digits.is_empty() {
            out.extend(rest.next());
        } else {
            rest.next_if(|next| next.is_ascii_whitespace());
            out.extend(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()));
        }
    }
    out
}

fn from_percents(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    out
}

/// Whether a browser would execute the URL: it drops white space and control characters before the scheme.
fn leads_somewhere(url: &str) -> bool {
    let url: String = url
        .chars()
        .filter(|letter| *letter > ' ')
        .collect::<String>()
        .to_lowercase();
    let (path, colon) = (url.find(['/', '?', '#']), url.find(':'));
    match (colon, path) {
        (None, _) => true,
        (Some(colon), Some(path)) if path < colon => true,
        _ => ["http:", "https:", "mailto:"]
            .iter()
            .any(|scheme| url.starts_with(scheme)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn text(value in hostile()) {
        for (before, behind) in [("<p>", "</p>"), ("<title>", "</title>"), ("<p t=\"", "\">"), ("<p t='", "'>")] {
            let inside = placed(before, behind, &value);
            prop_assert!(has_none(&inside, &['<', '>', '"', '\'', '\0']), "{}", inside);
            prop_assert_eq!(htmlize::unescape(inside.as_str()), visible(&value));
        }
    }

    #[test]
    fn attribute_without_quotes(value in hostile()) {
        let inside = placed("<p t=", ">", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'', '`', '=', ' ', '\t', '\n', '\r', '\u{c}', '\0']), "{}", inside);
        prop_assert!(!inside.is_empty());
        if !value.is_empty() {
            prop_assert_eq!(htmlize::unescape_attribute(inside.as_str()), visible(&value));
        }
    }

    #[test]
    fn attribute_name(value in hostile()) {
        let inside = placed("<p ", ">", &value);
        prop_assert!(inside.chars().all(|letter| letter.is_ascii_alphanumeric()), "{}", inside);
        prop_assert!(!inside.starts_with("on"));
    }

    #[test]
    fn url(value in hostile()) {
        let inside = placed("<a href=\"", "\">", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'', ' ']), "{}", inside);
        prop_assert!(leads_somewhere(&htmlize::unescape_attribute(inside.as_str())), "{}", inside);
    }

    #[test]
    fn query(value in hostile()) {
        let inside = placed("<a href='/a?b=", "&amp;c'>", &value);
        prop_assert!(inside.chars().all(|letter| letter.is_ascii_alphanumeric() || "%-._~".contains(letter)), "{}", inside);
        prop_assert_eq!(from_percents(&inside), value.as_bytes());
    }

    #[test]
    fn srcset(value in hostile()) {
        let inside = placed("<img srcset=\"", "\">", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'']), "{}", inside);
        for image in htmlize::unescape_attribute(inside.as_str()).split(',') {
            prop_assert!(leads_somewhere(image), "{}", image);
        }
    }

    #[test]
    fn script_value(value in hostile()) {
        let inside = placed("<script>x=", ";</script>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '&', '\u{2028}', '\u{2029}']), "{}", inside);
        prop_assert_eq!(serde_json::from_str::<String>(&inside).unwrap(), value.as_str());
        let inside = placed("<a onclick='f(", ")'>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '\'', '"']), "{}", inside);
        let script = htmlize::unescape_attribute(inside.as_str());
        prop_assert_eq!(serde_json::from_str::<String>(&script).unwrap(), value);
    }

    #[test]
    fn script_literals(value in hostile()) {
        let always = ['<', '>', '"', '\'', '\n', '\r', '\u{2028}', '\u{2029}'];
        for (before, behind) in [("<script>x='", "'</script>"), ("<script>x=\"", "\"</script>"), ("<script>x=`a${b}", "`</script>")] {
            let inside = placed(before, behind, &value);
            prop_assert!(has_none(&inside, &always) && has_none(&inside, &['`']), "{}", inside);
            prop_assert!(!before.contains('`') || has_none(&inside, &['$', '{', '}']), "{}", inside);
            prop_assert_eq!(from_script(&inside), value.as_str());
        }
    }

    #[test]
    fn script_regexp(value in hostile()) {
        let inside = placed("<script>x=/", "/;</script>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '\n', '\r', '\u{2028}', '\u{2029}']), "{}", inside);
        let bare = inside.replace("\\\\", "").replace("\\/", "");
        prop_assert!(!bare.contains('/') && !inside.is_empty(), "{}", inside);
        if !value.is_empty() {
            prop_assert_eq!(from_script(&inside), value);
        }
    }

    #[test]
    fn style_string(value in hostile()) {
        let inside = placed("<style>p{content:'/* ", "'}</style>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'', '\n', '\r', '\u{c}', '(', ')', '{', '}', ';']), "{}", inside);
        prop_assert_eq!(from_style(&inside), value);
    }

    #[test]
    fn style_value(value in hostile()) {
        let inside = placed("<style>p{width:", "}</style>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'', '\\', '(', ')', '{', '}', ';', '@', '/', '[', ']', '\0']), "{}", inside);
    }

    #[test]
    fn style_url(value in hostile()) {
        let inside = placed("<style>p{background:url(", ")}</style>", &value);
        prop_assert!(has_none(&inside, &['<', '>', '"', '\'', '\\', '(', ')', ' ', '\n']), "{}", inside);
        prop_assert!(leads_somewhere(&inside), "{}", inside);
    }

    #[test]
    fn comments(value in hostile()) {
        for (before, behind) in [("<p t=\"", "\">"), ("<a onclick=\"/*", "*/\">"), ("<p style='//", "'>")].into_iter().skip(1) {
            prop_assert_eq!(placed(before, behind, &value), "");
        }
    }
}
