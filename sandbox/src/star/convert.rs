//! Values between Starlark and plain data, with bounds on depth and size.
//!
//! The interpreter's own JSON writer recurses without a bound and is slow; this one refuses what is
//! too deep, which is also how cyclic values are found.

use serde_json::{Map, Number, Value as Json};
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::float::UnpackFloat;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::none::NoneType;
use starlark::values::tuple::TupleRef;
use starlark::values::{FrozenHeap, FrozenValue, Heap, UnpackValue, Value};
use value::Message;

/// Deepest nesting of data.
const MAX_DEPTH: usize = 100;

/// Bounds a conversion and says what to do with keys that are not text.
pub struct Budget {
    left: usize,
    text_keys: bool,
}

impl Budget {
    /// At most about `bytes`; dict keys must be text.
    pub fn json(bytes: usize) -> Self {
        Self {
            left: bytes,
            text_keys: true,
        }
    }

    /// At most about `bytes`; other keys become text, for templates.
    pub fn template(bytes: usize) -> Self {
        Self {
            left: bytes,
            text_keys: false,
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Message> {
        match self.left.checked_sub(bytes + 2) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Message("the data is too large".into())),
        }
    }
}

/// Plain data of a Starlark value.
pub fn to_json(value: Value<'_>, budget: &mut Budget) -> Result<Json, Message> {
    convert(value, budget, 0)
}

fn convert(value: Value<'_>, budget: &mut Budget, depth: usize) -> Result<Json, Message> {
    if depth > MAX_DEPTH {
        return Err(Message(format!(
            "value nesting exceeds max depth {MAX_DEPTH}"
        )));
    }
    if let Some(text) = value.unpack_str() {
        budget.take(text.len())?;
        return Ok(Json::String(text.to_owned()));
    }
    budget.take(0)?;
    if let Some(list) = ListRef::from_value(value) {
        return sequence(list.content(), budget, depth);
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return sequence(tuple.content(), budget, depth);
    }
    match DictRef::from_value(value) {
        Some(dict) => mapping(&dict, budget, depth),
        None => scalar(value),
    }
}

fn sequence(items: &[Value<'_>], budget: &mut Budget, depth: usize) -> Result<Json, Message> {
    items
        .iter()
        .map(|item| convert(*item, budget, depth + 1))
        .collect::<Result<Vec<_>, _>>()
        .map(Json::Array)
}

fn mapping(dict: &DictRef<'_>, budget: &mut Budget, depth: usize) -> Result<Json, Message> {
    let mut map = Map::new();
    for (key, value) in dict.iter() {
        let name = match key.unpack_str() {
            Some(name) => name.to_owned(),
            None if budget.text_keys => {
                return Err(Message(format!(
                    "dict key of type {} is not a string",
                    key.get_type()
                )));
            }
            None => convert(key, budget, depth + 1)?.to_string(),
        };
        budget.take(name.len())?;
        map.insert(name, convert(value, budget, depth + 1)?);
    }
    Ok(Json::Object(map))
}

fn scalar(value: Value<'_>) -> Result<Json, Message> {
    if value.is_none() {
        return Ok(Json::Null);
    }
    if let Some(truth) = value.unpack_bool() {
        return Ok(Json::Bool(truth));
    }
    match value.get_type() {
        "int" => integer(value),
        "float" => float(value),
        other => Err(Message(format!("unrecognized starlark type: {other}"))),
    }
}

fn integer(value: Value<'_>) -> Result<Json, Message> {
    match i64::unpack_value(value) {
        Ok(Some(number)) => Ok(Json::Number(number.into())),
        Ok(None) | Err(_) => Err(Message("int value is out of the range of 64 bits".into())),
    }
}

fn float(value: Value<'_>) -> Result<Json, Message> {
    let number = UnpackFloat::unpack_value(value).ok().flatten();
    let number = number.and_then(|UnpackFloat(number)| Number::from_f64(number));
    number
        .map(Json::Number)
        .ok_or_else(|| Message(format!("unsupported value: {value}")))
}

/// A fresh, mutable Starlark value of plain data.
pub fn from_json<'v>(json: &Json, heap: Heap<'v>) -> Value<'v> {
    match json {
        Json::Null => heap.alloc(NoneType),
        Json::Bool(truth) => heap.alloc(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => heap.alloc(whole),
            None => heap.alloc(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => heap.alloc(text.as_str()),
        Json::Array(items) => heap.alloc(AllocList(items.iter().map(|item| from_json(item, heap)))),
        Json::Object(map) => heap.alloc(AllocDict(
            map.iter()
                .map(|(key, item)| (key.as_str(), from_json(item, heap))),
        )),
    }
}

/// The same with every number a float, as Go reads JSON.
pub fn floats(value: Json) -> Json {
    match value {
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        Json::Array(items) => Json::Array(items.into_iter().map(floats).collect()),
        Json::Object(map) => Json::Object(
            map.into_iter()
                .map(|(key, item)| (key, floats(item)))
                .collect(),
        ),
        Json::Null | Json::Bool(_) | Json::String(_) => value,
    }
}

/// A frozen value of plain data, for names that exist before any code runs.
pub fn from_json_frozen(json: &Json, heap: &FrozenHeap) -> FrozenValue {
    match json {
        Json::Null => heap.alloc(NoneType),
        Json::Bool(truth) => heap.alloc(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => heap.alloc(whole),
            None => heap.alloc(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => heap.alloc(text.as_str()),
        Json::Array(items) => heap.alloc(AllocList(
            items.iter().map(|item| from_json_frozen(item, heap)),
        )),
        Json::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, item)| (key.as_str(), from_json_frozen(item, heap)));
            heap.alloc(AllocDict(entries))
        }
    }
}
