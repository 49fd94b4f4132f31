//! The inside of an action.

use super::{Kind, Lexer, Mistake, SPACES, Token};
use crate::tree::Place;

impl Lexer<'_, '_> {
    /// Reads one token; says whether it closed the action.
    pub(super) fn inside_action(&mut self) -> Result<bool, Mistake> {
        if let Some(trims) = self.closes() {
            return self.right(trims);
        }
        let Some(letter) = self.next() else {
            return Err(Mistake("unclosed action".to_owned()));
        };
        match letter {
            letter if SPACES.contains(&letter) => self.space(),
            '=' => self.emit(Kind::Assign),
            ':' => self.declare()?,
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::Quoted, "unterminated quoted string")?,
            '\'' => self.quoted('\'', Kind::Character, "unterminated character constant")?,
            '`' => self.raw()?,
            '$' => self.variable()?,
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => self.field()?,
            '.' | '+' | '-' | '0'..='9' => self.number(letter)?,
            '(' => self.open(),
            ')' => self.close()?,
            letter if is_alphanumeric(letter) => self.identifier()?,
            ' '..='~' => self.emit(Kind::Letter),
            letter => {
                return Err(Mistake(format!(
                    "unrecognized character in action: {}",
                    named(letter)
                )));
            }
        }
        Ok(false)
    }

    fn right(&mut self, trims: bool) -> Result<bool, Mistake> {
        if self.parens > 0 {
            return Err(Mistake("unclosed left paren".to_owned()));
        }
        self.leave(trims);
        let end = self.start + self.delimiters.right.len();
        let text = self.text.get(self.start..end).unwrap_or_default();
        let place = Place(u32::try_from(self.start).unwrap_or(u32::MAX));
        self.tokens.push(Token {
            kind: Kind::Right,
            place,
            text,
            mistake: String::new(),
        });
        Ok(true)
    }

    /// Spaces, but not the one that belongs to a trimming delimiter.
    fn space(&mut self) {
        self.at = self.start;
        while self.closes().is_none() && self.peek().is_some_and(|letter| SPACES.contains(&letter))
        {
            self.next();
        }
        self.emit(Kind::Space);
    }

    fn declare(&mut self) -> Result<(), Mistake> {
        if self.next() != Some('=') {
            return Err(Mistake("expected :=".to_owned()));
        }
        self.emit(Kind::Declare);
        Ok(())
    }

    fn open(&mut self) {
        self.parens += 1;
        self.emit(Kind::LeftParen);
    }

    fn close(&mut self) -> Result<(), Mistake> {
        let less = self.parens.checked_sub(1);
        self.parens = less.ok_or_else(|| Mistake("unexpected right paren".to_owned()))?;
        self.emit(Kind::RightParen);
        Ok(())
    }

    fn quoted(&mut self, quote: char, kind: Kind, mistake: &str) -> Result<(), Mistake> {
        loop {
            let letter = match self.next() {
                Some('\\') => self.next().filter(|letter| *letter != '\n').map(|_| '\\'),
                letter => letter.filter(|letter| *letter != '\n'),
            };
            match letter {
                None => return Err(Mistake(mistake.to_owned())),
                Some(letter) if letter == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    fn raw(&mut self) -> Result<(), Mistake> {
        let mistake = || Mistake("unterminated raw quoted string".to_owned());
        self.at += self.rest().find('`').ok_or_else(mistake)? + 1;
        self.emit(Kind::Raw);
        Ok(())
    }

    fn variable(&mut self) -> Result<(), Mistake> {
        self.word()?;
        self.emit(Kind::Variable);
        Ok(())
    }

    fn field(&mut self) -> Result<(), Mistake> {
        self.word()?;
        self.emit(if self.at - self.start > 1 {
            Kind::Field
        } else {
            Kind::Dot
        });
        Ok(())
    }

    fn identifier(&mut self) -> Result<(), Mistake> {
        self.word()?;
        let word = self.text.get(self.start..self.at).unwrap_or_default();
        let [break_is_name, continue_is_name] = self.break_is_name;
        self.emit(match word {
            "true" | "false" => Kind::Bool,
            "break" if break_is_name => Kind::Identifier,
            "continue" if continue_is_name => Kind::Identifier,
            "block" | "break" | "continue" | "define" | "else" | "end" | "if" | "range" | "nil"
            | "template" | "with" => Kind::Keyword,
            _ => Kind::Identifier,
        });
        Ok(())
    }

    /// The rest of a word, which must end where words may end.
    fn word(&mut self) -> Result<(), Mistake> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => Ok(()),
            Some(_) if self.rest().starts_with(&self.delimiters.right) => Ok(()),
            Some(letter) => Err(Mistake(format!("bad character {}", named(letter)))),
        }
    }
}

/// Letters and digits of all scripts, and the underscore.
pub(super) fn is_alphanumeric(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// A character as errors show it: `U+0040 '@'`.
fn named(letter: char) -> String {
    let code = format!("U+{:04X}", letter as u32);
    if crate::quote::is_printable(letter) {
        format!("{code} '{letter}'")
    } else {
        code
    }
}
