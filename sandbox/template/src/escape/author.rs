//! Escapers that the author wrote at the end of a pipeline. `html` and `urlquery` take the place of the escaper that does
//! the same there, so that nothing is escaped twice; anywhere else they would undo what the place needs and are refused.

use std::sync::Arc;

use super::apply::Escaper;
use super::context::{Context, Delimiter, State};
use super::problem::Problem;
use crate::functions::{Function, Functions};
use crate::tree::{Command, Pipe, Term, Word};

/// An escaper that authors know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    Html,
    Urlquery,
}

/// Refuses the author's escapers where they cannot be merged with those of the place.
pub fn check(pipe: &Pipe, context: &Context) -> Result<(), Problem> {
    let last = pipe.commands.len().saturating_sub(1);
    let unquoted = context.state == State::Value && context.delimiter == Delimiter::Space;
    for (at, command) in pipe.commands.iter().enumerate() {
        match author(command) {
            Some(author) if at < last || (unquoted && author == Author::Html) => {
                return Err(Problem::predefined(author.name()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Gives a pipeline its escapers, the author's among them.
pub fn merge(pipe: &mut Pipe, mut escapers: Vec<Escaper>) {
    if let Some(author) = pipe.commands.last().and_then(author) {
        let mut merged = false;
        for escaper in &mut escapers {
            if author.does(*escaper) {
                *escaper = author.escaper();
                merged = true;
            }
        }
        if merged {
            drop_last(pipe);
        }
    }
    pipe.escapers = escapers;
}

/// Takes the author's escaper out of the pipeline; arguments that it has of its own are printed in its place.
fn drop_last(pipe: &mut Pipe) {
    let alone = pipe.commands.len() == 1;
    let Some(command) = pipe.commands.last_mut() else {
        return;
    };
    if !alone && command.words.len() == 1 {
        pipe.commands.pop();
    } else if let (Some(print), Some(word)) = (print(), command.words.first_mut()) {
        word.term = Term::Function(print);
    }
}

fn print() -> Option<Arc<Function>> {
    Functions::new().find("print").ok().cloned()
}

fn author(command: &Command) -> Option<Author> {
    match command.words.first() {
        Some(Word {
            term: Term::Function(function),
            ..
        }) => match &**function.name() {
            "html" => Some(Author::Html),
            "urlquery" => Some(Author::Urlquery),
            _ => None,
        },
        _ => None,
    }
}

impl Author {
    fn name(self) -> &'static str {
        match self {
            Author::Html => "html",
            Author::Urlquery => "urlquery",
        }
    }

    fn escaper(self) -> Escaper {
        match self {
            Author::Html => Escaper::AuthorHtml,
            Author::Urlquery => Escaper::AuthorUrlquery,
        }
    }

    /// Whether it does the same as an escaper of the place.
    fn does(self, escaper: Escaper) -> bool {
        match self {
            Author::Html => {
                matches!(
                    escaper,
                    Escaper::Html | Escaper::Rcdata | Escaper::Attribute
                )
            }
            Author::Urlquery => {
                matches!(escaper, Escaper::UrlComponent | Escaper::UrlNormalizer)
            }
        }
    }
}
