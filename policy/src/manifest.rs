//! The plugin functions: their parameters in order, their effect, and which action they ask. Binding
//! arguments to names before anything is checked makes positional and keyword calls the same call.

mod table;

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use crate::action::Action;
use crate::printed;

/// A plugin function.
#[derive(Debug)]
pub struct Function {
    /// The plugin, for example `http.in`.
    pub plugin: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [Parameter],
    /// The action it asks.
    pub action: Action,
}

/// A parameter of a plugin function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The kind of value it takes.
    pub kind: Kind,
    /// Its default as JSON text; none when it is required.
    pub default: Option<&'static str>,
}

/// Kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A bool.
    Flag,
    /// An integer.
    Number,
    /// A list of strings.
    Texts,
    /// A dict with string keys.
    Dict,
    /// A typed document: `{"$entry": {"type": "note", "fields": {…}}}`.
    Entry,
    /// Anything.
    Any,
}

/// Arguments bound to parameters, defaults filled in.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The function.
    pub function: &'static Function,
    /// The value of every parameter.
    pub values: BTreeMap<&'static str, Value>,
}

/// Why a call does not fit its function, in OpenRun's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BindError {
    /// No such function.
    #[error("{0}.{1} is not available in this version")]
    Unknown(String, String),
    /// A required argument is missing.
    #[error("{0}: missing argument for {1}")]
    Missing(&'static str, &'static str),
    /// A name that is no parameter.
    #[error("{0}: unexpected keyword argument {name}", name = printed::string(.1))]
    Unexpected(&'static str, String),
    /// Too many.
    #[error("{0}: got {1} arguments, want at most {2}")]
    TooMany(&'static str, usize, usize),
    /// The same parameter by place and by name.
    #[error("{0}: got multiple values for parameter {name}", name = printed::string(.1))]
    Twice(&'static str, &'static str),
    /// A value of the wrong kind.
    #[error("{0}: for parameter {1}: got {2}, want {3}")]
    Kind(&'static str, &'static str, &'static str, &'static str),
}

/// Every function.
pub fn functions() -> &'static [Function] {
    table::FUNCTIONS
}

/// The function of this name.
pub fn function(plugin: &str, name: &str) -> Option<&'static Function> {
    functions()
        .iter()
        .find(|function| function.plugin == plugin && function.name == name)
}

/// A plugin as loaded, taken apart: `store.in#work` is the plugin `store.in` with the account `work`. The
/// account of a plugin that names none is empty.
pub fn account(loaded: &str) -> (&str, &str) {
    loaded.split_once('#').unwrap_or((loaded, ""))
}

/// Binds the arguments of a call to the function's parameters.
pub fn bind(
    plugin: &str,
    name: &str,
    positional: Vec<Value>,
    keyword: Vec<(String, Value)>,
) -> Result<Bound, BindError> {
    let function = function(plugin, name)
        .ok_or_else(|| BindError::Unknown(plugin.to_owned(), name.to_owned()))?;
    let (name, parameters) = (function.name, function.parameters);
    if positional.len() > parameters.len() {
        return Err(BindError::TooMany(
            name,
            positional.len() + keyword.len(),
            parameters.len(),
        ));
    }
    let mut values: BTreeMap<&'static str, Value> = parameters
        .iter()
        .map(|parameter| parameter.name)
        .zip(positional)
        .collect();
    for (key, value) in keyword {
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == key) else {
            return Err(BindError::Unexpected(name, key));
        };
        if values.insert(parameter.name, value).is_some() {
            return Err(BindError::Twice(name, parameter.name));
        }
    }
    for parameter in parameters {
        let value = match (values.remove(parameter.name), parameter.default) {
            (Some(value), default) => parameter.check(name, value, default)?,
            (None, Some(default)) => literal(default),
            (None, None) => return Err(BindError::Missing(name, parameter.name)),
        };
        values.insert(parameter.name, value);
    }
    Ok(Bound { function, values })
}

impl Bound {
    /// The value of a parameter, null when there is no such parameter.
    pub fn value(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or(&Value::Null)
    }

    /// The text of a parameter, empty when it is no text.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).as_str().unwrap_or_default()
    }

    /// Every argument as Starlark prints it, by parameter index: the subjects of a
    /// [`PluginCall`](crate::PluginCall). A string where anything may stand is quoted, so that it is never
    /// taken for a list that prints alike.
    pub fn subjects(&self) -> Vec<(usize, String)> {
        let printed = |parameter: &Parameter| match parameter.kind {
            Kind::Any => printed::nested(self.value(parameter.name)),
            Kind::Text | Kind::Flag | Kind::Number | Kind::Texts | Kind::Dict | Kind::Entry => {
                printed::value(self.value(parameter.name))
            }
        };
        self.function
            .parameters
            .iter()
            .map(printed)
            .enumerate()
            .collect()
    }
}

impl Parameter {
    fn check(
        &self,
        function: &'static str,
        value: Value,
        default: Option<&str>,
    ) -> Result<Value, BindError> {
        let fits = match (self.kind, &value) {
            (Kind::Any, _) | (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => true,
            (Kind::Dict, Value::Object(_)) => !is_entry(&value),
            (Kind::Entry, _) => is_entry(&value),
            (Kind::Number, Value::Number(number)) => number.is_i64(),
            (Kind::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            (Kind::Texts | Kind::Dict, Value::Null) => {
                return Ok(default.map_or(Value::Null, literal));
            }
            (Kind::Text | Kind::Flag | Kind::Number | Kind::Texts | Kind::Dict, _) => false,
        };
        if fits {
            Ok(value)
        } else {
            Err(BindError::Kind(
                function,
                self.name,
                kind_of(&value),
                self.kind.name(),
            ))
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Flag => "bool",
            Kind::Number => "int",
            Kind::Texts => "list of strings",
            Kind::Dict => "dict",
            Kind::Entry => "typed entry",
            Kind::Any => "any",
        }
    }
}

/// The name OpenRun gives a kind of value, which is Go's.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) if is_entry(value) => "typed entry",
        Value::Object(_) => "dict",
    }
}

/// Whether the value is a typed document as it travels.
fn is_entry(value: &Value) -> bool {
    let entry = match value.as_object() {
        Some(object) if object.len() == 1 => object.get("$entry").and_then(Value::as_object),
        Some(_) | None => None,
    };
    entry.is_some_and(|entry| {
        entry.len() == 2
            && entry.get("type").is_some_and(Value::is_string)
            && entry.get("fields").is_some_and(Value::is_object)
    })
}

fn literal(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests;
