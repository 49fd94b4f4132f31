//! Plain data as the engine's values, and field access with Go's rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::{TemplateError, Value};
use serde_json::Value as Json;

/// Key that tells a request from other maps; no template can write it.
pub const MARK: &str = "\u{0}request";

/// Plain data as the engine has it.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, item)| (Arc::from(key.as_str()), from_json(item)));
            Value::Map(Arc::new(entries.collect::<BTreeMap<_, _>>()))
        }
    }
}

/// `.a.b` of `args[0]`, the names being the other arguments.
pub fn field(args: &[Value]) -> gotmpl::Result<Value> {
    let Some((dot, names)) = args.split_first() else {
        return Ok(Value::Nil);
    };
    // Without any data at all nothing is missing, as in Go.
    if matches!(dot, Value::Nil) {
        return Ok(Value::Nil);
    }
    let mut value = dot.clone();
    for name in names.iter().filter_map(Value::as_str) {
        let next = match &value {
            Value::Map(map) => map.get(name).cloned(),
            Value::Nil => {
                return Err(error(format!(
                    "nil pointer evaluating interface {{}}.{name}"
                )));
            }
            _ => {
                return Err(error(format!(
                    "can't evaluate field {name} in type interface {{}}"
                )));
            }
        };
        match next {
            Some(next) => value = next,
            None if value.field(MARK).is_some() => {
                return Err(error(format!(
                    "can't evaluate field {name} in type starlark_type.Request"
                )));
            }
            None => return Ok(Value::Nil),
        }
    }
    Ok(value)
}

/// An error of a function.
pub fn error(text: impl Into<String>) -> TemplateError {
    TemplateError::Exec(text.into())
}
