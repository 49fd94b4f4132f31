//! HTML itself: tags, the names in them, comments.

use super::super::context::{Context, Delimiter, Element, State};
use super::super::name as names;
use super::{Step, find, find_any, head, is_space, rest, spaces, starts_with_fold};
use crate::escape::problem::{Problem, excerpt};

/// Where the end tag of a name begins.
pub fn end_tag(name: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += find(rest(text, at), b"</")?;
        let behind = rest(text, at + 2);
        let end = behind.get(name.len());
        if starts_with_fold(behind, name)
            && end.is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
        {
            return Some(at);
        }
        at += 2;
    }
}

/// Text up to behind the name of the next tag, or behind the start of a comment.
pub fn text(context: Context, text: &[u8]) -> (Context, usize) {
    let mut at = 0;
    while let Some(found) = find_any(rest(text, at), b"<") {
        at += found + 1;
        if rest(text, at).starts_with(b"!--") {
            return (Context::default().at(State::Comment), at + 3);
        }
        let closing = rest(text, at).first() == Some(&b'/');
        let name_at = at + usize::from(closing);
        let length = tag_name(rest(text, name_at));
        if length > 0 {
            let element = match closing {
                true => Element::Other,
                false => names::element(head(rest(text, name_at), length)),
            };
            return (Context::in_tag(element), name_at + length);
        }
    }
    (context, text.len())
}

/// The length of a tag's name: letters and digits, parted by single `:` or `-`.
fn tag_name(text: &[u8]) -> usize {
    if !text.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let mut length = 1;
    loop {
        length += match (text.get(length), text.get(length + 1)) {
            (Some(byte), _) if byte.is_ascii_alphanumeric() => 1,
            (Some(b':' | b'-'), Some(next)) if next.is_ascii_alphanumeric() => 2,
            _ => return length,
        };
    }
}

/// A comment up to its end.
pub fn comment(context: Context, text: &[u8]) -> (Context, usize) {
    match find(text, b"-->") {
        Some(end) => (Context::default(), end + 3),
        None => (context, text.len()),
    }
}

/// A tag up to its end or behind the next name.
pub fn tag(context: Context, text: &[u8]) -> Step {
    let start = spaces(text);
    let here = rest(text, start);
    match here.first() {
        None => return Ok((context, text.len())),
        Some(b'>') => return Ok((context.element.content(), start + 1)),
        Some(_) => {}
    }
    let length = name_length(here)?;
    if length == 0 {
        return Err(Problem::bad_html(format!(
            "expected space, attr name, or end of tag, but got {}",
            excerpt(here)
        )));
    }
    let whole = length < here.len();
    let context = Context {
        state: if whole {
            State::AfterName
        } else {
            State::AttributeName
        },
        attribute: names::attribute(context.element, head(here, length)),
        element: context.element,
        ..Context::default()
    };
    Ok((context, start + length))
}

fn name_length(text: &[u8]) -> Result<usize, Problem> {
    let end = find_any(text, b" \t\n\x0c\r=>'\"<").unwrap_or(text.len());
    match text.get(end) {
        Some(b'\'' | b'"' | b'<') => Err(Problem::bad_html(format!(
            "{} in attribute name: {}",
            excerpt(head(rest(text, end), 1)),
            excerpt(text)
        ))),
        _ => Ok(end),
    }
}

/// The rest of a name.
pub fn name(context: Context, text: &[u8]) -> Step {
    let length = name_length(text)?;
    let context = match length < text.len() {
        true => context.at(State::AfterName),
        false => context,
    };
    Ok((context, length))
}

/// Behind a name: a value follows, or the next name.
pub fn after_name(context: Context, text: &[u8]) -> (Context, usize) {
    let start = spaces(text);
    match text.get(start) {
        None => (context, text.len()),
        Some(b'=') => (context.at(State::BeforeValue), start + 1),
        Some(_) => (context.at(State::Tag), start),
    }
}

/// Behind the `=`: a quote or the value itself follows.
pub fn before_value(context: Context, text: &[u8]) -> (Context, usize) {
    let start = spaces(text);
    let (delimiter, length) = match text.get(start) {
        None => return (context, text.len()),
        Some(b'"') => (Delimiter::Double, start + 1),
        Some(b'\'') => (Delimiter::Single, start + 1),
        Some(_) => (Delimiter::Space, start),
    };
    let state = context.attribute.inside();
    let context = Context {
        delimiter,
        ..context.at(state)
    };
    (context, length)
}
