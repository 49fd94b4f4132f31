//! Reads structs by attribute, for what app code hands back.

use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::{UnpackValue, Value};

/// The attributes of a struct.
pub struct Attrs<'v>(Vec<(&'v str, Value<'v>)>);

impl<'v> Attrs<'v> {
    /// Of `value`, if it is a struct.
    pub fn of(value: Value<'v>) -> Option<Self> {
        let fields = StructRef::from_value(value)?;
        Some(Self(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        ))
    }

    /// The attribute, if there is one.
    pub fn value(&self, name: &str) -> Option<Value<'v>> {
        self.0
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| *value)
    }

    /// The attribute, if it is not `None`.
    pub fn some(&self, name: &str) -> Option<Value<'v>> {
        self.value(name).filter(|value| !value.is_none())
    }

    /// The text of the attribute, else empty.
    pub fn text(&self, name: &str) -> &'v str {
        self.value(name).and_then(Value::unpack_str).unwrap_or("")
    }

    /// The truth of the attribute, else false.
    pub fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(Value::unpack_bool)
            .unwrap_or(false)
    }

    /// The number of the attribute.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value(name)
            .and_then(|value| i64::unpack_value(value).ok().flatten())
    }

    /// The items of the attribute, if it is a list.
    pub fn list(&self, name: &str) -> Option<&'v [Value<'v>]> {
        self.value(name)
            .and_then(ListRef::from_value)
            .map(|list| list.content())
    }

    /// The texts in the attribute's list; other items are printed.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.list(name)
            .unwrap_or_default()
            .iter()
            .map(|item| item.to_str())
            .collect()
    }
}
