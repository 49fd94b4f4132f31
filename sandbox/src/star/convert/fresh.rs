//! Starlark values of plain data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use starlark::values::bytes::StarlarkBytes;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::none::NoneType;
use starlark::values::{FrozenHeap, FrozenValue, Heap, Value};

use super::BYTES;

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

/// The same for what a plugin answers, where bytes have kept their kind.
pub fn from_answer<'v>(json: &Json, heap: Heap<'v>) -> Value<'v> {
    match json {
        Json::Array(items) => {
            heap.alloc(AllocList(items.iter().map(|item| from_answer(item, heap))))
        }
        Json::Object(map) => match bytes_of(map) {
            Some(bytes) => heap.alloc(StarlarkBytes::from_vec(bytes)),
            None => heap.alloc(AllocDict(
                map.iter()
                    .map(|(key, item)| (key.as_str(), from_answer(item, heap))),
            )),
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => from_json(json, heap),
    }
}

/// The bytes that a map of the single key `$bytes` stands for.
pub fn bytes_of(map: &Map<String, Json>) -> Option<Vec<u8>> {
    let text = map.get(BYTES).filter(|_| map.len() == 1)?.as_str()?;
    STANDARD.decode(text).ok()
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
