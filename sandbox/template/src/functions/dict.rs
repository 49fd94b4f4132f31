//! Functions on dicts. `set`, `unset` and the merging ones change the dict they are given.

use std::sync::Arc;

use super::Call;
use super::choice::empty;
use super::family::{Entry, printed};
use crate::value::{Map, Value};

pub(super) const FAMILY: &[Entry] = &[
    ("dict", "a*", |c| {
        let pair = |pair: &[Value]| {
            let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
            pair.first().map(|key| (printed(key), value))
        };
        Ok(Value::map(c.arguments.chunks(2).filter_map(pair)))
    }),
    ("get", "ds", |c| {
        Ok(find(c.argument(0), &c.text(1)).unwrap_or_else(|| Value::text("")))
    }),
    ("set", "dsa", |c| {
        if let Value::Map(map) = c.argument(0) {
            map.set(c.text(1).as_ref().into(), c.argument(2).clone());
        }
        Ok(c.argument(0).clone())
    }),
    ("unset", "ds", |c| {
        if let Value::Map(map) = c.argument(0) {
            map.unset(&c.text(1).as_ref().into());
        }
        Ok(c.argument(0).clone())
    }),
    ("hasKey", "ds", |c| {
        Ok(find(c.argument(0), &c.text(1)).is_some().into())
    }),
    ("pluck", "sd*", |c| {
        let key = c.text(0);
        Ok(Value::list(
            c.from(1)
                .iter()
                .filter_map(|dict| find(dict, &key))
                .collect(),
        ))
    }),
    ("dig", "aa*", dig),
    ("keys", "d*", |c| {
        let keys = c
            .arguments
            .iter()
            .flat_map(entries)
            .map(|(key, _)| printed(&key));
        Ok(Value::texts(keys))
    }),
    ("values", "d", |c| {
        Ok(Value::list(
            entries(c.argument(0))
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        ))
    }),
    ("pick", "ds*", |c| Ok(chosen(c, true))),
    ("omit", "ds*", |c| Ok(chosen(c, false))),
    ("merge", "dd*", |c| Ok(merged(c, false))),
    ("mustMerge", "dd*", |c| Ok(merged(c, false))),
    ("mergeOverwrite", "dd*", |c| Ok(merged(c, true))),
    ("mustMergeOverwrite", "dd*", |c| Ok(merged(c, true))),
    ("deepCopy", "a", |c| Ok(copy(c.argument(0)))),
    ("mustDeepCopy", "a", |c| Ok(copy(c.argument(0)))),
];

fn find(dict: &Value, key: &str) -> Option<Value> {
    match dict {
        Value::Map(map) => map.get(key),
        _ => None,
    }
}

fn entries(dict: &Value) -> Vec<(Value, Value)> {
    match dict {
        Value::Map(map) => map.entries().into_owned(),
        _ => Vec::new(),
    }
}

/// `dig "a" "b" default dict`: down the keys, the default when one is missing.
fn dig(c: &Call<'_>) -> Result<Value, String> {
    let [keys @ .., otherwise, dict] = c.arguments else {
        return Err("dig needs at least three arguments".to_owned());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".to_owned());
    }
    let mut at = dict.clone();
    for key in keys {
        let Value::Map(map) = &at else {
            return Err(format!(
                "cannot look for {} in a {}",
                printed(key),
                at.type_name()
            ));
        };
        match map.get(&printed(key)) {
            Some(found) => at = found,
            None => return Ok(otherwise.clone()),
        }
    }
    Ok(at)
}

fn chosen(c: &Call<'_>, wanted: bool) -> Value {
    let named = |key: &Value| c.from(1).iter().any(|name| printed(name) == printed(key));
    let kept = entries(c.argument(0)).into_iter();
    Value::map(
        kept.filter(|(key, _)| named(key) == wanted)
            .map(|(key, value)| (printed(&key), value)),
    )
}

/// Puts what the later dicts have into the first, where it has nothing or everywhere.
fn merged(c: &Call<'_>, overwrite: bool) -> Value {
    if let Value::Map(first) = c.argument(0) {
        for other in c.from(1) {
            merge(first, other, overwrite, 0);
        }
    }
    c.argument(0).clone()
}

/// Deepest dict that is merged key by key; what is below is taken whole.
const DEEPEST: usize = 100;

fn merge(into: &Arc<Map>, from: &Value, overwrite: bool, depth: usize) {
    for (key, value) in entries(from) {
        let known = into.get_key(&key).filter(|known| !empty(known));
        match (&known, &value) {
            (Some(Value::Map(inner)), Value::Map(other))
                if depth < DEEPEST && !Arc::ptr_eq(inner, other) =>
            {
                merge(inner, &value, overwrite, depth + 1);
            }
            (Some(_), _) if !overwrite => {}
            _ => into.set(key, value),
        }
    }
}

/// The same value, sharing nothing that can change.
fn copy(value: &Value) -> Value {
    copied(value, 0)
}

fn copied(value: &Value, depth: usize) -> Value {
    match value {
        Value::Map(map) if depth < DEEPEST => {
            let entries = map
                .entries()
                .iter()
                .map(|(key, value)| (key.clone(), copied(value, depth + 1)))
                .collect();
            Value::Map(Arc::new(Map::new(
                map.key_type().clone(),
                map.value_type().clone(),
                entries,
            )))
        }
        Value::List(list) if depth < DEEPEST => {
            let items = list.iter().map(|item| copied(item, depth + 1)).collect();
            Value::List(Arc::new(crate::value::List::new(
                list.element().clone(),
                items,
            )))
        }
        other => other.clone(),
    }
}
