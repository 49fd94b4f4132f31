//! Takes the arguments of a builtin apart, with the messages OpenRun apps and their authors know.

use std::collections::BTreeMap;

use starlark::eval::Arguments;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::typing::StarlarkCallable;
use starlark::values::{Heap, UnpackValue, Value};
use value::raise;

/// What a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A list.
    List,
    /// A dict.
    Dict,
    /// Something that can be called.
    Callable,
    /// A struct.
    Struct,
    /// Anything, `None` included.
    Any,
}

/// One parameter of a builtin.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    name: &'static str,
    kind: Kind,
    required: bool,
}

impl Param {
    /// As written in a call.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// A parameter that must be given.
pub const fn need(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: true,
    }
}

/// A parameter that may be left out.
pub const fn may(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: false,
    }
}

/// Arguments by parameter name.
pub struct Unpacked<'v>(BTreeMap<&'static str, Value<'v>>);

impl<'v> Unpacked<'v> {
    /// The argument, if given.
    pub fn value(&self, name: &str) -> Option<Value<'v>> {
        self.0.get(name).copied()
    }

    /// The text given, else `default`.
    pub fn text<'a>(&self, name: &str, default: &'a str) -> &'a str
    where
        'v: 'a,
    {
        self.value(name)
            .and_then(Value::unpack_str)
            .unwrap_or(default)
    }
}

/// Assigns positional and keyword arguments to `params`; `function` names the builtin in messages.
pub fn unpack<'v>(
    function: &str,
    params: &[Param],
    args: &Arguments<'v, '_>,
    heap: Heap<'v>,
) -> starlark::Result<Unpacked<'v>> {
    let positional: Vec<Value<'v>> = args.positions(heap)?.collect();
    if positional.len() > params.len() {
        let (got, most) = (positional.len(), params.len());
        return Err(raise(format!(
            "{function}: got {got} arguments, want at most {most}"
        )));
    }
    let mut found = BTreeMap::new();
    for (param, value) in params.iter().zip(positional) {
        found.insert(param.name, accept(function, *param, value)?);
    }
    for (name, value) in args.names_map()? {
        let name = name.as_str();
        let param = params.iter().find(|param| param.name == name);
        let param = param
            .ok_or_else(|| raise(format!("{function}: unexpected keyword argument {name:?}")))?;
        if found
            .insert(param.name, accept(function, *param, value)?)
            .is_some()
        {
            return Err(raise(format!(
                "{function}: got multiple values for parameter {name:?}"
            )));
        }
    }
    match params
        .iter()
        .find(|param| param.required && !found.contains_key(param.name))
    {
        Some(param) => Err(raise(format!(
            "{function}: missing argument for {}",
            param.name
        ))),
        None => Ok(Unpacked(found)),
    }
}

fn accept<'v>(function: &str, param: Param, value: Value<'v>) -> starlark::Result<Value<'v>> {
    let (fits, want) = match param.kind {
        Kind::Text => (value.unpack_str().is_some(), "string"),
        Kind::Bool => (value.unpack_bool().is_some(), "bool"),
        Kind::Int => (value.get_type() == "int", "int"),
        Kind::List => (ListRef::from_value(value).is_some(), "list"),
        Kind::Dict => (DictRef::from_value(value).is_some(), "dict"),
        Kind::Callable => (callable(value), "callable"),
        Kind::Struct => (StructRef::from_value(value).is_some(), "struct"),
        Kind::Any => (true, ""),
    };
    if fits {
        return Ok(value);
    }
    let (name, got) = (param.name, value.get_type());
    Err(raise(format!(
        "{function}: for parameter {name:?}: got {got}, want {want}"
    )))
}

/// Whether a value can be called.
pub fn callable(value: Value<'_>) -> bool {
    matches!(<StarlarkCallable>::unpack_value(value), Ok(Some(_)))
}
