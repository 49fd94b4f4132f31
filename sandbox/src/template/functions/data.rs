//! Functions on lists, dicts, JSON and defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::Value;
use serde_json::Value as Json;

use super::{Plain, argument, error, list, text};
use crate::template::value::from_json;

/// Deepest data written as JSON.
const MAX_DEPTH: usize = 100;

/// By name.
pub const ALL: [(&str, Plain); 31] = [
    ("dict", |args| dict(args)),
    ("get", |args| {
        Ok(argument(args, 0)?
            .field(&text(args, 1)?)
            .cloned()
            .unwrap_or_else(|| "".into()))
    }),
    ("hasKey", |args| {
        Ok(Value::Bool(
            argument(args, 0)?.field(&text(args, 1)?).is_some(),
        ))
    }),
    ("set", |args| {
        changed(args, |map, key, value| map.insert(key, value))
    }),
    ("keys", |args| {
        Ok(entries(argument(args, 0)?, |key, _| Value::String(key)))
    }),
    ("values", |args| {
        Ok(entries(argument(args, 0)?, |_, value| value))
    }),
    ("merge", |args| merge(args)),
    ("list", |args| Ok(Value::List(args.into()))),
    ("tuple", |args| Ok(Value::List(args.into()))),
    ("first", |args| {
        Ok(list(args, 0)?.first().cloned().unwrap_or(Value::Nil))
    }),
    ("last", |args| {
        Ok(list(args, 0)?.last().cloned().unwrap_or(Value::Nil))
    }),
    ("rest", |args| {
        Ok(Value::List(
            list(args, 0)?.get(1..).unwrap_or_default().into(),
        ))
    }),
    ("initial", |args| {
        Ok(Value::List(
            list(args, 0)?
                .split_last()
                .map(|(_, rest)| rest)
                .unwrap_or_default()
                .into(),
        ))
    }),
    ("append", |args| {
        Ok(chain([
            &list(args, 0)?,
            std::slice::from_ref(argument(args, 1)?),
        ]))
    }),
    ("push", |args| {
        Ok(chain([
            &list(args, 0)?,
            std::slice::from_ref(argument(args, 1)?),
        ]))
    }),
    ("prepend", |args| {
        Ok(chain([
            std::slice::from_ref(argument(args, 1)?),
            &list(args, 0)?,
        ]))
    }),
    ("concat", |args| concat(args)),
    ("reverse", |args| {
        Ok(Value::List(list(args, 0)?.iter().rev().cloned().collect()))
    }),
    ("uniq", |args| Ok(uniq(&list(args, 0)?))),
    ("has", |args| {
        Ok(Value::Bool(list(args, 1)?.contains(argument(args, 0)?)))
    }),
    ("join", |args| join(args)),
    ("sortAlpha", |args| Ok(sort_alpha(&list(args, 0)?))),
    ("default", |args| default(args)),
    ("empty", |args| {
        Ok(Value::Bool(!argument(args, 0)?.is_truthy()))
    }),
    ("coalesce", |args| {
        Ok(args
            .iter()
            .find(|arg| arg.is_truthy())
            .cloned()
            .unwrap_or(Value::Nil))
    }),
    ("ternary", |args| {
        Ok(argument(args, usize::from(!argument(args, 2)?.is_truthy()))?.clone())
    }),
    ("all", |args| {
        Ok(Value::Bool(args.iter().all(Value::is_truthy)))
    }),
    ("any", |args| {
        Ok(Value::Bool(args.iter().any(Value::is_truthy)))
    }),
    ("toJson", |args| {
        Ok(crate::star::go_json(&to_json(argument(args, 0)?, 0)?).into())
    }),
    ("toPrettyJson", |args| pretty(args)),
    ("fromJson", |args| Ok(parsed(&text(args, 0)?))),
];

type Entries = BTreeMap<Arc<str>, Value>;

fn dict(args: &[Value]) -> gotmpl::Result<Value> {
    let mut map = Entries::new();
    for pair in args.chunks(2) {
        let key = argument(pair, 0)?.to_string();
        map.insert(
            key.into(),
            pair.get(1).cloned().unwrap_or_else(|| "".into()),
        );
    }
    Ok(Value::Map(Arc::new(map)))
}

fn changed(
    args: &[Value],
    change: fn(&mut Entries, Arc<str>, Value) -> Option<Value>,
) -> gotmpl::Result<Value> {
    let Value::Map(map) = argument(args, 0)? else {
        return Err(error("wrong type for value; expected dict"));
    };
    let mut map = Entries::clone(map);
    change(&mut map, text(args, 1)?.into(), argument(args, 2)?.clone());
    Ok(Value::Map(Arc::new(map)))
}

fn entries(value: &Value, each: fn(Arc<str>, Value) -> Value) -> Value {
    let Value::Map(map) = value else {
        return Value::List(Arc::from([]));
    };
    Value::List(
        map.iter()
            .map(|(key, value)| each(Arc::clone(key), value.clone()))
            .collect(),
    )
}

/// Earlier dicts win.
fn merge(args: &[Value]) -> gotmpl::Result<Value> {
    let mut all = Entries::new();
    for arg in args.iter().rev() {
        let Value::Map(map) = arg else {
            return Err(error("wrong type for value; expected dict"));
        };
        all.extend(
            map.iter()
                .map(|(key, value)| (Arc::clone(key), value.clone())),
        );
    }
    Ok(Value::Map(Arc::new(all)))
}

fn chain(parts: [&[Value]; 2]) -> Value {
    Value::List(parts.concat().into())
}

fn concat(args: &[Value]) -> gotmpl::Result<Value> {
    let mut all = Vec::new();
    for at in 0..args.len() {
        all.extend_from_slice(&list(args, at)?);
    }
    Ok(Value::List(all.into()))
}

fn uniq(items: &[Value]) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Value::List(kept.into())
}

fn join(args: &[Value]) -> gotmpl::Result<Value> {
    let separator = text(args, 0)?;
    let items: Vec<String> = match argument(args, 1)? {
        Value::List(items) => items
            .iter()
            .filter(|item| !matches!(item, Value::Nil))
            .map(ToString::to_string)
            .collect(),
        other => vec![other.to_string()],
    };
    Ok(items.join(&separator).into())
}

fn sort_alpha(items: &[Value]) -> Value {
    let mut texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.sort();
    Value::List(texts.into_iter().map(Value::from).collect())
}

fn default(args: &[Value]) -> gotmpl::Result<Value> {
    let given = args.get(1).filter(|given| given.is_truthy());
    Ok(given.map_or_else(|| argument(args, 0), Ok)?.clone())
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).map_or(Value::Nil, |json| from_json(&json))
}

fn pretty(args: &[Value]) -> gotmpl::Result<Value> {
    let json = to_json(argument(args, 0)?, 0)?;
    serde_json::to_string_pretty(&json)
        .map(Value::from)
        .map_err(|problem| error(problem.to_string()))
}

fn to_json(value: &Value, depth: usize) -> gotmpl::Result<Json> {
    if depth > MAX_DEPTH {
        return Err(error("toJson: nested too deep"));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(whole) => Json::from(*whole),
        Value::Uint(whole) => Json::from(*whole),
        Value::Float(float) => Json::from(*float),
        Value::List(items) => Json::Array(
            items
                .iter()
                .map(|item| to_json(item, depth + 1))
                .collect::<gotmpl::Result<_>>()?,
        ),
        Value::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, item)| Ok((key.to_string(), to_json(item, depth + 1)?)));
            Json::Object(entries.collect::<gotmpl::Result<_>>()?)
        }
        Value::String(_) | Value::Safe { .. } => Json::String(value.to_string()),
        Value::Function(_) => return Err(error("json: unsupported type: func")),
    })
}
