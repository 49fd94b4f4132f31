//! The values that templates see. Go's rules ask for the type of a value at every turn (an `int` is not a `float64`, a
//! missing key is not a nil), so the type travels with the value. Everything is shared, so a clone costs one count.

mod data;
mod dismantle;
mod kind;
mod list;
mod map;
mod object;
mod record;
mod safe;
mod text;

use std::sync::Arc;

pub use data::Pool;
pub use kind::{Kind, Type, Width};
pub use list::List;
pub use map::Map;
pub use object::Object;
pub(crate) use object::zero_time;
pub use record::{Record, Shape};
pub use safe::Safe;

use crate::functions::Function;

/// One value of a template.
#[derive(Clone, Default)]
pub enum Value {
    /// No value at all: a key that is not there. Prints as `<no value>`.
    #[default]
    Missing,
    /// An untyped nil. As an argument it prints as `<nil>`.
    Nil,
    /// A nil pointer to a type.
    NullPointer(Arc<Type>),
    /// A truth.
    Bool(bool),
    /// A signed number of a width; [`Width::Plain`] is Go's `int`.
    Int(i64, Width),
    /// An unsigned number of a width; [`Width::Plain`] is Go's `uint`.
    Uint(u64, Width),
    /// A float; [`Width::W32`] is `float32`, everything else `float64`.
    Float(f64, Width),
    /// A complex number: literals only.
    Complex(f64, f64),
    /// A string.
    Text(Arc<str>),
    /// A string that is not UTF-8, as cutting a string at any byte makes it.
    Broken(Arc<[u8]>),
    /// A `[]byte`.
    Bytes(Arc<[u8]>),
    /// A list with the type of its elements.
    List(Arc<List>),
    /// A map, sorted by key.
    Map(Arc<Map>),
    /// A struct, or a pointer to one.
    Record(Arc<Record>),
    /// Text that its author vouches for in one context.
    Safe(Safe, Arc<str>),
    /// A moment with its zone.
    Time(Arc<jiff::Zoned>),
    /// A value with methods.
    Object(Arc<dyn Object>),
    /// A function as a value.
    Function(Arc<Function>),
}

impl Value {
    /// A Go `int`.
    pub fn int(value: i64) -> Value {
        Value::Int(value, Width::Plain)
    }

    /// A Go `int64`.
    pub fn int64(value: i64) -> Value {
        Value::Int(value, Width::W64)
    }

    /// A Go `float64`.
    pub fn float(value: f64) -> Value {
        Value::Float(value, Width::Plain)
    }

    /// A string.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// A string of any bytes.
    pub fn string_of_bytes(bytes: &[u8]) -> Value {
        match std::str::from_utf8(bytes) {
            Ok(text) => Value::text(text),
            Err(_) => Value::Broken(bytes.into()),
        }
    }

    /// A `[]any`.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(List::new(Type::Any, items)))
    }

    /// A `[]string`.
    pub fn texts<T: Into<Arc<str>>>(items: impl IntoIterator<Item = T>) -> Value {
        let items = items.into_iter().map(Value::text).collect();
        Value::List(Arc::new(List::new(Type::Text, items)))
    }

    /// A `map[string]any`. Of two equal keys the later one stays.
    pub fn map<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Value::text(key), value));
        Value::Map(Arc::new(Map::new(Type::Text, Type::Any, entries.collect())))
    }

    /// Whether this is [`Value::Missing`], [`Value::Nil`] or a nil pointer.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Value::Missing | Value::Nil | Value::NullPointer(_))
    }

    /// What Go's `if` thinks of the value.
    pub fn truth(&self) -> bool {
        match self {
            Value::Missing | Value::Nil | Value::NullPointer(_) => false,
            Value::Bool(value) => *value,
            Value::Int(value, _) => *value != 0,
            Value::Uint(value, _) => *value != 0,
            Value::Float(value, _) => *value != 0.0,
            Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Value::Text(text) | Value::Safe(_, text) => !text.is_empty(),
            Value::Broken(bytes) | Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Object(object) => object.truth(),
            Value::Record(_) | Value::Time(_) | Value::Function(_) => true,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::text(text)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        crate::format::debug(self, &mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}
