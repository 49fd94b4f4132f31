//! Functions on regular expressions, in RE2's language. An expression is compiled once and kept for the next page.

use std::sync::{LazyLock, Mutex, PoisonError};

use lru::LruCache;
use regex::{NoExpand, Regex};

use super::Call;
use super::family::{Entry, bounded};
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("regexMatch", "ss", |c| {
        Ok(compiled(&c.text(0))
            .is_ok_and(|regex| regex.is_match(&c.text(1)))
            .into())
    }),
    ("mustRegexMatch", "ss", |c| {
        Ok(compiled(&c.text(0))?.is_match(&c.text(1)).into())
    }),
    ("regexFind", "ss", find),
    ("mustRegexFind", "ss", find),
    ("regexFindAll", "ssi", find_all),
    ("mustRegexFindAll", "ssi", find_all),
    ("regexReplaceAll", "sss", replace),
    ("mustRegexReplaceAll", "sss", replace),
    ("regexReplaceAllLiteral", "sss", replace_literal),
    ("mustRegexReplaceAllLiteral", "sss", replace_literal),
    ("regexSplit", "ssi", split),
    ("mustRegexSplit", "ssi", split),
    ("regexQuoteMeta", "s", |c| Ok(quoted(&c.text(0)).into())),
];

/// Expressions kept.
const KEPT: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(127);

static KNOWN: LazyLock<Mutex<LruCache<String, Regex>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

fn compiled(pattern: &str) -> Result<Regex, String> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .map_err(|error| format!("error parsing regexp: {error}"))?;
    known.put(pattern.to_owned(), regex.clone());
    Ok(regex)
}

fn find(c: &Call<'_>) -> Result<Value, String> {
    let text = c.text(1);
    let found = compiled(&c.text(0))?
        .find(&text)
        .map(|found| Value::text(found.as_str()));
    Ok(found.unwrap_or_else(|| Value::text("")))
}

/// At most so many; a negative number means all.
fn most(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn find_all(c: &Call<'_>) -> Result<Value, String> {
    let text = c.text(1);
    let regex = compiled(&c.text(0))?;
    let found = regex.find_iter(&text).take(most(c.int(2)));
    Ok(Value::texts(found.map(|found| found.as_str())))
}

fn replace(c: &Call<'_>) -> Result<Value, String> {
    let (text, with) = (c.text(1), c.text(2));
    bounded(text.len().saturating_add(1).saturating_mul(with.len()))?;
    let replaced = compiled(&c.text(0))?
        .replace_all(&text, &*with)
        .into_owned();
    bounded(replaced.len())?;
    Ok(replaced.into())
}

fn replace_literal(c: &Call<'_>) -> Result<Value, String> {
    let (text, with) = (c.text(1), c.text(2));
    bounded(text.len().saturating_add(1).saturating_mul(with.len()))?;
    Ok(compiled(&c.text(0))?
        .replace_all(&text, NoExpand(&with))
        .into_owned()
        .into())
}

fn split(c: &Call<'_>) -> Result<Value, String> {
    let text = c.text(1);
    let regex = compiled(&c.text(0))?;
    Ok(match c.int(2) {
        0 => Value::texts::<&str>([]),
        number => Value::texts(regex.splitn(&text, most(number))),
    })
}

/// The text with everything escaped that means something in an expression.
fn quoted(text: &str) -> String {
    let special = |letter: char| r"\.+*?()|[]{}^$".contains(letter);
    text.chars()
        .flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter]))
        .collect()
}
