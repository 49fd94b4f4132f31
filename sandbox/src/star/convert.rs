//! Values between Starlark and plain data, with bounds on depth and size.
//!
//! The interpreter's own JSON writer recurses without a bound and is slow; this one refuses what is
//! too deep, which is also how cyclic values are found.

mod fresh;
mod page;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json, json};
use starlark::values::bytes::StarlarkBytes;
use starlark::values::dict::DictRef;
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{UnpackValue, Value, ValueLike};
use value::{Message, Response, document};

use super::kind::kind_of;
use super::text;

pub use fresh::{bytes_of, floats, from_answer, from_json, from_json_frozen};
pub use page::to_page;

/// Deepest nesting of data.
const MAX_DEPTH: usize = 100;
/// Names bytes among plain data.
pub const BYTES: &str = "$bytes";
/// Names a document among arguments.
pub const ENTRY: &str = "$entry";

/// What the data is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Arguments of a plugin call: documents and bytes keep their kind.
    Arguments,
    /// JSON for a client.
    Json,
    /// Text for a client.
    Text,
}

/// Bounds a conversion and says what the data is for.
pub struct Budget {
    left: usize,
    target: Target,
}

impl Budget {
    /// At most about `bytes`.
    pub fn new(target: Target, bytes: usize) -> Self {
        Self {
            left: bytes,
            target,
        }
    }

    /// At most about `bytes` of JSON.
    pub fn json(bytes: usize) -> Self {
        Self::new(Target::Json, bytes)
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

    /// Whether keys of dicts must be text.
    fn text_keys(&self) -> bool {
        matches!(self.target, Target::Arguments | Target::Json)
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
    if let Some(bytes) = value.downcast_ref::<StarlarkBytes>() {
        return binary(bytes.as_bytes(), budget);
    }
    match DictRef::from_value(value) {
        Some(dict) => mapping(&dict, budget, depth),
        None => other(value, budget, depth),
    }
}

fn other(value: Value<'_>, budget: &mut Budget, depth: usize) -> Result<Json, Message> {
    if let Some((kind, fields)) = document(value) {
        let mut map = Map::new();
        for (name, field) in fields {
            budget.take(name.len())?;
            map.insert(name, convert(field, budget, depth + 1)?);
        }
        return Ok(match budget.target {
            // Inside other data a document is a dict like any other.
            Target::Arguments if depth == 0 => json!({ENTRY: {"type": kind, "fields": map}}),
            Target::Arguments | Target::Json | Target::Text => Json::Object(map),
        });
    }
    match Response::from_value(value) {
        Some(response) if budget.target != Target::Arguments => answered(response, budget, depth),
        _ => scalar(value),
    }
}

/// A response among data; its value is none of the error's business.
fn answered(response: &Response<'_>, budget: &mut Budget, depth: usize) -> Result<Json, Message> {
    let (value, error) = match response.outcome() {
        Ok(value) => (convert(value, budget, depth + 1)?, Json::Null),
        Err(error) => (Json::Null, Json::from(error)),
    };
    Ok(json!({
        "error_code": response.code(), "error": error, "value": value,
        "is_stream": response.as_stream().is_some(),
    }))
}

fn binary(bytes: &[u8], budget: &mut Budget) -> Result<Json, Message> {
    budget.take(bytes.len().saturating_mul(4) / 3)?;
    Ok(match budget.target {
        Target::Json => Json::from(STANDARD.encode(bytes)),
        Target::Text => Json::from(bytes.to_vec()),
        Target::Arguments => json!({BYTES: STANDARD.encode(bytes)}),
    })
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
            None if budget.text_keys() => {
                return Err(Message(format!(
                    "dict key of type {} is not a string",
                    kind_of(key)
                )));
            }
            None => text::print(&convert(key, budget, depth + 1)?),
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
        _ => Err(Message(format!(
            "unrecognized starlark type: {}",
            kind_of(value)
        ))),
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
