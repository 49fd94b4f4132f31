//! Functions that ask what a value is.

use super::family::Entry;
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("typeOf", "a", |c| Ok(c.argument(0).type_name().into())),
    ("typeIs", "sa", |c| {
        Ok((*c.text(0) == c.argument(1).type_name()).into())
    }),
    ("typeIsLike", "sa", |c| {
        let (asked, given) = (c.text(0), c.argument(1).type_name());
        Ok((*asked == given || format!("*{asked}") == given).into())
    }),
    ("kindOf", "a", |c| Ok(c.argument(0).kind_name().into())),
    ("kindIs", "sa", |c| {
        Ok((*c.text(0) == c.argument(1).kind_name()).into())
    }),
    ("deepEqual", "aa", |c| {
        Ok(equal(c.argument(0), c.argument(1)).into())
    }),
];

/// Whether two values are the same in type and in everything inside.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    alike(one, other, 0)
}

/// Deeper than this two values are taken to differ.
const DEEPEST: usize = 100;

fn alike(one: &Value, other: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match (one, other) {
        (Value::Missing | Value::Nil, Value::Missing | Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one, width), Value::Int(other, its)) => one == other && width == its,
        (Value::Uint(one, width), Value::Uint(other, its)) => one == other && width == its,
        (Value::Float(one, _), Value::Float(other, _)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.element() == other.element()
                && one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|(one, other)| alike(one, other, depth + 1))
        }
        (Value::Map(one), Value::Map(other)) => {
            let (one, other) = (one.entries(), other.entries());
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|((key, value), (its_key, its_value))| {
                        alike(key, its_key, depth + 1) && alike(value, its_value, depth + 1)
                    })
        }
        (Value::Time(one), Value::Time(other)) => one == other,
        (one, other) => {
            one.as_bytes().is_some()
                && one.as_bytes() == other.as_bytes()
                && one.type_of() == other.type_of()
        }
    }
}
