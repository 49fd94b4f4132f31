//! How a family of functions is written down: a table of names, parameters and bodies.
//!
//! Parameters are letters: `s` string, `i` int, `I` int64, `f` float64, `b` bool, `a` anything, `d` dict, `S` list of
//! strings; a `*` behind the last one takes any number of them.

use std::borrow::Cow;

use super::{Call, Function, Functions};
use crate::value::{Type, Value, Width};

/// The body of one function.
pub(super) type Body = fn(&Call<'_>) -> Result<Value, String>;

/// Name, parameters, body.
pub(super) type Entry = (&'static str, &'static str, Body);

/// Longest text one call makes.
pub(super) const MAX_TEXT: usize = 16 << 20;
/// Longest list one call makes.
pub(super) const MAX_LIST: usize = 1_000_000;

pub(super) fn add(functions: &mut Functions, family: &'static [Entry]) {
    for (name, parameters, body) in family {
        let letters = parameters.trim_end_matches('*');
        let mut types: Vec<Type> = letters.chars().map(parameter).collect();
        let rest = parameters.ends_with('*').then(|| types.pop()).flatten();
        let function = Function::new(name, types, body);
        functions.add(match rest {
            Some(rest) => function.and_more(rest),
            None => function,
        });
    }
}

fn parameter(letter: char) -> Type {
    match letter {
        's' => Type::Text,
        'i' => Type::Int(Width::Plain),
        'I' => Type::Int(Width::W64),
        'f' => Type::Float(Width::Plain),
        'b' => Type::Bool,
        'd' => Type::dict(),
        'S' => Type::list(Type::Text),
        _ => Type::Any,
    }
}

impl Call<'_> {
    /// A string argument.
    pub(super) fn text(&self, position: usize) -> Cow<'_, str> {
        self.argument(position).as_text().unwrap_or_default()
    }

    /// An integer argument.
    pub(super) fn int(&self, position: usize) -> i64 {
        match self.argument(position) {
            Value::Int(number, _) => *number,
            _ => 0,
        }
    }

    /// An integer argument that counts something; negative ones count nothing.
    pub(super) fn count(&self, position: usize) -> usize {
        usize::try_from(self.int(position)).unwrap_or(0)
    }

    /// A truth.
    pub(super) fn flag(&self, position: usize) -> bool {
        matches!(self.argument(position), Value::Bool(true))
    }

    /// The arguments from a position on.
    pub(super) fn from(&self, position: usize) -> &[Value] {
        self.arguments.get(position..).unwrap_or_default()
    }
}

/// A text as any printing makes it.
pub(super) fn printed(value: &Value) -> String {
    let mut out = Vec::new();
    match value {
        Value::Missing | Value::Nil => return "<nil>".to_owned(),
        Value::Bytes(bytes) => return String::from_utf8_lossy(bytes).into_owned(),
        value => crate::format::append(value, &mut out),
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Refuses what is too long before it is made.
pub(super) fn bounded(length: usize) -> Result<(), String> {
    match length > MAX_TEXT {
        true => Err(format!("the text would be longer than {MAX_TEXT} bytes")),
        false => Ok(()),
    }
}
