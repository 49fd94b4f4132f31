//! Functions on text. The subject is the last argument, so that pipelines read well.

use super::family::{Entry, bounded, printed};
use super::{Call, letters};
use crate::quote::quoted;
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("hello", "", |_| Ok("Hello!".into())),
    ("trim", "s", |c| Ok(c.text(0).trim().into())),
    ("trimAll", "ss", trim_all),
    ("trimall", "ss", trim_all),
    ("trimPrefix", "ss", |c| {
        let (prefix, text) = (c.text(0), c.text(1));
        Ok(text.strip_prefix(&*prefix).unwrap_or(&text).into())
    }),
    ("trimSuffix", "ss", |c| {
        let (suffix, text) = (c.text(0), c.text(1));
        Ok(text.strip_suffix(&*suffix).unwrap_or(&text).into())
    }),
    ("upper", "s", |c| {
        Ok(letters::mapped(&c.text(0), letters::upper).into())
    }),
    ("lower", "s", |c| {
        Ok(letters::mapped(&c.text(0), letters::lower).into())
    }),
    ("repeat", "is", |c| {
        let text = c.text(1);
        bounded(c.count(0).saturating_mul(text.len()))?;
        Ok(text.repeat(c.count(0)).into())
    }),
    ("substr", "iis", substr),
    ("trunc", "is", trunc),
    ("nospace", "s", |c| {
        Ok(c.text(0).split_whitespace().collect::<String>().into())
    }),
    ("contains", "ss", |c| {
        Ok(c.text(1).contains(&*c.text(0)).into())
    }),
    ("hasPrefix", "ss", |c| {
        Ok(c.text(1).starts_with(&*c.text(0)).into())
    }),
    ("hasSuffix", "ss", |c| {
        Ok(c.text(1).ends_with(&*c.text(0)).into())
    }),
    ("quote", "a*", |c| {
        Ok(each(c, |value| quoted(&printed(value))))
    }),
    ("squote", "a*", |c| {
        Ok(each(c, |value| format!("'{}'", printed(value))))
    }),
    ("cat", "a*", |c| Ok(each(c, printed))),
    ("indent", "is", |c| Ok(indent(c)?.into())),
    ("nindent", "is", |c| Ok(format!("\n{}", indent(c)?).into())),
    ("replace", "sss", |c| {
        let (old, new, text) = (c.text(0), c.text(1), c.text(2));
        let places = if old.is_empty() {
            text.len() + 1
        } else {
            text.len() / old.len()
        };
        bounded(places.saturating_mul(new.len()).saturating_add(text.len()))?;
        Ok(text.replace(&*old, &new).into())
    }),
    ("plural", "ssi", |c| {
        Ok(c.text(if c.int(2) == 1 { 0 } else { 1 })
            .into_owned()
            .into())
    }),
    ("toString", "a", |c| Ok(printed(c.argument(0)).into())),
    ("fail", "s", |c| Err(c.text(0).into_owned())),
];

fn trim_all(c: &Call<'_>) -> Result<Value, String> {
    let (set, text) = (c.text(0), c.text(1));
    Ok(text.trim_matches(|letter| set.contains(letter)).into())
}

/// Every argument that is something, with spaces between.
fn each(c: &Call<'_>, print: impl Fn(&Value) -> String) -> Value {
    let given = c.arguments.iter().filter(|value| !value.is_nothing());
    given.map(print).collect::<Vec<_>>().join(" ").into()
}

/// `substr start end text`, in bytes. A negative start means the beginning, an end out of range the end.
fn substr(c: &Call<'_>) -> Result<Value, String> {
    let Some(bytes) = c.argument(2).as_bytes() else {
        return Ok(Value::text(""));
    };
    let end = usize::try_from(c.int(1))
        .ok()
        .filter(|end| *end <= bytes.len());
    let cut = match usize::try_from(c.int(0)) {
        Err(_) => bytes.get(..end.unwrap_or(0)),
        Ok(start) => bytes.get(start..end.unwrap_or(bytes.len())),
    };
    cut.map(Value::string_of_bytes)
        .ok_or_else(|| "slice bounds out of range".to_owned())
}

/// The first bytes, or the last ones when the count is negative.
fn trunc(c: &Call<'_>) -> Result<Value, String> {
    let text = c.argument(1).as_bytes().unwrap_or_default();
    let keep = usize::try_from(c.int(0).unsigned_abs()).unwrap_or(usize::MAX);
    let cut = if c.int(0) < 0 {
        text.get(text.len().saturating_sub(keep)..)
    } else {
        text.get(..keep)
    };
    Ok(Value::string_of_bytes(cut.unwrap_or(text)))
}

fn indent(c: &Call<'_>) -> Result<String, String> {
    let (width, text) = (c.count(0), c.text(1));
    let lines = text.matches('\n').count() + 1;
    bounded(width.saturating_mul(lines).saturating_add(text.len()))?;
    let pad = " ".repeat(width);
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}
