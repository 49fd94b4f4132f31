//! What falls out of a text while it is read. Comments go, with whatever values would have stood in them. A `<` that begins
//! no tag is escaped, so that no value behind it can make one of it. Tags in a script's strings are written so that they do
//! not end the script.

use std::ops::Range;

use super::super::context::{Context, Css, Js, State};
use super::{rest, starts_with_fold};

/// A text on its way to what is printed of it.
pub struct Strip<'a> {
    source: &'a [u8],
    out: Vec<u8>,
    written: usize,
}

impl<'a> Strip<'a> {
    /// Nothing of the text has been read.
    pub fn new(source: &'a [u8]) -> Strip<'a> {
        Strip {
            source,
            out: Vec::new(),
            written: 0,
        }
    }

    /// Takes note of what was read between two places.
    pub fn step(&mut self, before: &Context, after: &Context, range: Range<usize>) {
        if matches!(before.state, State::Text | State::Rcdata) {
            self.escape_tags(before.state != after.state, range.clone());
        } else if is_stripped(before) {
            self.drop_comment(before.state, range.end);
        } else if before.state.is_script_literal() {
            self.hide_script_tags(range.clone());
        }
        if before.state != after.state && is_stripped(after) {
            self.copy(range.end.saturating_sub(opening(after.state)));
            self.written = range.end;
        }
    }

    /// The text that is left, if it is another one.
    pub fn finish(mut self, end: &Context) -> Option<String> {
        if self.written == 0 {
            return None;
        }
        if !is_stripped(end) {
            self.copy(self.source.len());
        }
        Some(String::from_utf8_lossy(&self.out).into_owned())
    }

    fn copy(&mut self, end: usize) {
        let text = self.source.get(self.written..end).unwrap_or_default();
        self.out.extend_from_slice(text);
        self.written = end.max(self.written);
    }

    fn replace(&mut self, at: usize, length: usize, text: &[u8]) {
        self.copy(at);
        self.out.extend_from_slice(text);
        self.written = at + length;
    }

    /// All `<` but the one that begins the tag or comment at the end of the range.
    fn escape_tags(&mut self, ends_in_tag: bool, range: Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        let tag = text.iter().rposition(|byte| *byte == b'<');
        let end = match tag {
            Some(tag) if ends_in_tag => range.start + tag,
            _ => range.end,
        };
        for at in range.start..end {
            let here = rest(self.source, at);
            if here.first() == Some(&b'<') && !starts_with_fold(here, b"<!doctype") {
                self.replace(at, 1, b"&lt;");
            }
        }
    }

    fn drop_comment(&mut self, state: State, end: usize) {
        let text = self.source.get(self.written..end).unwrap_or_default();
        match state {
            State::Js(Js::Block) if breaks_line(text) => self.out.push(b'\n'),
            State::Js(Js::Block) | State::Css(Css::Block) => self.out.push(b' '),
            _ => {}
        }
        self.written = end;
    }

    fn hide_script_tags(&mut self, range: Range<usize>) {
        for at in range {
            let here = rest(self.source, at);
            let special: [&[u8]; 3] = [b"<script", b"</script", b"<!--"];
            if special.iter().any(|tag| starts_with_fold(here, tag)) {
                self.replace(at, 1, b"\\x3C");
            }
        }
    }
}

/// Whether the place is in a comment that is not printed. Those in attributes are.
fn is_stripped(context: &Context) -> bool {
    context.state.is_comment() && !context.in_value()
}

/// The length of what begins the comment.
fn opening(state: State) -> usize {
    match state {
        State::Comment | State::Js(Js::Open) => 4,
        State::Js(Js::Close) => 3,
        _ => 2,
    }
}

/// A comment over several lines counts as a line break, which may end a statement.
fn breaks_line(text: &[u8]) -> bool {
    let breaks: [&[u8]; 4] = [b"\n", b"\r", "\u{2028}".as_bytes(), "\u{2029}".as_bytes()];
    breaks
        .iter()
        .any(|wanted| super::find(text, wanted).is_some())
}
