//! Functions that choose: defaults, the first that is something, one of two.

use super::family::Entry;
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("default", "aa*", |c| {
        let given = c.argument(1);
        Ok(if empty(given) { c.argument(0) } else { given }.clone())
    }),
    ("empty", "a", |c| Ok(empty(c.argument(0)).into())),
    ("coalesce", "a*", |c| {
        let found = c.arguments.iter().find(|value| !empty(value));
        Ok(found.cloned().unwrap_or(Value::Nil))
    }),
    ("all", "a*", |c| Ok((!c.arguments.iter().any(empty)).into())),
    ("any", "a*", |c| Ok((!c.arguments.iter().all(empty)).into())),
    ("ternary", "aab", |c| {
        Ok(c.argument(if c.flag(2) { 0 } else { 1 }).clone())
    }),
];

/// Whether a value is as good as none.
pub(super) fn empty(value: &Value) -> bool {
    !value.truth()
}
