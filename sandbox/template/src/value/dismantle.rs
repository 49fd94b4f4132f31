//! Letting go of nested values. A template can nest lists as deep as it has steps; taking such a value apart level by
//! level, as values are dropped by themselves, would need as much stack.

use std::sync::Arc;

use super::Value;

/// Whether the value holds others.
pub(super) fn is_nested(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Drops values and what only they hold.
pub(super) fn dismantle(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut list) = Arc::into_inner(list) {
                    list.surrender(&mut values);
                }
            }
            Value::Map(map) => {
                if let Some(mut map) = Arc::into_inner(map) {
                    map.surrender(&mut values);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_values_are_dropped() {
        let mut value = Value::Nil;
        for level in 0..1_000_000 {
            value = if level % 2 == 0 {
                Value::list(vec![value])
            } else {
                Value::map([("in", value)])
            };
        }
        assert!(value.truth());
    }
}
