//! Fields of what constructors describe: a parameter, and what stands there when it is left out.

use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::{Heap, Value};

use crate::star::unpack::{Kind, Param, may, need};

/// What fills a field when the argument is left out.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// This text.
    Text(&'static str),
    /// This truth.
    Bool(bool),
    /// This number.
    Int(i32),
    /// An empty list.
    List,
    /// An empty dict.
    Dict,
    /// `None`.
    None,
}

/// One field of a described thing: its parameter and what stands there without an argument.
pub type Field = (Param, Default);

/// A field that must be given.
pub const fn required(name: &'static str, kind: Kind) -> Field {
    (need(name, kind), Default::None)
}

/// A field of text.
pub const fn text(name: &'static str, default: &'static str) -> Field {
    (may(name, Kind::Text), Default::Text(default))
}

/// A field that is true or false.
pub const fn flag(name: &'static str, default: bool) -> Field {
    (may(name, Kind::Bool), Default::Bool(default))
}

/// A field with a list, empty without an argument.
pub const fn list(name: &'static str) -> Field {
    (may(name, Kind::List), Default::List)
}

/// A field with a dict, empty without an argument.
pub const fn dict(name: &'static str) -> Field {
    (may(name, Kind::Dict), Default::Dict)
}

/// A field that is `None` without an argument.
pub const fn optional(name: &'static str, kind: Kind) -> Field {
    (may(name, kind), Default::None)
}

/// A field with a whole number.
pub const fn int(name: &'static str, default: i32) -> Field {
    (may(name, Kind::Int), Default::Int(default))
}

impl Default {
    /// The value on `heap`.
    pub fn alloc(self, heap: Heap<'_>) -> Value<'_> {
        match self {
            Self::Text(text) => heap.alloc(text),
            Self::Bool(truth) => Value::new_bool(truth),
            Self::Int(number) => heap.alloc(number),
            Self::List => heap.alloc(AllocList::EMPTY),
            Self::Dict => heap.alloc(AllocDict::EMPTY),
            Self::None => Value::new_none(),
        }
    }
}
