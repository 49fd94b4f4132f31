//! Comparisons. Numbers of different kinds are not comparable, except whole ones with and without a sign.

use std::cmp::Ordering;

use crate::format;
use crate::functions::Call;
use crate::value::{Kind, Value};

/// Whether the first value equals any of the others.
pub(super) fn equal(values: &[Value]) -> Result<bool, String> {
    let Some((first, others)) = values.split_first() else {
        return Ok(false);
    };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if same(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn less(call: &Call<'_>) -> Result<bool, String> {
    order(call.argument(0), call.argument(1)).map(|order| order == Some(Ordering::Less))
}

pub(super) fn less_or_equal(call: &Call<'_>) -> Result<bool, String> {
    order(call.argument(0), call.argument(1)).map(|order| order.is_some_and(Ordering::is_le))
}

/// A value without the name of its type, for comparing.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) if !object.underlying().is_nothing() => object.underlying(),
        value => value.clone(),
    }
}

/// The order of two values; nothing if one of them is no number.
fn order(one: &Value, other: &Value) -> Result<Option<Ordering>, String> {
    let (left, right) = (plain(one), plain(other));
    let comparable = |kind: Kind| {
        matches!(
            kind,
            Kind::Bool | Kind::Int | Kind::Uint | Kind::Float | Kind::Complex | Kind::Text
        )
    };
    if !comparable(left.kind()) || !comparable(right.kind()) {
        return Err("invalid type for comparison".to_owned());
    }
    Ok(match (&left, &right) {
        (Value::Int(left, _), Value::Int(right, _)) => Some(left.cmp(right)),
        (Value::Uint(left, _), Value::Uint(right, _)) => Some(left.cmp(right)),
        (Value::Int(left, _), Value::Uint(right, _)) => {
            Some(i128::from(*left).cmp(&i128::from(*right)))
        }
        (Value::Uint(left, _), Value::Int(right, _)) => {
            Some(i128::from(*left).cmp(&i128::from(*right)))
        }
        (Value::Float(left, _), Value::Float(right, _)) => left.partial_cmp(right),
        _ if left.kind() != right.kind() => return Err(incompatible(one, other)),
        _ if left.kind() == Kind::Text => left.as_bytes().partial_cmp(&right.as_bytes()),
        _ => return Err("invalid type for comparison".to_owned()),
    })
}

fn same(one: &Value, other: &Value) -> Result<bool, String> {
    let (left, right) = (plain(one), plain(other));
    Ok(match (&left, &right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left, _), Value::Int(right, _)) => left == right,
        (Value::Uint(left, _), Value::Uint(right, _)) => left == right,
        (Value::Int(signed, _), Value::Uint(unsigned, _))
        | (Value::Uint(unsigned, _), Value::Int(signed, _)) => {
            i128::from(*signed) == i128::from(*unsigned)
        }
        (Value::Float(left, _), Value::Float(right, _)) => left == right,
        (Value::Complex(..), Value::Complex(..)) => format::text(&left) == format::text(&right),
        _ if left.kind() == Kind::Text && right.kind() == Kind::Text => {
            left.as_bytes() == right.as_bytes()
        }
        _ if untyped(&left) || untyped(&right) => null(&left) && null(&right),
        _ if group(&left) != group(&right) => return Err(incompatible(one, other)),
        _ if left.kind() == right.kind() && (null(&left) || null(&right)) => {
            null(&left) && null(&right)
        }
        (Value::Time(left), Value::Time(right)) => {
            left == right && left.time_zone() == right.time_zone()
        }
        (Value::Record(left), Value::Record(right)) if left.is_pointer() && right.is_pointer() => {
            std::sync::Arc::ptr_eq(left, right)
        }
        (Value::Object(left), Value::Object(right)) => std::sync::Arc::ptr_eq(left, right),
        (Value::Record(_) | Value::Time(_), Value::Record(_) | Value::Time(_))
            if left.kind() == Kind::Record && right.kind() == Kind::Record =>
        {
            left.type_of() == right.type_of() && same_fields(&left, &right)?
        }
        _ => return Err(not_comparable(one)),
    })
}

/// Fields are compared as Go compares interfaces: different types are different.
fn same_fields(one: &Value, other: &Value) -> Result<bool, String> {
    let (Value::Record(left), Value::Record(right)) = (one, other) else {
        return Ok(false);
    };
    for ((_, left), (_, right)) in left.fields().zip(right.fields()) {
        let comparable = !matches!(left.kind(), Kind::List | Kind::Map);
        if left.type_of() != right.type_of() || (comparable && !same(left, right)?) {
            return Ok(false);
        }
        if !comparable {
            return Err(not_comparable(one));
        }
    }
    Ok(true)
}

fn untyped(value: &Value) -> bool {
    matches!(value, Value::Missing | Value::Nil)
}

fn null(value: &Value) -> bool {
    match value {
        Value::List(list) => list.is_null(),
        Value::Map(map) => map.is_null(),
        value => value.is_nothing(),
    }
}

/// Kinds that can be compared with one another at all; everything that is no plain value is one group.
fn group(value: &Value) -> Option<Kind> {
    let kind = value.kind();
    matches!(
        kind,
        Kind::Bool | Kind::Int | Kind::Uint | Kind::Float | Kind::Complex | Kind::Text
    )
    .then_some(kind)
}

fn incompatible(one: &Value, other: &Value) -> String {
    format!(
        "incompatible types for comparison: {} and {}",
        one.type_name(),
        other.type_name()
    )
}

fn not_comparable(value: &Value) -> String {
    format!(
        "non-comparable type {}: {}",
        format::text(value),
        value.type_name()
    )
}
