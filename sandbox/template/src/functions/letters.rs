//! Functions that look at the letters of a text: cases, abbreviations, wrapping.

use super::Call;
use super::family::{Entry, bounded};
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    (
        "title",
        "s",
        |c| Ok(first_letters(&c.text(0), upper).into()),
    ),
    ("untitle", "s", |c| {
        Ok(first_letters(&c.text(0), lower).into())
    }),
    ("initials", "s", |c| {
        let text = c.text(0);
        let words = text.split_whitespace();
        Ok(words
            .filter_map(|word| word.chars().next())
            .collect::<String>()
            .into())
    }),
    ("swapcase", "s", |c| Ok(mapped(&c.text(0), swapped).into())),
    ("snakecase", "s", |c| Ok(parts(&c.text(0)).join("_").into())),
    ("kebabcase", "s", |c| Ok(parts(&c.text(0)).join("-").into())),
    ("camelcase", "s", |c| Ok(camel(&c.text(0)).into())),
    ("abbrev", "is", |c| {
        Ok(abbreviated(&c.text(1), 0, c.int(0)).into())
    }),
    ("abbrevboth", "iis", |c| {
        let (left, right) = (c.int(0), c.int(1));
        match right < 4 || (left > 0 && right < 7) {
            true => Ok(c.text(2).into_owned().into()),
            false => Ok(abbreviated(&c.text(2), left, right).into()),
        }
    }),
    ("wrap", "is", |c| wrap(c, c.int(0), "\n", &c.text(1), false)),
    ("wrapWith", "iss", |c| {
        wrap(c, c.int(0), &c.text(1), &c.text(2), true)
    }),
];

/// A letter in upper case, unless that takes more than one letter.
pub(super) fn upper(letter: char) -> char {
    single(letter, letter.to_uppercase())
}

/// A letter in lower case, unless that takes more than one letter.
pub(super) fn lower(letter: char) -> char {
    single(letter, letter.to_lowercase())
}

fn single(letter: char, mut changed: impl Iterator<Item = char>) -> char {
    match (changed.next(), changed.next()) {
        (Some(changed), None) => changed,
        _ => letter,
    }
}

pub(super) fn mapped(text: &str, change: fn(char) -> char) -> String {
    text.chars().map(change).collect()
}

/// The text with the first letter of each word changed.
fn first_letters(text: &str, change: fn(char) -> char) -> String {
    let mut start = true;
    let letter = |letter: char| {
        let parts = if letter.is_ascii() {
            !letter.is_ascii_alphanumeric() && letter != '_'
        } else {
            letter.is_whitespace()
        };
        if std::mem::replace(&mut start, parts) {
            change(letter)
        } else {
            letter
        }
    };
    text.chars().map(letter).collect()
}

fn swapped(letter: char) -> char {
    if letter.is_uppercase() {
        lower(letter)
    } else {
        upper(letter)
    }
}

fn connects(letter: char) -> bool {
    matches!(letter, '_' | '-' | ' ')
}

/// The lower-case words of a name: at connectors, before a capital, before a number that small letters follow.
fn parts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().copied().enumerate() {
        let (before, behind) = letters.split_at(at);
        if connects(letter) {
            words.push(String::new());
            continue;
        }
        if let Some(word) = words.last().filter(|word| !word.is_empty())
            && begins(word, before.last().copied(), behind)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(lower(letter));
        }
    }
    words
}

/// Whether the first of the letters behind begins another word.
fn begins(word: &str, before: Option<char>, behind: &[char]) -> bool {
    let (Some(before), [letter, rest @ ..]) = (before, behind) else {
        return false;
    };
    if letter.is_uppercase() {
        let small_next = rest.first().is_some_and(|next| next.is_lowercase());
        return !before.is_uppercase() || small_next;
    }
    let mut after_number = rest.iter().skip_while(|next| next.is_ascii_digit());
    letter.is_ascii_digit()
        && !word.starts_with(|first: char| first.is_ascii_digit())
        && !before.is_ascii_digit()
        && after_number.next().is_some_and(|next| next.is_lowercase())
}

/// Capitals where words begin; of several connectors between two words one goes.
fn camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut start, mut inside) = (true, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        if connects(letter) {
            if !inside || next.is_none_or(connects) {
                out.push(letter);
            }
            start = true;
            continue;
        }
        inside = true;
        out.push(match std::mem::replace(&mut start, false) {
            true => upper(letter),
            false => letter,
        });
    }
    out
}

/// At most `width` bytes, with dots where something is missing; `offset` bytes may be cut from the front.
fn abbreviated(text: &str, offset: i64, width: i64) -> String {
    let width = usize::try_from(width).unwrap_or(0);
    if width < 4 || text.len() <= width {
        return text.to_owned();
    }
    let offset = usize::try_from(offset).unwrap_or(0).min(text.len());
    let offset = offset.min(text.len() - (width - 3));
    let piece = |from: usize, to: usize| {
        let (from, to) = (
            text.ceil_char_boundary(from),
            text.floor_char_boundary(to.min(text.len())),
        );
        text.get(from..to).unwrap_or_default()
    };
    if offset <= 4 {
        return format!("{}...", piece(0, width - 3));
    }
    if offset + width - 3 < text.len() {
        return format!(
            "...{}",
            abbreviated(piece(offset, text.len()), 0, width as i64 - 3)
        );
    }
    format!("...{}", piece(text.len() - (width - 3), text.len()))
}

/// Lines of about `width` bytes; a longer word stays whole unless `cut`.
fn wrap(_: &Call<'_>, width: i64, line: &str, text: &str, cut: bool) -> Result<Value, String> {
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let line = if line.is_empty() { "\n" } else { line };
    bounded(
        (text.len() / width + 1)
            .saturating_mul(line.len())
            .saturating_add(text.len()),
    )?;
    let mut out = String::with_capacity(text.len() + text.len() / width + 1);
    let mut rest = text;
    while rest.len() > width {
        if let Some(after) = rest.strip_prefix(' ') {
            rest = after;
            continue;
        }
        let reach = rest.floor_char_boundary(width + 1);
        let head = rest.get(..reach).unwrap_or(rest);
        let (end, skip) = match (head.rfind(' '), cut) {
            (Some(space), _) => (space, 1),
            (None, true) => (rest.ceil_char_boundary(width), 0),
            (None, false) => match rest
                .get(rest.ceil_char_boundary(width)..)
                .and_then(|tail| tail.find(' '))
            {
                Some(space) => (rest.ceil_char_boundary(width) + space, 1),
                None => break,
            },
        };
        out.push_str(rest.get(..end).unwrap_or(rest));
        out.push_str(line);
        rest = rest.get(end + skip..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_read_once() {
        let long = 300_000;
        assert_eq!(camel(&"_".repeat(long)).len(), long);
        assert_eq!(parts(&"1".repeat(long)).concat().len(), long);
        assert_eq!(parts("a1b 22c3").join("-"), "a-1b-22c3");
    }
}
