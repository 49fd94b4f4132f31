//! Plain data as the values of templates. Bytes have kept their kind under the key `$bytes`.

use std::sync::Arc;

use gotemplate::value::{List, Map, Pool};
use gotemplate::{Type, Value};
use serde_json::Value as Json;

use crate::star::bytes_of;

/// The value of plain data.
pub fn from_json(json: &Json) -> Value {
    value(json, &mut Pool::default())
}

fn value(json: &Json, pool: &mut Pool) -> Value {
    match json {
        Json::Array(items) => {
            let items = items.iter().map(|item| value(item, pool)).collect();
            Value::List(Arc::new(List::of(items)))
        }
        Json::Object(map) => match bytes_of(map) {
            Some(bytes) => Value::Bytes(bytes.into()),
            None => {
                let entries = map
                    .iter()
                    .map(|(name, item)| (Value::Text(pool.text(name)), value(item, pool)));
                let entries = entries.collect();
                Value::Map(Arc::new(Map::new(Type::Text, Type::Any, entries)))
            }
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => pool.value(json),
    }
}
