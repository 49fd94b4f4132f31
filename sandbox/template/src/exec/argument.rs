//! Arguments as parameters take them. A constant takes the type of its parameter, a value must have it.

use super::Execution;
use super::fault::Fault;
use crate::fit::{fit, nil};
use crate::tree::{Number, Term, Word};
use crate::value::{Type, Value, Width};

impl<'t> Execution<'t> {
    /// The value of a word, given for a parameter.
    pub(super) fn argument(&mut self, word: &'t Word, wanted: &Type) -> Result<Value, Fault> {
        let unexpected = |expected: &str| format!("expected {expected}; found {word}");
        let value = match (&word.term, wanted) {
            (Term::Nil, Type::Anything) => Ok(Value::Missing),
            (Term::Nil, _) => nil(wanted).ok_or_else(|| format!("cannot assign nil to {wanted}")),
            (Term::Bool(_) | Term::Text(..) | Term::Number(_), Type::Any | Type::Anything) => {
                return self.word(word);
            }
            (Term::Bool(value), Type::Bool) => Ok(Value::Bool(*value)),
            (Term::Text(_, value), Type::Text) => Ok(value.clone()),
            (Term::Text(_, value), Type::Safe(safe)) => Ok(Value::Safe(
                *safe,
                value.as_text().unwrap_or_default().into(),
            )),
            (
                Term::Number(number),
                Type::Int(_) | Type::Uint(_) | Type::Float(_) | Type::Complex,
            ) => typed(number, wanted).ok_or_else(|| unexpected(kind_of_number(wanted))),
            (Term::Bool(_) | Term::Text(..) | Term::Number(_), _) => Err(match wanted {
                Type::Bool => unexpected("bool"),
                Type::Text | Type::Safe(_) => unexpected("string"),
                Type::Int(_) | Type::Uint(_) | Type::Float(_) | Type::Complex => {
                    unexpected(kind_of_number(wanted))
                }
                _ => format!("can't handle {word} for arg of type {wanted}"),
            }),
            _ => {
                let value = self.word(word)?;
                return self.fitting(value, wanted, word);
            }
        };
        value.map_err(|reason| self.fault(word.place, word, &reason))
    }

    /// The value as the parameter takes it.
    pub(super) fn fitting(&self, value: Value, wanted: &Type, word: &Word) -> Result<Value, Fault> {
        fit(value, wanted).map_err(|reason| self.fault(word.place, word, &reason))
    }
}

fn kind_of_number(wanted: &Type) -> &'static str {
    match wanted {
        Type::Int(_) => "integer",
        Type::Uint(_) => "unsigned integer",
        Type::Float(_) => "float",
        _ => "complex",
    }
}

/// A constant in the type of its parameter; too many bits are cut off, as in Go.
fn typed(number: &Number, wanted: &Type) -> Option<Value> {
    Some(match wanted {
        Type::Int(width) => Value::Int(cut(number.int?, *width), *width),
        Type::Uint(width) => Value::Uint(number.uint? & (u64::MAX >> (64 - width.bits())), *width),
        Type::Float(Width::W32) => {
            let short = number.float? as f32;
            Value::Float(short.into(), Width::W32)
        }
        Type::Float(width) => Value::Float(number.float?, *width),
        _ => match number.value {
            Value::Complex(..) => number.value.clone(),
            _ => Value::Complex(number.float?, 0.0),
        },
    })
}

fn cut(number: i64, width: Width) -> i64 {
    let unused = 64 - width.bits();
    (number << unused) >> unused
}
