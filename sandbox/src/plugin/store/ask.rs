//! What a call asks of the store, read from its bound arguments.

use policy::{Bound, StoreOp};
use secrets::Tokens;
use serde_json::Value;
use store::{Fields, Query};

use crate::plugin::argument::{Problem, number, texts};
use crate::plugin::carried::carried;

/// A call with its table and the rest of its arguments.
pub enum Ask {
    Begin,
    Commit,
    Rollback,
    Insert(String, Fields),
    Update(String, Fields),
    SelectById(String, i64),
    DeleteById(String, i64),
    SelectOne(String, Value),
    Count(String, Value),
    Delete(String, Value),
    Select(String, Query),
}

impl Ask {
    /// Reads the arguments; a secret among them is refused, since what is stored can be read again.
    pub fn new(bound: &Bound, tokens: &Tokens) -> Result<Ask, Problem> {
        let mut strings = Vec::new();
        bound
            .values
            .values()
            .for_each(|value| gather(value, &mut strings));
        if !carried(tokens, strings).is_empty() {
            return Err("a secret can neither be stored nor be looked for".to_owned());
        }
        if bound.values.contains_key("table") {
            store::check_table(bound.text("table")).map_err(|problem| problem.to_string())?;
        }
        let op = StoreOp::of(bound.function.action);
        let op = op.ok_or_else(|| format!("store.in.{} is not available", bound.function.name))?;
        let table = || bound.text("table").to_owned();
        Ok(match op {
            StoreOp::Begin => Ask::Begin,
            StoreOp::Commit => Ask::Commit,
            StoreOp::Rollback => Ask::Rollback,
            StoreOp::Insert => Ask::Insert(table(), entry(bound)),
            StoreOp::Update => Ask::Update(table(), entry(bound)),
            StoreOp::SelectById => Ask::SelectById(table(), id(bound)?),
            StoreOp::DeleteById => Ask::DeleteById(table(), id(bound)?),
            StoreOp::SelectOne => Ask::SelectOne(table(), bound.value("filter").clone()),
            StoreOp::Count => Ask::Count(table(), bound.value("filter").clone()),
            StoreOp::Delete => Ask::Delete(table(), bound.value("filter").clone()),
            StoreOp::Select => Ask::Select(
                table(),
                Query {
                    filter: bound.value("filter").clone(),
                    sort: texts(bound, "sort"),
                    offset: number(bound, "offset"),
                    limit: number(bound, "limit"),
                },
            ),
        })
    }

    /// The table it is about.
    pub fn table(&self) -> Option<&str> {
        match self {
            Ask::Begin | Ask::Commit | Ask::Rollback => None,
            Ask::Insert(table, _)
            | Ask::Update(table, _)
            | Ask::SelectById(table, _)
            | Ask::DeleteById(table, _)
            | Ask::SelectOne(table, _)
            | Ask::Count(table, _)
            | Ask::Delete(table, _)
            | Ask::Select(table, _) => Some(table),
        }
    }

    /// What it does.
    pub fn op(&self) -> StoreOp {
        match self {
            Ask::Begin => StoreOp::Begin,
            Ask::Commit => StoreOp::Commit,
            Ask::Rollback => StoreOp::Rollback,
            Ask::Insert(..) => StoreOp::Insert,
            Ask::Update(..) => StoreOp::Update,
            Ask::SelectById(..) => StoreOp::SelectById,
            Ask::DeleteById(..) => StoreOp::DeleteById,
            Ask::SelectOne(..) => StoreOp::SelectOne,
            Ask::Count(..) => StoreOp::Count,
            Ask::Delete(..) => StoreOp::Delete,
            Ask::Select(..) => StoreOp::Select,
        }
    }
}

/// The fields of the document in `entry`; it need not be of the type the table is for.
fn entry(bound: &Bound) -> Fields {
    let entry = bound.value("entry").get("$entry");
    let fields = entry.and_then(|entry| entry.get("fields"));
    fields
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn id(bound: &Bound) -> Result<i64, Problem> {
    match number(bound, "id") {
        ..0 => Err("invalid id value".to_owned()),
        id => Ok(id),
    }
}

/// Every string in a value, names among them.
fn gather<'a>(value: &'a Value, strings: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => strings.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, strings)),
        Value::Object(entries) => entries.iter().for_each(|(name, value)| {
            strings.push(name);
            gather(value, strings);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
