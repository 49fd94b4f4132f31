//! Functions on lists. None of them changes a list: each makes a new one.

use super::Call;
use super::choice::empty;
use super::family::{Entry, MAX_LIST, printed};
use super::kinds::equal;
use crate::value::{Type, Value};

pub(super) const FAMILY: &[Entry] = &[
    ("list", "a*", |c| Ok(Value::list(c.arguments.to_vec()))),
    ("tuple", "a*", |c| Ok(Value::list(c.arguments.to_vec()))),
    ("first", "a", |c| {
        Ok(items(c, "first", 0)?.first().cloned().unwrap_or(Value::Nil))
    }),
    ("mustFirst", "a", |c| {
        Ok(items(c, "first", 0)?.first().cloned().unwrap_or(Value::Nil))
    }),
    ("last", "a", |c| {
        Ok(items(c, "last", 0)?.last().cloned().unwrap_or(Value::Nil))
    }),
    ("mustLast", "a", |c| {
        Ok(items(c, "last", 0)?.last().cloned().unwrap_or(Value::Nil))
    }),
    ("rest", "a", rest),
    ("mustRest", "a", rest),
    ("initial", "a", initial),
    ("mustInitial", "a", initial),
    ("append", "aa", append),
    ("mustAppend", "aa", append),
    ("push", "aa", append),
    ("mustPush", "aa", append),
    ("prepend", "aa", prepend),
    ("mustPrepend", "aa", prepend),
    ("concat", "a*", |c| {
        let mut all = Vec::new();
        for at in 0..c.arguments.len() {
            all.extend(items(c, "concat", at)?);
            within(all.len())?;
        }
        Ok(Value::list(all))
    }),
    ("reverse", "a", reverse),
    ("mustReverse", "a", reverse),
    ("uniq", "a", uniq),
    ("mustUniq", "a", uniq),
    ("compact", "a", compact),
    ("mustCompact", "a", compact),
    ("without", "aa*", without),
    ("mustWithout", "aa*", without),
    ("has", "aa", has),
    ("mustHas", "aa", has),
    ("slice", "aa*", slice),
    ("mustSlice", "aa*", slice),
    ("chunk", "ia", chunk),
    ("mustChunk", "ia", chunk),
    ("join", "sa", |c| {
        let texts: Vec<String> = texts(c.argument(1)).iter().map(printed).collect();
        Ok(texts.join(&c.text(0)).into())
    }),
    ("toStrings", "a", |c| {
        Ok(Value::texts(texts(c.argument(0)).iter().map(printed)))
    }),
    ("sortAlpha", "a", |c| {
        let mut sorted: Vec<String> = texts(c.argument(0)).iter().map(printed).collect();
        sorted.sort();
        Ok(Value::texts(sorted))
    }),
    ("splitList", "ss", |c| {
        Ok(Value::texts(pieces(&c.text(0), &c.text(1), None)))
    }),
    ("split", "ss", |c| {
        Ok(numbered(&pieces(&c.text(0), &c.text(1), None)))
    }),
    ("splitn", "sis", |c| {
        let most = usize::try_from(c.int(1)).ok();
        Ok(numbered(&pieces(&c.text(0), &c.text(2), most)))
    }),
];

/// The items of a list argument.
fn items(c: &Call<'_>, what: &str, position: usize) -> Result<Vec<Value>, String> {
    match c.argument(position) {
        Value::List(list) => Ok(list.to_vec()),
        Value::Bytes(bytes) => Ok(bytes
            .iter()
            .map(|byte| Value::Uint((*byte).into(), crate::Width::W8))
            .collect()),
        other => Err(format!("Cannot {what} on type {}", other.kind_name())),
    }
}

/// What `join` and its like make of anything: the items without nils, or the one value.
fn texts(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list
            .iter()
            .filter(|item| !item.is_nothing())
            .cloned()
            .collect(),
        Value::Missing | Value::Nil => Vec::new(),
        other => vec![other.clone()],
    }
}

fn within(length: usize) -> Result<(), String> {
    match length > MAX_LIST {
        true => Err(format!("the list would be longer than {MAX_LIST} items")),
        false => Ok(()),
    }
}

fn rest(c: &Call<'_>) -> Result<Value, String> {
    let items = items(c, "find rest", 0)?;
    Ok(items.get(1..).map_or_else(
        || Value::list(Vec::new()),
        |rest| Value::list(rest.to_vec()),
    ))
}

fn initial(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "find initial", 0)?;
    items.pop();
    Ok(Value::list(items))
}

fn append(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "push", 0)?;
    within(items.len())?;
    items.push(c.argument(1).clone());
    Ok(Value::list(items))
}

fn prepend(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "prepend", 0)?;
    within(items.len())?;
    items.insert(0, c.argument(1).clone());
    Ok(Value::list(items))
}

fn reverse(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "find reverse", 0)?;
    items.reverse();
    Ok(Value::list(items))
}

fn uniq(c: &Call<'_>) -> Result<Value, String> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(c, "find uniq", 0)? {
        if !kept.iter().any(|known| equal(known, &item)) {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn compact(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "compact", 0)?;
    items.retain(|item| !empty(item));
    Ok(Value::list(items))
}

fn without(c: &Call<'_>) -> Result<Value, String> {
    let mut items = items(c, "find without", 0)?;
    items.retain(|item| !c.from(1).iter().any(|unwanted| equal(item, unwanted)));
    Ok(Value::list(items))
}

fn has(c: &Call<'_>) -> Result<Value, String> {
    match c.argument(1) {
        Value::Missing | Value::Nil => Ok(false.into()),
        _ => Ok(items(c, "find has", 1)?
            .iter()
            .any(|item| equal(item, c.argument(0)))
            .into()),
    }
}

fn slice(c: &Call<'_>) -> Result<Value, String> {
    let items = items(c, "slice", 0)?;
    let bound = |at: usize, otherwise: usize| match c.from(1).get(at) {
        Some(value) => usize::try_from(super::number::whole(value)).unwrap_or(usize::MAX),
        None => otherwise,
    };
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    items
        .get(bound(0, 0)..bound(1, items.len()))
        .map(|cut| Value::list(cut.to_vec()))
        .ok_or_else(|| "slice bounds out of range".to_owned())
}

fn chunk(c: &Call<'_>) -> Result<Value, String> {
    let items = items(c, "chunk", 1)?;
    let chunks = items
        .chunks(c.count(0).max(1))
        .map(|chunk| Value::list(chunk.to_vec()));
    let chunks = crate::value::List::new(Type::list(Type::Any), chunks.collect());
    Ok(Value::List(std::sync::Arc::new(chunks)))
}

/// The pieces of a text between separators; without a separator its letters. `most` of zero makes none.
fn pieces(separator: &str, text: &str, most: Option<usize>) -> Vec<String> {
    match (separator, most) {
        (_, Some(0)) => Vec::new(),
        ("", None) => text.chars().map(String::from).collect(),
        ("", Some(most)) => {
            let mut letters: Vec<String> = text.chars().map(String::from).collect();
            let tail = letters
                .split_off(letters.len().min(most.saturating_sub(1)))
                .concat();
            letters.extend(Some(tail).filter(|tail| !tail.is_empty()));
            letters
        }
        (separator, None) => text.split(separator).map(str::to_owned).collect(),
        (separator, Some(most)) => text.splitn(most, separator).map(str::to_owned).collect(),
    }
}

/// `_0`, `_1`, … as a map.
fn numbered(pieces: &[String]) -> Value {
    let entries = pieces.iter().enumerate();
    let entries =
        entries.map(|(at, piece)| (Value::text(format!("_{at}")), Value::text(piece.as_str())));
    let map = crate::value::Map::new(Type::Text, Type::Text, entries.collect());
    Value::Map(std::sync::Arc::new(map))
}
