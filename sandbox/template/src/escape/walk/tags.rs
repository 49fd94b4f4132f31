//! HTML without its tags: what of trusted HTML can stand in an attribute.

use super::super::context::{Context, Delimiter, State};
use super::{EndTags, head, inner, rest, value_end};

/// The text between tags; comments, scripts and styles go. What is left is not escaped yet.
pub fn tags(html: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut ends = EndTags::default();
    let mut context = Context::default();
    let mut at = 0;
    let mut only_text = true;
    while at < html.len() {
        let end_tag = ends.next(&context, html, at);
        let Some((next, length)) = step(&context, rest(html, at), end_tag) else {
            return out;
        };
        match context.state {
            State::Text | State::Rcdata => {
                let tag = context.state == State::Text && next.state != State::Text;
                out.extend_from_slice(kept(head(rest(html, at), length), tag));
            }
            _ => only_text = false,
        }
        (context, at) = (next, at + length);
    }
    if only_text { html.to_vec() } else { out }
}

/// The text before the tag that ends it.
fn kept(text: &[u8], ends_in_tag: bool) -> &[u8] {
    match text.iter().rposition(|byte| *byte == b'<') {
        Some(tag) if ends_in_tag => head(text, tag),
        _ => text,
    }
}

/// A step over HTML that nobody reads for its scripts and styles; nothing if it cannot be read.
fn step(context: &Context, text: &[u8], end_tag: Option<usize>) -> Option<(Context, usize)> {
    let step = if context.in_value() {
        let end = value_end(context.delimiter, text)?;
        let quote = usize::from(context.delimiter != Delimiter::Space);
        (Context::in_tag(context.element), end + quote)
    } else if end_tag == Some(0) {
        (Context::default(), 0)
    } else if matches!(context.state, State::Js(_) | State::Css(_)) {
        (context.clone(), end_tag.unwrap_or(text.len()))
    } else {
        let text = end_tag.map_or(text, |end| head(text, end));
        inner(context.clone(), text).ok()?
    };
    (step.1 > 0 || step.0 != *context).then_some(step)
}
