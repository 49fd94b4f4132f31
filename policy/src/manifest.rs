//! The plugin functions: their parameters in order, their effect, and which action they ask. Binding
//! arguments to names before anything is checked makes positional and keyword calls the same call.

use std::collections::BTreeMap;

use audit::Effect;
use serde_json::Value;
use thiserror::Error;

use crate::action::Action;

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
    /// The effect it has at least.
    pub effect: Effect,
}

/// A parameter of a plugin function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its default as JSON text; none when it is required.
    pub default: Option<&'static str>,
    /// Whether permissions may name it by a pattern.
    pub checked: bool,
}

/// Arguments bound to parameters, defaults filled in.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The function.
    pub function: &'static Function,
    /// The value of every parameter.
    pub values: BTreeMap<&'static str, Value>,
}

/// Why a call does not fit its function.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct BindError(pub String);

/// Every function.
pub fn functions() -> &'static [Function] {
    &[]
}

/// The function of this name.
pub fn function(plugin: &str, name: &str) -> Option<&'static Function> {
    functions().iter().find(|function| function.plugin == plugin && function.name == name)
}

/// Binds the arguments of a call to the function's parameters.
pub fn bind(
    plugin: &str,
    function: &str,
    positional: Vec<Value>,
    keyword: Vec<(String, Value)>,
) -> Result<Bound, BindError> {
    let _ = (positional, keyword);
    Err(BindError(format!("{plugin}.{function} is not available in this version")))
}
