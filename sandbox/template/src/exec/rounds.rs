//! What a `{{range}}` goes through.

use std::sync::Arc;

use crate::format;
use crate::value::{List, Map, Value, Width};

/// Keys and items, one round each.
pub(super) enum Rounds {
    Nothing,
    Items(Arc<List>),
    Bytes(Arc<[u8]>),
    Entries(Arc<Map>),
    /// The entries of a map that was changed, as they were at the beginning.
    Copies(Vec<(Value, Value)>),
    Ints(i64, Width),
    Uints(u64, Width),
}

impl Rounds {
    /// The rounds over a value, into so many variables.
    pub(super) fn new(value: &Value, variables: usize) -> Result<Rounds, String> {
        let shown = || format::text(value);
        match value {
            Value::Int(..) | Value::Uint(..) if variables > 1 => Err(format!(
                "can't use {} to iterate over more than one variable",
                shown()
            )),
            Value::Missing | Value::Nil => Ok(Rounds::Nothing),
            Value::List(list) => Ok(Rounds::Items(list.clone())),
            Value::Bytes(bytes) => Ok(Rounds::Bytes(bytes.clone())),
            Value::Map(map) if map.is_original() => Ok(Rounds::Entries(map.clone())),
            Value::Map(map) => Ok(Rounds::Copies(map.entries().into_owned())),
            Value::Int(count, width) => Ok(Rounds::Ints(*count, *width)),
            Value::Uint(count, width) => Ok(Rounds::Uints(*count, *width)),
            _ => Err(format!(
                "range can't iterate over {}",
                shown().trim_start_matches('&')
            )),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.round(0).is_none()
    }

    /// Key and item of a round.
    pub(super) fn round(&self, round: usize) -> Option<(Value, Value)> {
        let position = i64::try_from(round).ok()?;
        let item = match self {
            Rounds::Nothing => return None,
            Rounds::Items(list) => list.get(round)?.clone(),
            Rounds::Bytes(bytes) => Value::Uint((*bytes.get(round)?).into(), Width::W8),
            Rounds::Entries(map) => return map.original(round).cloned(),
            Rounds::Copies(entries) => return entries.get(round).cloned(),
            Rounds::Ints(count, width) => {
                (position < *count).then_some(Value::Int(position, *width))?
            }
            Rounds::Uints(count, width) => {
                let position = u64::try_from(round).ok()?;
                (position < *count).then_some(Value::Uint(position, *width))?
            }
        };
        Some((Value::int(position), item))
    }
}
