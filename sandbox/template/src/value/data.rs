//! Values from a handler's data. Names of fields repeat in every row, so a pool keeps one copy of each.

use std::collections::HashSet;
use std::sync::Arc;

use super::{List, Map, Type, Value};

/// Texts that repeat, kept once for the time of a conversion.
#[derive(Default)]
pub struct Pool(HashSet<Arc<str>>);

impl Pool {
    /// The one copy of the text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }

    /// The value of JSON data. Whole numbers are `int`, a list whose items have one type is a list of that type.
    pub fn value(&mut self, data: &serde_json::Value) -> Value {
        match data {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => number.as_i64().map_or_else(
                || Value::float(number.as_f64().unwrap_or_default()),
                Value::int,
            ),
            serde_json::Value::String(text) => Value::text(text.as_str()),
            serde_json::Value::Array(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.value(item)).collect();
                Value::List(Arc::new(List::of(items)))
            }
            serde_json::Value::Object(fields) => {
                let entries = fields
                    .iter()
                    .map(|(name, value)| (Value::Text(self.text(name)), self.value(value)));
                let entries = entries.collect();
                Value::Map(Arc::new(Map::new(Type::Text, Type::Any, entries)))
            }
        }
    }
}

impl From<&serde_json::Value> for Value {
    fn from(data: &serde_json::Value) -> Value {
        Pool::default().value(data)
    }
}
