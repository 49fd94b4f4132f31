//! URLs, and the `content` of a `meta` that may hold one.

use super::super::context::{Context, Part, State};
use super::{find_any, rest, spaces, starts_with_fold};

/// The part of the URL that is reached behind more of it.
pub fn url(mut context: Context, text: &[u8]) -> Context {
    if find_any(text, b"#?").is_some() {
        context.part = Part::Query;
    } else if context.part == Part::Start && spaces(text) < text.len() {
        context.part = Part::Path;
    }
    context
}

/// The `content` of a `meta` up to behind `url=`, which makes browsers go there.
pub fn meta(context: Context, text: &[u8]) -> (Context, usize) {
    for at in 0..text.len() {
        let here = rest(text, at);
        if starts_with_fold(here, b"url") {
            let equals = 3 + spaces(rest(here, 3));
            if here.get(equals) == Some(&b'=') {
                return (context.at(State::MetaUrl), at + equals + 1);
            }
        }
    }
    (context, text.len())
}

/// The URL in the `content` of a `meta`, up to the `;` behind it.
pub fn meta_url(context: Context, text: &[u8]) -> (Context, usize) {
    match find_any(text, b";") {
        Some(end) => (context.at(State::Meta), end + 1),
        None => (context, text.len()),
    }
}
