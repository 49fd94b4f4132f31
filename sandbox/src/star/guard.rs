//! Looks over Starlark text before the parser sees it.
//!
//! The parser recurses for each open bracket and takes the process with it when they nest too
//! deep.

/// Longest Starlark file.
const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting of brackets.
const MAX_BRACKETS: usize = 200;
/// Deepest indentation in characters.
const MAX_INDENT: usize = 400;

/// Why a text is not given to the parser; shown as `line:column: reason`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct GuardError {
    line: usize,
    column: usize,
    reason: String,
}

/// The same in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Misplaced {
    /// `file:line:column`.
    pub place: String,
    /// For the app's author.
    pub reason: String,
}

impl GuardError {
    /// In the file `name`.
    pub fn within(self, name: &str) -> Misplaced {
        Misplaced {
            place: format!("{name}:{}:{}", self.line, self.column),
            reason: self.reason,
        }
    }

    /// At the byte `at` of `text`.
    pub fn at(text: &str, at: usize, reason: String) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            reason,
        }
    }
}

/// Checks size and nesting.
pub fn check(text: &str) -> Result<(), GuardError> {
    if text.len() > MAX_BYTES {
        return Err(GuardError {
            line: 1,
            column: 1,
            reason: format!("the file is longer than {MAX_BYTES} bytes"),
        });
    }
    Scan {
        rest: text,
        line: 1,
        column: 1,
        open: 0,
        indent: Some(0),
    }
    .run()
}

struct Scan<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
    open: usize,
    /// Characters of indentation while a line has nothing else yet.
    indent: Option<usize>,
}

impl Scan<'_> {
    fn run(mut self) -> Result<(), GuardError> {
        while let Some(character) = self.rest.chars().next() {
            match character {
                '#' => self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
                '"' | '\'' => self.skip(literal(self.rest, character)),
                '(' | '[' | '{' => self.open_bracket()?,
                ')' | ']' | '}' => {
                    self.open = self.open.saturating_sub(1);
                    self.skip(1);
                }
                ' ' | '\t' => self.blank()?,
                _ => self.skip(character.len_utf8()),
            }
        }
        Ok(())
    }

    fn open_bracket(&mut self) -> Result<(), GuardError> {
        self.open += 1;
        if self.open > MAX_BRACKETS {
            return Err(self.error(format!("brackets are nested more than {MAX_BRACKETS} deep")));
        }
        self.skip(1);
        Ok(())
    }

    fn blank(&mut self) -> Result<(), GuardError> {
        let indent = self.indent.map(|count| count + 1);
        if self.open == 0 && indent.is_some_and(|count| count > MAX_INDENT) {
            return Err(self.error(format!(
                "the line is indented more than {MAX_INDENT} characters"
            )));
        }
        self.skip(1);
        self.indent = indent;
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for character in passed.chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
                self.indent = Some(0);
            } else {
                self.column += 1;
                self.indent = None;
            }
        }
        self.rest = rest;
    }

    fn error(&self, reason: String) -> GuardError {
        GuardError {
            line: self.line,
            column: self.column,
            reason,
        }
    }
}

/// Length in bytes of the string literal that `text` begins with.
pub fn literal(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let end = if text.starts_with(&triple) {
        triple
    } else {
        quote.to_string()
    };
    let length = string_end(text.get(end.len()..).unwrap_or(""), &end);
    (end.len() + length).min(text.len())
}

/// Bytes up to and including the closing quotes; a plain string ends with its line at the latest.
fn string_end(text: &str, end: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            // A backslash keeps the quote from ending a string, a raw one too.
            escaped = true;
        } else if text.get(at..).is_some_and(|rest| rest.starts_with(end)) {
            return at + end.len();
        } else if character == '\n' && end.len() == 1 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str, expected: &str) {
        let found = check(text).map_or_else(|error| error.to_string(), |()| String::new());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn nesting_is_bounded() {
        check_text(
            &("x = ".to_owned() + &"(".repeat(200) + &")".repeat(200)),
            "",
        );
        check_text(
            &"[".repeat(201),
            "1:201: brackets are nested more than 200 deep",
        );
        check_text(&("'".to_owned() + &"[".repeat(300) + "'"), "");
        check_text(&("'it\\'s ".to_owned() + &"[".repeat(300) + "'"), "");
        check_text(&("r\"\"\"\n".to_owned() + &"[".repeat(300) + "\"\"\""), "");
        check_text(
            &format!("if x:\n{}y", " ".repeat(401)),
            "2:401: the line is indented more than 400 characters",
        );
    }
}
