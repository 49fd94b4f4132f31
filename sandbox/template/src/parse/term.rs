//! Single arguments, and the fields behind them.

use std::sync::Arc;

use super::{Mistake, Parsed, Parser};
use crate::lex::{Kind, Token};
use crate::tree::{Place, Term, Word};
use crate::value::Value;

impl<'a> Parser<'a> {
    /// A term with the fields behind it; nothing if no term begins here.
    pub(super) fn operand(&mut self) -> Parsed<Option<Word>> {
        let Some(word) = self.term()? else {
            return Ok(None);
        };
        if self.peek().kind != Kind::Field {
            return Ok(Some(word));
        }
        let place = self.peek().place;
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(field(&self.next()));
        }
        with_fields(word, place, names).map(Some)
    }

    fn term(&mut self) -> Parsed<Option<Word>> {
        let token = self.next_word();
        let term = match token.kind {
            Kind::Identifier => {
                Term::Function(self.functions.find(token.text).map_err(Mistake)?.clone())
            }
            Kind::Dot => Term::Dot,
            Kind::Keyword if token.text == "nil" => Term::Nil,
            Kind::Variable => {
                let mistake =
                    || Mistake(format!("undefined variable {}", crate::quoted(token.text)));
                Term::Variable(
                    self.scope.find(token.text).ok_or_else(mistake)?,
                    Arc::new([]),
                )
            }
            Kind::Field => Term::Field(Arc::new([field(&token)])),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Character | Kind::Number => {
                Term::Number(Arc::new(super::number::number(&token)?))
            }
            Kind::LeftParen => {
                self.deeper()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.depth -= 1;
                Term::Pipe(Box::new(pipe))
            }
            Kind::Quoted | Kind::Raw => {
                let value = Value::string_of_bytes(&super::literal::unquote(token.text)?);
                Term::Text(token.text.into(), value)
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Word {
            place: token.place,
            term,
        }))
    }
}

fn field(token: &Token<'_>) -> Arc<str> {
    token.text.strip_prefix('.').unwrap_or(token.text).into()
}

fn with_fields(word: Word, place: Place, names: Vec<Arc<str>>) -> Parsed<Word> {
    let term = match word.term {
        Term::Field(first) => Term::Field(first.iter().cloned().chain(names).collect()),
        Term::Variable(variable, first) => {
            Term::Variable(variable, first.iter().cloned().chain(names).collect())
        }
        Term::Function(_) | Term::Pipe(_) | Term::Chain(..) => {
            Term::Chain(Box::new(word), names.into())
        }
        Term::Dot | Term::Nil | Term::Bool(_) | Term::Number(_) | Term::Text(..) => {
            return Err(Mistake(format!(
                "unexpected . after term {}",
                crate::quoted(&word.to_string())
            )));
        }
    };
    Ok(Word { place, term })
}
