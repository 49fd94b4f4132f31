//! `while` loops, which the interpreter does not have, written as bounded `for` loops.
//!
//! `while a:` becomes `for _while in _while_rounds:` with `if not (a): break` as the first line of its
//! body, so `break` and `continue` mean what they did and each round counts as a step. The text gains
//! lines by that; [`Lines`] tells where a place in the new text is in the author's.

mod scan;

use super::guard::GuardError;
use scan::{Body, Header};

/// The global that a rewritten loop goes through.
pub const ROUNDS: &str = "_while_rounds";

/// A text without `while`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// For the interpreter.
    pub text: String,
    /// Back to the author's text.
    pub lines: Lines,
}

/// Where the lines of a rewritten text come from; empty when nothing was rewritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<Origin>);

/// Where one line comes from; all counts begin with zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    line: usize,
    /// From this column on the text is the author's, and stood at `column`; before, it is ours.
    from: usize,
    column: usize,
}

impl Lines {
    /// The author's place of a place in the rewritten text, both counted from zero.
    pub fn origin(&self, line: usize, column: usize) -> (usize, usize) {
        match self.0.get(line) {
            None => (line, column),
            Some(origin) => (
                origin.line,
                origin.column + column.saturating_sub(origin.from),
            ),
        }
    }
}

/// Writes the `while` loops of `text` as `for` loops; statements that belong into functions are
/// refused outside of them.
pub fn rewrite(text: &str) -> Result<Rewritten, GuardError> {
    let headers = scan::headers(text)?;
    if headers.is_empty() {
        return Ok(Rewritten {
            text: text.to_owned(),
            lines: Lines::default(),
        });
    }
    let mut writer = Writer {
        source: text,
        done: 0,
        line: 0,
        text: String::with_capacity(text.len() + headers.len() * 80),
        origins: Vec::new(),
    };
    headers.iter().for_each(|header| writer.header(header));
    writer.copy(text.len());
    writer.end_line(0, 0);
    Ok(Rewritten {
        text: writer.text,
        lines: Lines(writer.origins),
    })
}

/// Refuses `while` where the language has none, and statements outside of functions.
pub fn refuse(text: &str) -> Result<(), GuardError> {
    match scan::headers(text)?.first() {
        None => Ok(()),
        Some(header) => Err(GuardError::at(
            text,
            header.at,
            "this file does not support while loops; use `for`".to_owned(),
        )),
    }
}

struct Writer<'a> {
    source: &'a str,
    /// Bytes of the source that are written.
    done: usize,
    /// Line of the source at `done`.
    line: usize,
    text: String,
    origins: Vec<Origin>,
}

impl Writer<'_> {
    fn header(&mut self, header: &Header) {
        let start = self.line_start(header.at);
        let column = self.columns(start, header.at);
        self.copy(start);
        let outer = self.slice(start, header.at).to_owned();
        self.text
            .push_str(&format!("{outer}for _while in {ROUNDS}:\n"));
        self.ours(column);
        let inner = match &header.body {
            Body::Block(indent) => indent.clone(),
            Body::Inline => format!("{outer} "),
        };
        let before = format!("{inner}if not (");
        self.text.push_str(&before);
        let condition = self.after_blanks(header.at + "while".len());
        self.done = condition;
        let shift = (before.chars().count(), self.columns(start, condition));
        self.rest(header.colon, shift);
        // The last line of a condition of several lines is the author's from its beginning.
        let several = self.slice(condition, header.colon).contains('\n');
        let shift = if several { (0, 0) } else { shift };
        self.text.push_str("): break");
        self.done = header.colon + 1;
        if header.body == Body::Inline {
            self.done = self.after_blanks(self.done);
            let origin = self.columns(self.line_start(self.done), self.done);
            self.text.push('\n');
            self.end_line(shift.0, shift.1);
            self.text.push_str(&inner);
            self.rest(self.line_end(), (inner.chars().count(), origin));
        } else {
            self.rest(self.line_end(), shift);
        }
    }

    /// Copies whole lines as they are.
    fn copy(&mut self, end: usize) {
        self.rest(end, (0, 0));
    }

    /// Copies to `end`; the line that is being written has the author's text from `shift` on.
    fn rest(&mut self, end: usize, shift: (usize, usize)) {
        let mut shift = shift;
        let piece = self.slice(self.done, end).to_owned();
        for part in piece.split_inclusive('\n') {
            self.text.push_str(part);
            if part.ends_with('\n') {
                self.end_line(shift.0, shift.1);
                self.line += 1;
                shift = (0, 0);
            }
        }
        self.done = end;
    }

    /// Ends a line that is wholly ours.
    fn ours(&mut self, column: usize) {
        self.end_line(usize::MAX, column);
    }

    fn end_line(&mut self, from: usize, column: usize) {
        self.origins.push(Origin {
            line: self.line,
            from,
            column,
        });
    }

    fn line_start(&self, at: usize) -> usize {
        self.slice(0, at).rfind('\n').map_or(0, |end| end + 1)
    }

    fn after_blanks(&self, at: usize) -> usize {
        let rest = self.slice(at, self.source.len());
        at + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// Behind the line that `done` is in.
    fn line_end(&self) -> usize {
        let rest = self.slice(self.done, self.source.len());
        self.done + rest.find('\n').map_or(rest.len(), |at| at + 1)
    }

    fn columns(&self, from: usize, to: usize) -> usize {
        self.slice(from, to).chars().count()
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.source.get(from..to).unwrap_or("")
    }
}

#[cfg(test)]
mod tests;
