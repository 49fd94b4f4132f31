//! Cuts the text of a template into tokens. Spaces inside actions are tokens too, because `.a .b` is not `.a.b`.
//! A mistake is the last token, so that the parser meets it exactly when it gets there.

mod action;
mod number;

use crate::tree::Place;

/// What opens and closes an action.
#[derive(Clone, Debug)]
pub struct Delimiters {
    /// What opens it: `{{`.
    pub left: String,
    /// What closes it: `}}`.
    pub right: String,
}

impl Default for Delimiters {
    fn default() -> Delimiters {
        Delimiters {
            left: "{{".to_owned(),
            right: "}}".to_owned(),
        }
    }
}

/// A piece of the text.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) text: &'a str,
    /// The words of a mistake.
    pub(crate) mistake: String,
}

/// What a piece of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    End,
    Mistake,
    Text,
    Left,
    Right,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Letter,
    Identifier,
    Keyword,
    Bool,
    Dot,
    Field,
    Variable,
    Number,
    Character,
    Quoted,
    Raw,
}

impl Token<'_> {
    /// The token as errors show it.
    pub(crate) fn shown(&self) -> String {
        match self.kind {
            Kind::End => "EOF".to_owned(),
            Kind::Mistake => self.mistake.clone(),
            Kind::Keyword | Kind::Dot => format!("<{}>", self.text),
            _ => match self.text.char_indices().nth(10) {
                Some((end, _)) if self.text.len() > 10 => {
                    format!(
                        "{}...",
                        crate::quoted(self.text.get(..end).unwrap_or_default())
                    )
                }
                _ => crate::quoted(self.text),
            },
        }
    }

    pub(crate) fn is_keyword(&self, word: &str) -> bool {
        self.kind == Kind::Keyword && self.text == word
    }
}

/// The tokens of a text; the last one is the end or a mistake.
pub(crate) fn tokens<'a>(
    text: &'a str,
    delimiters: &Delimiters,
    break_is_name: [bool; 2],
) -> Vec<Token<'a>> {
    let lexer = Lexer {
        text,
        at: 0,
        start: 0,
        parens: 0,
        delimiters,
        break_is_name,
        tokens: Vec::new(),
    };
    lexer.run()
}

/// The spaces that trimming takes away and that separate arguments.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

struct Mistake(String);

struct Lexer<'a, 'd> {
    text: &'a str,
    at: usize,
    start: usize,
    parens: usize,
    delimiters: &'d Delimiters,
    /// Whether `break` and `continue` are names of functions.
    break_is_name: [bool; 2],
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a, '_> {
    fn run(mut self) -> Vec<Token<'a>> {
        while self.at < self.text.len() {
            if let Err(mistake) = self.part() {
                self.push(Kind::Mistake, mistake.0);
                return self.tokens;
            }
        }
        self.start = self.at;
        self.push(Kind::End, String::new());
        self.tokens
    }

    /// Text up to an action, then the action.
    fn part(&mut self) -> Result<(), Mistake> {
        self.start = self.at;
        let rest = self.rest();
        let Some(left) = rest.find(&self.delimiters.left) else {
            self.at = self.text.len();
            self.emit_text(rest);
            return Ok(());
        };
        let behind = rest
            .get(left + self.delimiters.left.len()..)
            .unwrap_or_default();
        let trims = opens_with_trim(behind);
        let text = rest.get(..left).unwrap_or_default();
        self.emit_text(if trims {
            text.trim_end_matches(SPACES)
        } else {
            text
        });
        self.at += left;
        self.action(trims)
    }

    fn emit_text(&mut self, text: &'a str) {
        if !text.is_empty() {
            let place = Place(u32::try_from(self.start).unwrap_or(u32::MAX));
            self.tokens.push(Token {
                kind: Kind::Text,
                place,
                text,
                mistake: String::new(),
            });
        }
    }

    fn action(&mut self, trims: bool) -> Result<(), Mistake> {
        self.start = self.at;
        let comment_at = self.at + self.delimiters.left.len() + if trims { TRIM } else { 0 };
        if self
            .text
            .get(comment_at..)
            .is_some_and(|rest| rest.starts_with("/*"))
        {
            self.at = comment_at;
            return self.comment();
        }
        self.at += self.delimiters.left.len();
        self.emit(Kind::Left);
        self.at = comment_at;
        self.start = self.at;
        self.parens = 0;
        while !self.inside_action()? {}
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Mistake> {
        self.start = self.at;
        let inside = self.rest().get(2..).unwrap_or_default();
        let end = inside
            .find("*/")
            .ok_or_else(|| Mistake("unclosed comment".to_owned()))?;
        self.at += end + 4;
        let trims = self
            .closes()
            .ok_or_else(|| Mistake("comment ends before closing delimiter".to_owned()))?;
        self.leave(trims);
        Ok(())
    }

    /// Steps over the right delimiter and the space that it trims.
    fn leave(&mut self, trims: bool) {
        if trims {
            self.at += TRIM;
        }
        self.start = self.at;
        self.at += self.delimiters.right.len();
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    /// Whether the right delimiter is here, and whether it trims.
    fn closes(&self) -> Option<bool> {
        let rest = self.rest();
        let trimmed = rest
            .strip_prefix(SPACES)
            .and_then(|rest| rest.strip_prefix('-'));
        if trimmed.is_some_and(|rest| rest.starts_with(&self.delimiters.right)) {
            return Some(true);
        }
        rest.starts_with(&self.delimiters.right).then_some(false)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn emit(&mut self, kind: Kind) {
        self.push(kind, String::new());
        self.start = self.at;
    }

    fn push(&mut self, kind: Kind, mistake: String) {
        let text = self.text.get(self.start..self.at).unwrap_or_default();
        let place = Place(u32::try_from(self.start).unwrap_or(u32::MAX));
        self.tokens.push(Token {
            kind,
            place,
            text,
            mistake,
        });
    }
}

/// The length of a trim marker: a minus and a space.
const TRIM: usize = 2;

fn opens_with_trim(behind: &str) -> bool {
    behind
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(SPACES))
}
