//! Parts of lists, maps and strings.

use std::sync::Arc;

use crate::value::{Kind, List, Map, Type, Value, Width};

/// How many items, entries or bytes there are.
pub(super) fn length(value: &Value) -> Result<Value, String> {
    let length = match value {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Missing => return Err("len of untyped nil".to_owned()),
        Value::Nil | Value::NullPointer(_) => return Err("len of nil pointer".to_owned()),
        value => match value.as_bytes() {
            Some(bytes) => bytes.len(),
            None => {
                return Err(format!(
                    "len of type {}",
                    value.type_name().trim_start_matches('*')
                ));
            }
        },
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// The item at the first index, therein the item at the second, and so on.
pub(super) fn index(values: &[Value]) -> Result<Value, String> {
    let Some((item, indices)) = values.split_first() else {
        return Ok(Value::Missing);
    };
    if matches!(item, Value::Missing | Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    indices
        .iter()
        .try_fold(item.clone(), |item, index| part(&item, index))
}

fn part(item: &Value, index: &Value) -> Result<Value, String> {
    match item {
        Value::List(list) => {
            let at = position(index, list.len())?;
            list.get(at).cloned().ok_or_else(|| out_of_range(index))
        }
        Value::Map(map) => entry(map, index),
        Value::Nil | Value::NullPointer(_) => Err("index of nil pointer".to_owned()),
        item => match item.as_bytes() {
            Some(bytes) => {
                let byte = bytes
                    .get(position(index, bytes.len())?)
                    .ok_or_else(|| out_of_range(index))?;
                Ok(Value::Uint((*byte).into(), Width::W8))
            }
            None => Err(format!(
                "can't index item of type {}",
                item.type_name().trim_start_matches('*')
            )),
        },
    }
}

fn entry(map: &Map, index: &Value) -> Result<Value, String> {
    let wanted = map.key_type();
    let fits = *wanted == Type::Any || index.type_of().as_ref() == Some(wanted);
    let found = match (index, wanted) {
        (index, _) if fits && matches!(index.kind(), Kind::List | Kind::Map | Kind::Function) => {
            return Err(format!("{} cannot be a key", index.type_name()));
        }
        (index, _) if fits && !index.is_nothing() => map.get_key(index),
        (Value::Missing | Value::Nil, Type::Any) => map.get_key(&Value::Nil),
        (Value::Missing | Value::Nil, _) => {
            return Err(format!("value is nil; should be of type {wanted}"));
        }
        (Value::Int(number, _), Type::Int(width)) => map.get_key(&Value::Int(*number, *width)),
        (Value::Uint(number, _), Type::Uint(width)) => map.get_key(&Value::Uint(*number, *width)),
        (Value::Int(number, _), Type::Uint(width)) => u64::try_from(*number)
            .ok()
            .and_then(|number| map.get_key(&Value::Uint(number, *width))),
        (Value::Uint(number, _), Type::Int(width)) => i64::try_from(*number)
            .ok()
            .and_then(|number| map.get_key(&Value::Int(number, *width))),
        _ => {
            return Err(format!(
                "value has type {}; should be {wanted}",
                index.type_name()
            ));
        }
    };
    Ok(found.unwrap_or_else(|| map.value_type().zero()))
}

/// An index into something of a length; the length itself is allowed here, for slices.
fn position(index: &Value, length: usize) -> Result<usize, String> {
    let at = match index {
        Value::Int(number, _) => usize::try_from(*number).ok(),
        Value::Uint(number, _) => usize::try_from(*number).ok(),
        Value::Missing | Value::Nil => return Err("cannot index slice/array with nil".to_owned()),
        index => {
            return Err(format!(
                "cannot index slice/array with type {}",
                index.type_name()
            ));
        }
    };
    at.filter(|at| *at <= length)
        .ok_or_else(|| out_of_range(index))
}

fn out_of_range(index: &Value) -> String {
    format!("index out of range: {}", crate::format::text(index))
}

/// The items from the first index up to the second.
pub(super) fn slice(values: &[Value]) -> Result<Value, String> {
    let Some((item, indices)) = values.split_first() else {
        return Ok(Value::Missing);
    };
    let length = match item {
        Value::Missing | Value::Nil => return Err("slice of untyped nil".to_owned()),
        _ if indices.len() > 3 => return Err(format!("too many slice indexes: {}", indices.len())),
        Value::List(list) => list.len(),
        item if item.kind() == Kind::Text && indices.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        item => match item.as_bytes() {
            Some(bytes) => bytes.len(),
            None => return Err(format!("can't slice item of type {}", item.type_name())),
        },
    };
    let mut ends = [0, length, length];
    for (index, end) in indices.iter().zip(&mut ends) {
        *end = position(index, length)?;
    }
    let [from, to, most] = ends;
    for (low, high) in [(from, to), (to, most)] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok(cut(item, from, to))
}

fn cut(item: &Value, from: usize, to: usize) -> Value {
    match item {
        Value::List(list) => {
            let items = list.get(from..to).unwrap_or_default().to_vec();
            Value::List(Arc::new(List::new(list.element().clone(), items)))
        }
        Value::Bytes(bytes) => Value::Bytes(bytes.get(from..to).unwrap_or_default().into()),
        Value::Safe(safe, text) if text.is_char_boundary(from) && text.is_char_boundary(to) => {
            Value::Safe(*safe, text.get(from..to).unwrap_or_default().into())
        }
        item => Value::string_of_bytes(
            item.as_bytes()
                .and_then(|bytes| bytes.get(from..to))
                .unwrap_or_default(),
        ),
    }
}
