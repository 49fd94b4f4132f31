//! Pipelines and commands.

use super::{Mistake, Parsed, Parser};
use crate::lex::Kind;
use crate::tree::{Command, Pipe, Term, Variable, Word};

impl Parser<'_> {
    /// A pipeline up to the token that ends it.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let place = self.peek_word().place;
        let (variables, assigns) = self.variables(context)?;
        let mut commands = Vec::new();
        loop {
            let token = self.next_word();
            match token.kind {
                kind if kind == end => break,
                kind if begins_term(kind) || token.is_keyword("nil") => {
                    self.back();
                    commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        check(&commands, context)?;
        if !assigns {
            self.scope.enliven(&variables);
        }
        Ok(Pipe {
            place,
            variables,
            assigns,
            commands,
            escapers: Vec::new(),
        })
    }

    /// `$x :=`, `$x =` or, in a range, `$i, $x :=`; nothing if the pipeline just begins with a variable.
    fn variables(&mut self, context: &str) -> Parsed<(Vec<Variable>, bool)> {
        let mut found = Vec::new();
        loop {
            self.skip_space();
            let begin = self.at;
            let name = self.next();
            let following = if name.kind == Kind::Variable {
                Some(self.next_word())
            } else {
                None
            };
            match following.as_ref().map(|token| (token.kind, token.text)) {
                Some((kind @ (Kind::Assign | Kind::Declare), _)) => {
                    let assigns = kind == Kind::Assign;
                    found.push(self.variable(name.text, assigns));
                    if assigns {
                        found = found
                            .into_iter()
                            .map(|known| self.reassigned(known))
                            .collect();
                    }
                    return Ok((found, assigns));
                }
                Some((Kind::Letter, ",")) => {
                    found.push(self.variable(name.text, false));
                    self.may_declare_more(context, found.len())?;
                }
                _ => {
                    self.at = begin;
                    return Ok((found, false));
                }
            }
        }
    }

    fn may_declare_more(&mut self, context: &str, declared: usize) -> Parsed<()> {
        if context != "range" || declared > 1 {
            return Err(Mistake(format!("too many declarations in {context}")));
        }
        match self.peek_word().kind {
            Kind::Variable | Kind::Right | Kind::RightParen => Ok(()),
            _ => Err(Mistake("range can only initialize variables".to_owned())),
        }
    }

    fn variable(&mut self, name: &str, assigns: bool) -> Variable {
        let before = if assigns { self.scope.find(name) } else { None };
        let announced = self.scope.announce(name);
        match before {
            Some(known) => known,
            None if assigns => Variable {
                slot: None,
                ..announced
            },
            None => announced,
        }
    }

    /// A variable that was announced before it turned out that an existing one is meant.
    fn reassigned(&self, variable: Variable) -> Variable {
        self.scope.find(&variable.name).unwrap_or(variable)
    }

    /// Words up to a pipe or the end of the pipeline.
    fn command(&mut self) -> Parsed<Command> {
        let place = self.peek_word().place;
        let mut words = Vec::new();
        loop {
            self.skip_space();
            words.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::Right | Kind::RightParen => self.back(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if words.is_empty() {
            return Err(Mistake("empty command".to_owned()));
        }
        Ok(Command { place, words })
    }
}

fn begins_term(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Character
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Quoted
            | Kind::Raw
            | Kind::Variable
            | Kind::LeftParen
    )
}

/// A pipeline has commands, and all but the first can take an argument.
fn check(commands: &[Command], context: &str) -> Parsed<()> {
    if commands.is_empty() {
        return Err(Mistake(format!("missing value for {context}")));
    }
    for (index, command) in commands.iter().enumerate().skip(1) {
        if let Some(Word { term, .. }) = command.words.first()
            && matches!(
                term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(..)
            )
        {
            return Err(Mistake(format!(
                "non executable command in pipeline stage {}",
                index + 1
            )));
        }
    }
    Ok(())
}
