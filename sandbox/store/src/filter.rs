//! The filter language of `select`, `count` and `delete`: dicts of fields and operators become a
//! condition that each kind of database spells in its own way.
//!
//! Keys are taken in sorted order and joined with AND. What is not understood is an error: a filter
//! that says less than its author meant would delete more than they meant.

mod place;

use serde_json::{Map, Value};

use crate::problem::Problem;

pub use place::{Place, Scalar};

/// Deepest nesting of `$and` and `$or`.
const DEPTH: usize = 8;
/// Most comparisons.
const TERMS: usize = 200;

/// What an entry must fulfil.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these; none stands for no condition.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// A value compared.
    Compare(Place, Operator, Scalar),
}

/// How a value is compared; the names say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    Unequal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Like,
}

impl Condition {
    /// Reads the filter of a call: a dict, or `None` for every entry.
    pub fn parse(filter: &Value) -> Result<Condition, Problem> {
        let mut reader = Reader { terms: 0 };
        match filter {
            Value::Null => Ok(Condition::All(Vec::new())),
            Value::Object(entries) => reader.entries(entries, 0),
            other => Err(invalid(format!(
                "invalid filter, expected a dict, got: {}",
                shown(other)
            ))),
        }
    }

    /// Whether every entry fulfils it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Condition::All(parts) if parts.is_empty())
    }
}

impl Operator {
    fn of(text: &str) -> Option<Operator> {
        Some(match text {
            "$eq" => Operator::Equal,
            "$ne" => Operator::Unequal,
            "$gt" => Operator::Greater,
            "$gte" => Operator::GreaterOrEqual,
            "$lt" => Operator::Less,
            "$lte" => Operator::LessOrEqual,
            "$like" => Operator::Like,
            _ => return None,
        })
    }
}

/// Joins its parts.
type Join = fn(Vec<Condition>) -> Condition;

struct Reader {
    terms: usize,
}

impl Reader {
    fn entries(
        &mut self,
        entries: &Map<String, Value>,
        depth: usize,
    ) -> Result<Condition, Problem> {
        if depth > DEPTH {
            return Err(invalid(format!("the filter is nested deeper than {DEPTH}")));
        }
        let parts = sorted(entries).into_iter();
        let parts = parts.map(|(key, value)| self.entry(key, value, depth));
        Ok(Condition::All(parts.collect::<Result<_, _>>()?))
    }

    /// One key of a dict: a field, or `$and` or `$or`.
    fn entry(&mut self, key: &str, value: &Value, depth: usize) -> Result<Condition, Problem> {
        let join = join(key);
        match value {
            Value::Array(items) => match (maps(items), join) {
                (Some(maps), Some(join)) => self.logical(key, &maps, join, depth),
                (Some(_), None) => Err(invalid(format!(
                    "invalid condition for {key}, list supported for logical operators only, got: {}",
                    shown(value)
                ))),
                (None, _) => Err(invalid(format!(
                    "invalid query condition for {key}, only list of maps supported: {}",
                    shown(value)
                ))),
            },
            _ if join.is_some() => {
                let wanted = if value.is_object() {
                    "list"
                } else {
                    "list of maps"
                };
                Err(invalid(format!(
                    "invalid condition for {key}, expected {wanted}, got: {}",
                    shown(value)
                )))
            }
            _ if Operator::of(key).is_some() => Err(invalid(format!(
                "operator {key} supported for field conditions only: {}",
                shown(value)
            ))),
            Value::Object(operators) => self.field(key, operators),
            scalar => self.compare(key, Operator::Equal, scalar),
        }
    }

    fn logical(
        &mut self,
        key: &str,
        maps: &[&Map<String, Value>],
        join: Join,
        depth: usize,
    ) -> Result<Condition, Problem> {
        if maps.iter().any(|map| map.is_empty()) {
            return Err(invalid(format!(
                "invalid condition for {key}, a map in its list is empty"
            )));
        }
        let parts = maps.iter().map(|map| self.entries(map, depth + 1));
        Ok(join(parts.collect::<Result<_, _>>()?))
    }

    /// The conditions on one field: `{"$gt": 1, "$lt": 9}`.
    fn field(&mut self, name: &str, operators: &Map<String, Value>) -> Result<Condition, Problem> {
        if operators.is_empty() {
            return Err(invalid(format!(
                "invalid query condition for {name}, the map has no operator"
            )));
        }
        let parts = sorted(operators).into_iter();
        let parts = parts.map(|(key, value)| self.operator(name, key, value));
        Ok(Condition::All(parts.collect::<Result<_, _>>()?))
    }

    fn operator(&mut self, name: &str, key: &str, value: &Value) -> Result<Condition, Problem> {
        let wrong = |what: &str| {
            Err(invalid(format!(
                "invalid query condition for {name} {key}, {what}: {}",
                shown(value)
            )))
        };
        match value {
            Value::Array(items) => match (maps(items), join(key)) {
                (Some(maps), Some(join)) => {
                    let parts = maps.iter().map(|map| self.single(name, key, map));
                    Ok(join(parts.collect::<Result<_, _>>()?))
                }
                (Some(_), None) => Err(invalid(format!(
                    "invalid condition for {name} {key}, list supported for logical operators only, got: {}",
                    shown(value)
                ))),
                (None, _) => wrong("only list of maps supported"),
            },
            Value::Object(_) => wrong("map not supported"),
            scalar => match Operator::of(key) {
                Some(operator) => self.compare(name, operator, scalar),
                None => wrong("only operators supported"),
            },
        }
    }

    /// One map in the list of a logical operator below a field: `{"$lt": 5}`.
    fn single(
        &mut self,
        name: &str,
        key: &str,
        map: &Map<String, Value>,
    ) -> Result<Condition, Problem> {
        let mut entries = map.iter();
        let (Some((operator, value)), None) = (entries.next(), entries.next()) else {
            return Err(invalid(format!(
                "invalid logical condition for {name} {key}, only one key supported: {}",
                shown(&Value::Object(map.clone()))
            )));
        };
        match Operator::of(operator) {
            Some(operator) => self.compare(name, operator, value),
            None => Err(invalid(format!(
                "invalid logical condition for {name} {operator}, only operators supported: {}",
                shown(value)
            ))),
        }
    }

    fn compare(
        &mut self,
        name: &str,
        operator: Operator,
        value: &Value,
    ) -> Result<Condition, Problem> {
        self.terms += 1;
        if self.terms > TERMS {
            return Err(invalid(format!(
                "the filter has more than {TERMS} comparisons"
            )));
        }
        let place = Place::named(name)?;
        let scalar = Scalar::read(name, value)?.beside(&place);
        if operator == Operator::Like {
            return Ok(Condition::Compare(place, operator, scalar.pattern()?));
        }
        Ok(Condition::Compare(place, operator, scalar))
    }
}

/// How a logical operator joins; its case does not matter.
fn join(key: &str) -> Option<Join> {
    match key.to_ascii_lowercase().as_str() {
        "$and" => Some(Condition::All),
        "$or" => Some(Condition::Any),
        _ => None,
    }
}

/// The items as dicts, when there are any and all are.
fn maps(items: &[Value]) -> Option<Vec<&Map<String, Value>>> {
    let maps: Option<Vec<_>> = items.iter().map(Value::as_object).collect();
    maps.filter(|maps| !maps.is_empty())
}

fn sorted(entries: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted
}

fn invalid(text: String) -> Problem {
    Problem::Invalid(text)
}

/// A value in messages, cut to a readable length.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
