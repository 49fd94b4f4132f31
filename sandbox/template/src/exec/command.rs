//! Pipelines and commands.

use std::sync::Arc;

use super::Execution;
use super::fault::Fault;
use super::field::follow;
use crate::functions::{Call, Evaluation, Function};
use crate::tree::{Command, Pipe, Term, Variable, Word};
use crate::value::{Type, Value};

impl<'t> Execution<'t> {
    /// The value of a pipeline. A nil that comes out of a stage is as good as missing.
    pub(super) fn pipe(&mut self, pipe: &'t Pipe) -> Result<Value, Fault> {
        let mut piped = None;
        for command in &pipe.commands {
            piped = Some(match self.command(command, piped)? {
                Value::Nil => Value::Missing,
                value => value,
            });
        }
        let value = piped.unwrap_or_default();
        for variable in &pipe.variables {
            if variable.slot.is_none() {
                let (place, shown) = self.last_word(pipe);
                return Err(self.fault(
                    place,
                    shown,
                    &format!("undefined variable: {}", variable.name),
                ));
            }
            self.set(variable, value.clone());
        }
        Ok(value)
    }

    /// The value of a command, which gets what was piped in as its last argument.
    fn command(&mut self, command: &'t Command, piped: Option<Value>) -> Result<Value, Fault> {
        let Some((first, arguments)) = command.words.split_first() else {
            return Ok(Value::Missing);
        };
        if arguments.is_empty() && piped.is_none() && !matches!(first.term, Term::Function(_)) {
            return self.plain(first);
        }
        match &first.term {
            Term::Field(names) => {
                let dot = self.dot.clone();
                return self.fields(dot, names, first, (arguments, piped));
            }
            Term::Variable(variable, names) if !names.is_empty() => {
                let value = self.variable(variable, first)?.clone();
                return self.fields(value, names, first, (arguments, piped));
            }
            Term::Chain(inner, names) => {
                let value = self.chained(inner)?;
                return self.fields(value, names, inner, (arguments, piped));
            }
            Term::Function(function) => {
                let shown = Shown {
                    name: first,
                    whole: Whole::Command(command),
                };
                return self.call(function, &shown, arguments, piped);
            }
            _ => {}
        }
        if !arguments.is_empty() || piped.is_some() {
            let reason = format!("can't give argument to non-function {}", bare(first));
            return Err(self.fault(first.place, first, &reason));
        }
        self.plain(first)
    }

    /// The value of a word that takes no arguments.
    fn plain(&mut self, word: &'t Word) -> Result<Value, Fault> {
        match &word.term {
            Term::Dot => Ok(self.dot.clone()),
            Term::Nil => Err(self.fault(word.place, word, "nil is not a command")),
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::Text(_, value) => Ok(value.clone()),
            Term::Number(_) => self.constant(word),
            Term::Pipe(pipe) => self.pipe(pipe),
            Term::Variable(variable, names) => {
                let value = self.variable(variable, word)?;
                if let Some(found) = follow(value, names) {
                    return Ok(found.clone());
                }
                self.fields(value.clone(), names, word, (&[], None))
            }
            Term::Field(names) => {
                if let Some(found) = follow(&self.dot, names) {
                    return Ok(found.clone());
                }
                self.fields(self.dot.clone(), names, word, (&[], None))
            }
            Term::Chain(inner, names) => {
                let value = self.chained(inner)?;
                self.fields(value, names, inner, (&[], None))
            }
            Term::Function(function) => self.call(
                function,
                &Shown {
                    name: word,
                    whole: Whole::Word,
                },
                &[],
                None,
            ),
        }
    }

    /// The value that the fields of a chain are looked up in.
    fn chained(&mut self, word: &'t Word) -> Result<Value, Fault> {
        if matches!(word.term, Term::Nil) {
            return Err(self.fault(word.place, word, "indirection through explicit nil"));
        }
        self.plain(word)
    }

    /// The value of a word, as an argument that nothing is expected of.
    pub(super) fn word(&mut self, word: &'t Word) -> Result<Value, Fault> {
        self.plain(word)
    }

    fn constant(&self, word: &Word) -> Result<Value, Fault> {
        let Term::Number(number) = &word.term else {
            return Ok(Value::Missing);
        };
        match &number.value {
            Value::Missing => {
                Err(self.fault(word.place, word, &format!("{} overflows int", number.text)))
            }
            value => Ok(value.clone()),
        }
    }

    fn variable(&self, variable: &Variable, word: &Word) -> Result<&Value, Fault> {
        let value = variable
            .slot
            .and_then(|slot| self.slots.get(self.base + slot));
        value.ok_or_else(|| {
            self.fault(
                word.place,
                word,
                &format!("undefined variable: {}", variable.name),
            )
        })
    }

    fn call(
        &mut self,
        function: &Arc<Function>,
        shown: &Shown<'t>,
        words: &'t [Word],
        piped: Option<Value>,
    ) -> Result<Value, Fault> {
        let count = words.len() + usize::from(piped.is_some());
        if let Err(wanted) = function.accepts(count) {
            let reason = format!(
                "wrong number of args for {}: want {wanted} got {count}",
                function.name()
            );
            return Err(self.fault(shown.name.place, shown.name, &reason));
        }
        if function.evaluation() != Evaluation::All {
            return self.decide(function.evaluation(), shown, words, piped);
        }
        let start = self.arguments.len();
        let filled = self.fill(function, shown, words, piped);
        let called = filled.and_then(|()| {
            let arguments = self.arguments.get(start..).unwrap_or_default();
            let result = function.call(&Call {
                arguments,
                now: self.run.now,
            });
            let result = result.and_then(|value| self.bounded(value));
            result.map_err(|reason| {
                let reason = format!("error calling {}: {reason}", function.name());
                match shown.whole {
                    Whole::Command(command) => self.fault(command.place, command, &reason),
                    Whole::Word => self.fault(shown.name.place, shown.name, &reason),
                }
            })
        });
        self.arguments.truncate(start);
        called
    }

    /// A text may not be longer than the page that it is for.
    fn bounded(&self, value: Value) -> Result<Value, String> {
        match value.as_bytes() {
            Some(text) if text.len() > self.run.output => {
                Err(format!("the text is longer than {} bytes", self.run.output))
            }
            _ => Ok(value),
        }
    }

    /// Evaluates the arguments of a function onto the stack of arguments.
    fn fill(
        &mut self,
        function: &Function,
        shown: &Shown<'t>,
        words: &'t [Word],
        piped: Option<Value>,
    ) -> Result<(), Fault> {
        for (position, word) in words.iter().enumerate() {
            let wanted = function.parameter(position).unwrap_or(&Type::Any);
            let value = self.argument(word, wanted)?;
            self.arguments.push(value);
        }
        if let Some(value) = piped {
            let wanted = function.parameter(words.len()).unwrap_or(&Type::Any);
            let value = self.fitting(value, wanted, shown.name)?;
            self.arguments.push(value);
        }
        Ok(())
    }

    /// `and` and `or`: the first argument that decides, or the last one.
    fn decide(
        &mut self,
        evaluation: Evaluation,
        shown: &Shown<'t>,
        words: &'t [Word],
        piped: Option<Value>,
    ) -> Result<Value, Fault> {
        let mut value = Value::Missing;
        for word in words {
            value = self.argument(word, &Type::Anything)?;
            if value.truth() == (evaluation == Evaluation::Or) {
                return Ok(value);
            }
        }
        match piped {
            Some(piped) => self.fitting(piped, &Type::Anything, shown.name),
            None => Ok(value),
        }
    }
}

/// What errors of a call are shown at.
struct Shown<'t> {
    name: &'t Word,
    whole: Whole<'t>,
}

#[derive(Clone, Copy)]
enum Whole<'t> {
    Command(&'t Command),
    Word,
}

/// A word without the parentheses around it.
fn bare(word: &Word) -> String {
    match &word.term {
        Term::Pipe(pipe) => pipe.to_string(),
        _ => word.to_string(),
    }
}
