//! Finds the headers of `while` loops, and statements that stand outside of functions.

use crate::star::guard::{GuardError, literal};

/// `while …:` in a text; places are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Where the word begins.
    pub at: usize,
    /// Where the colon is.
    pub colon: usize,
    /// Where its statements are.
    pub body: Body,
}

/// The statements of a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// On lines of their own, indented like this.
    Block(String),
    /// Behind the colon.
    Inline,
}

/// All headers in order.
pub fn headers(text: &str) -> Result<Vec<Header>, GuardError> {
    let mut scan = Scan {
        text,
        at: 0,
        open: 0,
        fresh: true,
        lambdas: 0,
        begun: None,
        found: Vec::new(),
    };
    while let Some(character) = scan.rest().chars().next() {
        scan.step(character)?;
    }
    Ok(scan.found)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Brackets that are open.
    open: usize,
    /// Whether a statement may begin here.
    fresh: bool,
    /// Colons that belong to lambdas of the header.
    lambdas: usize,
    /// Where the header begins that has no colon yet.
    begun: Option<usize>,
    found: Vec<Header>,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn step(&mut self, character: char) -> Result<(), GuardError> {
        let length = match character {
            ' ' | '\t' | '\r' => 1,
            '#' => self.rest().find('\n').unwrap_or(self.rest().len()),
            '\n' => self.end_line(),
            '\\' if self.rest().starts_with("\\\n") => 2,
            '"' | '\'' => self.other(literal(self.rest(), character)),
            '(' | '[' | '{' => {
                self.open += 1;
                self.other(1)
            }
            ')' | ']' | '}' => {
                self.open = self.open.saturating_sub(1);
                self.other(1)
            }
            ':' if self.open == 0 && self.begun.is_some() => self.colon()?,
            _ if character == '_' || character.is_alphanumeric() => self.word()?,
            _ => self.other(character.len_utf8()),
        };
        self.at += length;
        Ok(())
    }

    fn other(&mut self, length: usize) -> usize {
        self.fresh = false;
        length
    }

    fn end_line(&mut self) -> usize {
        if self.open == 0 {
            self.fresh = true;
            // A header without its colon is for the parser to complain about.
            self.begun = None;
        }
        1
    }

    fn word(&mut self) -> Result<usize, GuardError> {
        let ends = |c: char| c != '_' && !c.is_alphanumeric();
        let rest = self.rest();
        let length = rest.find(ends).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("").to_owned();
        if word == "lambda" && self.begun.is_some() && self.open == 0 {
            self.lambdas += 1;
        }
        if self.fresh && self.open == 0 {
            self.statement(&word)?;
        }
        Ok(self.other(length))
    }

    fn statement(&mut self, word: &str) -> Result<(), GuardError> {
        let top = self.at == 0
            || self
                .text
                .get(..self.at)
                .is_some_and(|text| text.ends_with('\n'));
        let name = match word {
            "if" => "if statement",
            "for" => "for loop",
            "while" => "while loop",
            _ => return Ok(()),
        };
        if top {
            return Err(self.error(
                self.at,
                format!("{name} not within a function; move it into a `def`"),
            ));
        }
        if word == "while" {
            (self.begun, self.lambdas) = (Some(self.at), 0);
        }
        Ok(())
    }

    fn colon(&mut self) -> Result<usize, GuardError> {
        if self.lambdas > 0 {
            self.lambdas -= 1;
            return Ok(self.other(1));
        }
        if let Some(at) = self.begun.take() {
            let colon = self.at;
            let body = self.body(at, colon)?;
            self.found.push(Header { at, colon, body });
        }
        Ok(self.other(1))
    }

    fn body(&self, at: usize, colon: usize) -> Result<Body, GuardError> {
        let after = self.text.get(colon + 1..).unwrap_or("");
        let (same, below) = after.split_once('\n').unwrap_or((after, ""));
        let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if !empty(same) {
            return Ok(Body::Inline);
        }
        let first = below.split('\n').find(|line| !empty(line)).unwrap_or("");
        let indent = indent(first);
        let start = self
            .text
            .get(..at)
            .unwrap_or("")
            .rfind('\n')
            .map_or(0, |end| end + 1);
        if indent.len() <= at - start {
            return Err(self.error(
                colon,
                "the loop has no body; indent its statements".to_owned(),
            ));
        }
        Ok(Body::Block(indent.to_owned()))
    }

    fn error(&self, at: usize, reason: String) -> GuardError {
        GuardError::at(self.text, at, reason)
    }
}

fn indent(line: &str) -> &str {
    let length = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..length).unwrap_or("")
}
