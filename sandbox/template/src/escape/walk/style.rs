//! CSS, as far as its strings, comments and URLs go. Strings are read as URLs too, because styles load what they name.

use super::super::context::{Context, Css, Part, State};
use super::{STYLE, Step, address, block_comment, find_any, head, line_comment, rest, spaces};
use crate::escape::css::{decode, is_name};
use crate::escape::problem::Problem;

/// One step through a style.
pub fn step(css: Css, context: Context, text: &[u8]) -> Step {
    match css {
        Css::Code => Ok(code(context, text)),
        Css::Double | Css::DoubleUrl => string(context, text, b"\\\""),
        Css::Single | Css::SingleUrl => string(context, text, b"\\'"),
        Css::Url => string(context, text, b"\\\t\n\x0c\r )"),
        Css::Block => Ok(block_comment(context, text, STYLE)),
        Css::Line => Ok(line_comment(context, text, &[b"\n", b"\x0c", b"\r"], STYLE)),
    }
}

/// Rules and values up to behind the start of a string, URL or comment.
fn code(context: Context, text: &[u8]) -> (Context, usize) {
    let mut at = 0;
    while let Some(found) = find_any(rest(text, at), b"(\"'/") {
        at += found;
        let begun = match rest(text, at) {
            [b'"', ..] => Some((Css::Double, 1)),
            [b'\'', ..] => Some((Css::Single, 1)),
            [b'/', b'/', ..] => Some((Css::Line, 2)),
            [b'/', b'*', ..] => Some((Css::Block, 2)),
            [b'(', behind @ ..] if ends_with_url(head(text, at)) => Some(url(behind)),
            _ => None,
        };
        if let Some((css, length)) = begun {
            return (context.at(State::Css(css)), at + length);
        }
        at += 1;
    }
    (context, text.len())
}

/// The start of a URL behind its parenthesis, and how much of it was read with the parenthesis.
fn url(behind: &[u8]) -> (Css, usize) {
    let start = spaces(behind);
    match behind.get(start) {
        Some(b'"') => (Css::DoubleUrl, start + 2),
        Some(b'\'') => (Css::SingleUrl, start + 2),
        _ => (Css::Url, start + 1),
    }
}

fn ends_with_url(text: &[u8]) -> bool {
    let end = text.iter().rposition(|byte| !super::is_space(*byte));
    let text = end.map_or(&[][..], |end| head(text, end + 1));
    let Some((front, word)) = text
        .len()
        .checked_sub(3)
        .and_then(|at| text.split_at_checked(at))
    else {
        return false;
    };
    let before = String::from_utf8_lossy(front).chars().next_back();
    word.eq_ignore_ascii_case(b"url") && !before.is_some_and(is_name)
}

/// A string or URL up to behind its end.
fn string(mut context: Context, text: &[u8], ends: &[u8]) -> Step {
    let mut at = 0;
    while let Some(found) = find_any(rest(text, at), ends) {
        at += found;
        if text.get(at) != Some(&b'\\') {
            context.part = Part::Start;
            return Ok((context.at(STYLE), at + 1));
        }
        if at + 1 >= text.len() {
            return Err(Problem::escape("CSS", text));
        }
        at += 2;
    }
    Ok((address::url(context, &decode(text)), text.len()))
}
