//! Fields of records, keys of maps, methods of moments and objects.

use std::sync::Arc;

use super::Execution;
use super::fault::Fault;
use crate::set::MissingKey;
use crate::tree::Word;
use crate::value::{Kind, Type, Value};

/// What a field is called with.
type Given<'t> = (&'t [Word], Option<Value>);

/// The ordinary case, without a copy on the way: fields that are there. Everything else is left to
/// [`Execution::fields`].
pub(super) fn follow<'v>(value: &'v Value, names: &[Arc<str>]) -> Option<&'v Value> {
    names.iter().try_fold(value, |value, name| match value {
        Value::Map(map) => map.original_value(name),
        Value::Record(record) => record.field(name),
        _ => None,
    })
}

impl<'t> Execution<'t> {
    /// Follows fields from a value. Only the last one may get arguments.
    pub(super) fn fields(
        &mut self,
        value: Value,
        names: &[Arc<str>],
        word: &'t Word,
        mut given: Given<'t>,
    ) -> Result<Value, Fault> {
        let mut value = value;
        // Whether the value came out of something that holds values of any type, which errors then speak of.
        let mut any = false;
        for (index, name) in names.iter().enumerate() {
            let last = index + 1 == names.len();
            let given = if last {
                std::mem::take(&mut given)
            } else {
                Given::default()
            };
            let next = self.field(&value, name, word, (given, any))?;
            any = matches!(&value, Value::Map(map) if *map.value_type() == Type::Any);
            value = next;
        }
        Ok(value)
    }

    fn field(
        &mut self,
        receiver: &Value,
        name: &Arc<str>,
        word: &'t Word,
        (given, any): (Given<'t>, bool),
    ) -> Result<Value, Fault> {
        let has_arguments = !given.0.is_empty() || given.1.is_some();
        let reason = match receiver {
            Value::Missing if self.missing_key == MissingKey::Error => {
                format!("nil data; no entry for key {}", crate::quoted(name))
            }
            Value::Missing => return Ok(Value::Missing),
            Value::Nil => format!("nil pointer evaluating interface {{}}.{name}"),
            Value::NullPointer(_) => {
                format!("nil pointer evaluating {}.{name}", type_name(receiver, any))
            }
            Value::Record(record) => match record.field(name) {
                Some(_) if has_arguments => {
                    format!("{name} has arguments but cannot be invoked as function")
                }
                Some(value) => return Ok(value.clone()),
                None => no_field(receiver, name, any),
            },
            Value::Map(map) if matches!(map.key_type(), Type::Text | Type::Any) => {
                match map.get(name) {
                    _ if has_arguments => format!("{name} is not a method but has arguments"),
                    Some(value) => return Ok(value),
                    None => match self.missing_key {
                        MissingKey::Invalid => return Ok(Value::Missing),
                        MissingKey::Zero => return Ok(map.value_type().zero()),
                        MissingKey::Error => {
                            format!("map has no entry for key {}", crate::quoted(name))
                        }
                    },
                }
            }
            Value::Time(time) if crate::time::parameters(name).is_some() => {
                let types = crate::time::parameters(name).unwrap_or_default();
                let arguments = self.method_arguments(name, types, given, word)?;
                match crate::time::method(time, name, &arguments) {
                    Ok(value) => return Ok(value),
                    Err(reason) => format!("error calling {name}: {reason}"),
                }
            }
            Value::Object(object) => match object.method(name, &self.plain_arguments(given)?) {
                Some(Ok(value)) => return Ok(value),
                Some(Err(reason)) => format!("error calling {name}: {reason}"),
                None => no_field(receiver, name, any),
            },
            _ => no_field(receiver, name, any),
        };
        Err(self.fault(word.place, word, &reason))
    }

    /// Arguments of any type.
    fn plain_arguments(&mut self, (words, piped): Given<'t>) -> Result<Vec<Value>, Fault> {
        let arguments = words.iter().map(|word| self.argument(word, &Type::Any));
        let mut arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        arguments.extend(piped);
        Ok(arguments)
    }

    fn method_arguments(
        &mut self,
        name: &str,
        types: &[Type],
        (words, piped): Given<'t>,
        word: &'t Word,
    ) -> Result<Vec<Value>, Fault> {
        let count = words.len() + usize::from(piped.is_some());
        if count != types.len() {
            let reason = format!(
                "wrong number of args for {name}: want {} got {count}",
                types.len()
            );
            return Err(self.fault(word.place, word, &reason));
        }
        let mut arguments = Vec::with_capacity(count);
        for (argument, wanted) in words.iter().zip(types) {
            arguments.push(self.argument(argument, wanted)?);
        }
        if let (Some(value), Some(wanted)) = (piped, types.last()) {
            arguments.push(self.fitting(value, wanted, word)?);
        }
        Ok(arguments)
    }
}

fn no_field(receiver: &Value, name: &str, any: bool) -> String {
    format!(
        "can't evaluate field {name} in type {}",
        type_name(receiver, any)
    )
}

fn type_name(receiver: &Value, any: bool) -> String {
    if any && receiver.kind() != Kind::Invalid {
        "interface {}".to_owned()
    } else {
        receiver.type_name()
    }
}
