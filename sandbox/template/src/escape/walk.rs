//! Follows a browser through the text of a template: given the place where a text begins, the place where it ends. Comments
//! fall out of the text on the way, because what stands in them must not reach anybody.
//!
//! A step reads some of the text and says how much; steps never look behind the text they are given.

mod address;
mod entity;
mod markup;
mod script;
mod strip;
mod style;
mod tags;

pub use tags::tags;

use super::context::{Context, Css, Delimiter, Element, Js, State};
use super::name;
use super::problem::{Problem, excerpt};

/// The place behind a step, and how much was read.
type Step = Result<(Context, usize), Problem>;

/// The place behind a text, and the text as it is printed if that differs.
pub struct Walked {
    /// The place behind it.
    pub context: Context,
    /// What is printed instead of it.
    pub text: Option<String>,
}

/// A reason and the offset in the text where it shows.
pub type Found = (Problem, usize);

/// Reads a text from a place on.
pub fn walk(start: &Context, text: &str) -> Result<Walked, Found> {
    let bytes = text.as_bytes();
    let mut strip = strip::Strip::new(bytes);
    let mut end_tags = EndTags::default();
    let mut context = start.clone();
    let mut at = 0;
    while at < bytes.len() {
        let end_tag = end_tags.next(&context, bytes, at);
        let step = step(&context, rest(bytes, at), end_tag)
            .and_then(|step| progress(&context, step, bytes));
        let (next, length) = step.map_err(|problem| (problem, at))?;
        strip.step(&context, &next, at..at + length);
        (context, at) = (next, at + length);
    }
    let text = strip.finish(&context);
    Ok(Walked { context, text })
}

/// A step that neither reads nor leads anywhere would be repeated for ever.
fn progress(before: &Context, step: (Context, usize), text: &[u8]) -> Step {
    match step.1 == 0 && step.0 == *before {
        true => Err(Problem::bad_html(format!(
            "cannot be read: {}",
            excerpt(text)
        ))),
        false => Ok(step),
    }
}

/// Where the next end tag is. A script is read in many steps, but its end is looked for once.
#[derive(Default)]
struct EndTags {
    element: Element,
    from: usize,
    found: Option<usize>,
}

impl EndTags {
    /// How far the end tag is away that ends the content the place is in.
    fn next(&mut self, context: &Context, text: &[u8], at: usize) -> Option<usize> {
        let name = context.element.end_tag()?;
        let known = self.element == context.element && self.from <= at;
        if !known || self.found.is_some_and(|found| found < at) {
            let found = markup::end_tag(name, rest(text, at)).map(|found| at + found);
            (self.element, self.from, self.found) = (context.element, at, found);
        }
        // In a script's strings and comments an end tag is made harmless instead.
        let hidden = context.element == Element::Script
            && (context.state.is_script_literal() || context.state.is_comment());
        self.found.filter(|_| !hidden).map(|found| found - at)
    }
}

/// The bytes from an offset on.
fn rest(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// The bytes before an offset.
fn head(bytes: &[u8], end: usize) -> &[u8] {
    bytes.get(..end).unwrap_or(bytes)
}

/// Where one of the bytes stands first.
fn find_any(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| wanted.contains(byte))
}

/// Where a text stands first.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// How many bytes of white space the text begins with.
fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space(**byte)).count()
}

/// Whether HTML calls the byte white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0c | b'\r')
}

fn starts_with_fold(bytes: &[u8], lower: &[u8]) -> bool {
    head(bytes, lower.len()).eq_ignore_ascii_case(lower)
}

fn step(context: &Context, text: &[u8], end_tag: Option<usize>) -> Step {
    match end_tag {
        _ if context.in_value() => value(context, text),
        Some(0) => Ok((Context::default(), 0)),
        Some(end) => inner(context.clone(), head(text, end)),
        None => inner(context.clone(), text),
    }
}

/// One step of the language that the place is in.
fn inner(context: Context, text: &[u8]) -> Step {
    match context.state {
        State::Text => Ok(markup::text(context, text)),
        State::Comment => Ok(markup::comment(context, text)),
        State::Tag => markup::tag(context, text),
        State::AttributeName => markup::name(context, text),
        State::AfterName => Ok(markup::after_name(context, text)),
        State::BeforeValue => Ok(markup::before_value(context, text)),
        State::Rcdata | State::Value | State::Srcset | State::Dead => Ok((context, text.len())),
        State::Url => Ok((address::url(context, text), text.len())),
        State::Meta => Ok(address::meta(context, text)),
        State::MetaUrl => Ok(address::meta_url(context, text)),
        State::Js(js) => script::step(js, context, text),
        State::Css(css) => style::step(css, context, text),
    }
}

/// A step in the value of an attribute. What HTML writes as `&quot;` is a quote to the language inside; a value that ends in
/// this text is of no more interest.
fn value(context: &Context, text: &[u8]) -> Step {
    let end = value_end(context.delimiter, text);
    if context.delimiter == Delimiter::Space {
        check_unquoted(head(text, end.unwrap_or(text.len())))?;
    }
    match end {
        None => Ok((inside(context.clone(), text)?, text.len())),
        Some(end) => {
            let quote = usize::from(context.delimiter != Delimiter::Space);
            let element = element_behind(context, head(text, end));
            Ok((Context::in_tag(element), end + quote))
        }
    }
}

fn value_end(delimiter: Delimiter, text: &[u8]) -> Option<usize> {
    match delimiter {
        Delimiter::None => None,
        Delimiter::Double => find_any(text, b"\""),
        Delimiter::Single => find_any(text, b"'"),
        Delimiter::Space => find_any(text, b" \t\n\x0c\r>"),
    }
}

/// Browsers do not agree on these, and they hint at a quote that is missing.
fn check_unquoted(value: &[u8]) -> Result<(), Problem> {
    let Some(at) = find_any(value, b"\"'<=`") else {
        return Ok(());
    };
    Err(Problem::bad_html(format!(
        "{} in unquoted attr: {}; put the value in quotes",
        excerpt(head(rest(value, at), 1)),
        excerpt(value)
    )))
}

fn inside(mut context: Context, text: &[u8]) -> Result<Context, Problem> {
    let decoded = entity::decode(text);
    let mut at = 0;
    while at < decoded.len() {
        let step = inner(context.clone(), rest(&decoded, at))?;
        let (next, length) = progress(&context, step, text)?;
        (context, at) = (next, at + length);
    }
    Ok(context)
}

/// A script element of a foreign type holds text.
fn element_behind(context: &Context, value: &[u8]) -> Element {
    let is_type = context.attribute == super::context::Attribute::ScriptType;
    if is_type && context.element == Element::Script {
        let decoded = entity::decode(value);
        if !name::is_script_type(&String::from_utf8_lossy(&decoded)) {
            return Element::Other;
        }
    }
    context.element
}

/// The end of a comment that runs to the end of the line; the line break belongs to what follows.
fn line_comment(context: Context, text: &[u8], breaks: &[&[u8]], code: State) -> (Context, usize) {
    let end = breaks.iter().filter_map(|wanted| find(text, wanted)).min();
    match end {
        Some(end) => (context.at(code), end),
        None => (context, text.len()),
    }
}

/// The end of a comment `/* like this */`.
fn block_comment(context: Context, text: &[u8], code: State) -> (Context, usize) {
    match find(text, b"*/") {
        Some(end) => (context.at(code), end + 2),
        None => (context, text.len()),
    }
}

const SCRIPT: State = State::Js(Js::Code);
const STYLE: State = State::Css(Css::Code);

#[cfg(test)]
mod tests;
