//! Maps. Entries lie sorted in one vector: maps are small, looked up often and always printed in order. Only sprig's
//! `set` and `unset` change a map, so the lock exists from the first change on and nobody else waits for it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::{OnceLock, PoisonError, RwLock};

use super::{Type, Value, dismantle};

type Entries = Vec<(Value, Value)>;

/// A map from keys to values, in the order in which Go prints it.
pub struct Map {
    key: Type,
    value: Type,
    null: bool,
    first: Entries,
    changed: OnceLock<RwLock<Entries>>,
}

impl Map {
    /// A map of the entries; of two equal keys the later one stays.
    pub fn new(key: Type, value: Type, mut entries: Vec<(Value, Value)>) -> Map {
        entries.sort_by(|one, other| order(&one.0, &other.0));
        entries.dedup_by(|later, kept| {
            let same = order(&later.0, &kept.0) == Ordering::Equal;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Map {
            key,
            value,
            null: false,
            first: entries,
            changed: OnceLock::new(),
        }
    }

    /// A nil map: empty, and equal to nil.
    pub fn null(key: Type, value: Type) -> Map {
        let mut map = Map::new(key, value, Vec::new());
        map.null = true;
        map
    }

    /// Whether this is a nil map.
    pub fn is_null(&self) -> bool {
        self.null
    }

    /// The type of the keys.
    pub fn key_type(&self) -> &Type {
        &self.key
    }

    /// The type of the values.
    pub fn value_type(&self) -> &Type {
        &self.value
    }

    /// The value of a string key.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.find(|key| order_name(key, name))
    }

    /// The value of any key.
    pub fn get_key(&self, wanted: &Value) -> Option<Value> {
        self.find(|key| order(key, wanted))
    }

    /// The entries in order; borrowed as long as nothing was changed.
    pub fn entries(&self) -> Cow<'_, [(Value, Value)]> {
        match self.changed.get() {
            None => Cow::Borrowed(&self.first),
            Some(lock) => Cow::Owned(lock.read().unwrap_or_else(PoisonError::into_inner).clone()),
        }
    }

    /// Whether nothing was changed yet.
    pub(crate) fn is_original(&self) -> bool {
        self.changed.get().is_none()
    }

    /// An entry as the map was before any change.
    pub(crate) fn original(&self, position: usize) -> Option<&(Value, Value)> {
        self.first.get(position)
    }

    /// The value of a string key, if there is one and nothing was changed.
    pub(crate) fn original_value(&self, name: &str) -> Option<&Value> {
        if !self.is_original() {
            return None;
        }
        let at = self
            .first
            .binary_search_by(|entry| order_name(&entry.0, name))
            .ok()?;
        self.first.get(at).map(|entry| &entry.1)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        match self.changed.get() {
            None => self.first.len(),
            Some(lock) => lock.read().unwrap_or_else(PoisonError::into_inner).len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a value in, for everyone who holds the map.
    pub fn set(&self, key: Value, value: Value) {
        self.change(
            |entries| match entries.binary_search_by(|entry| order(&entry.0, &key)) {
                Ok(at) => {
                    if let Some(entry) = entries.get_mut(at) {
                        entry.1 = value;
                    }
                }
                Err(at) => entries.insert(at, (key, value)),
            },
        );
    }

    /// Takes a value out, for everyone who holds the map.
    pub fn unset(&self, key: &Value) {
        self.change(|entries| {
            if let Ok(at) = entries.binary_search_by(|entry| order(&entry.0, key)) {
                entries.remove(at);
            }
        });
    }

    /// Gives the values away.
    pub(super) fn surrender(&mut self, values: &mut Vec<Value>) {
        values.extend(
            std::mem::take(&mut self.first)
                .into_iter()
                .map(|entry| entry.1),
        );
        if let Some(lock) = self.changed.take() {
            let entries = lock.into_inner().unwrap_or_else(PoisonError::into_inner);
            values.extend(entries.into_iter().map(|entry| entry.1));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Entries)) {
        let lock = self.changed.get_or_init(|| RwLock::new(self.first.clone()));
        change(&mut lock.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn find(&self, compare: impl Fn(&Value) -> Ordering) -> Option<Value> {
        let search = |entries: &Entries| {
            let at = entries.binary_search_by(|entry| compare(&entry.0)).ok()?;
            entries.get(at).map(|entry| entry.1.clone())
        };
        match self.changed.get() {
            None => search(&self.first),
            Some(lock) => search(&lock.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let flat = |entries: &Entries| !entries.iter().any(|entry| dismantle::is_nested(&entry.1));
        let changed = self
            .changed
            .get_mut()
            .map(|lock| lock.get_mut().unwrap_or_else(PoisonError::into_inner));
        if !flat(&self.first) || changed.is_some_and(|entries| !flat(entries)) {
            let mut values = Vec::new();
            self.surrender(&mut values);
            dismantle::dismantle(values);
        }
    }
}

/// The order of keys: kinds apart, numbers by value, strings by bytes, false before true.
pub(crate) fn order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Value::Int(one, _), Value::Int(other, _)) => one.cmp(other),
        (Value::Uint(one, _), Value::Uint(other, _)) => one.cmp(other),
        (Value::Float(one, _), Value::Float(other, _)) => order_floats(*one, *other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => rank(one)
            .cmp(&rank(other))
            .then_with(|| one.as_bytes().cmp(&other.as_bytes())),
    }
}

fn order_name(key: &Value, name: &str) -> Ordering {
    match key {
        Value::Text(key) => key.as_bytes().cmp(name.as_bytes()),
        key => order(key, &Value::text(name)),
    }
}

fn order_floats(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other)
        .unwrap_or_else(|| other.is_nan().cmp(&one.is_nan()))
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Missing | Value::Nil | Value::NullPointer(_) => 0,
        Value::Text(_) | Value::Broken(_) => 1,
        Value::Safe(..) => 2,
        Value::Int(..) => 3,
        Value::Uint(..) => 4,
        Value::Float(..) => 5,
        Value::Complex(..) => 6,
        Value::Bool(_) => 7,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_entries_win_and_changes_are_shared() {
        let map = Map::new(
            Type::Text,
            Type::Any,
            vec![
                ("b".into(), Value::int(1)),
                ("a".into(), Value::int(2)),
                ("b".into(), Value::int(3)),
            ],
        );
        assert_eq!(format!("{:?}", map.get("b")), "Some(3)");
        assert_eq!(map.len(), 2);
        map.set("c".into(), Value::Bool(true));
        map.unset(&"a".into());
        let names: Vec<_> = map
            .entries()
            .iter()
            .map(|(key, _)| format!("{key:?}"))
            .collect();
        assert_eq!(names, ["\"b\"", "\"c\""]);
    }
}
