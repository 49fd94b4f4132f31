//! Functions that look at the letters of a text: cases, abbreviations, wrapping.

use super::Call;
use super::family::{Entry, bounded};
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("title", "s", |c| {
        Ok(first_letters(&c.text(0), |letter| letter.to_uppercase().collect()).into())
    }),
    ("untitle", "s", |c| {
        Ok(first_letters(&c.text(0), |letter| letter.to_lowercase().collect()).into())
    }),
    ("initials", "s", |c| {
        let text = c.text(0);
        let words = text.split_whitespace();
        Ok(words
            .filter_map(|word| word.chars().next())
            .collect::<String>()
            .into())
    }),
    ("swapcase", "s", |c| {
        Ok(c.text(0)
            .chars()
            .flat_map(swapped)
            .collect::<String>()
            .into())
    }),
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

/// The text with the first letter of each word changed.
fn first_letters(text: &str, change: impl Fn(char) -> String) -> String {
    let mut start = true;
    let letter = |letter: char| {
        let first = std::mem::replace(
            &mut start,
            !letter.is_alphanumeric() && letter != '_' && letter != '\'',
        );
        if first {
            change(letter)
        } else {
            letter.to_string()
        }
    };
    text.chars().map(letter).collect()
}

fn swapped(letter: char) -> Vec<char> {
    if letter.is_uppercase() {
        letter.to_lowercase().collect()
    } else {
        letter.to_uppercase().collect()
    }
}

/// The lower-case words of a name: at separators, before a capital, between letters and a number that more letters
/// follow.
fn parts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let next = letters.get(at + 1);
        if matches!(letter, '_' | '-' | ' ' | '.') {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let begins = before.is_some_and(|before| {
            (letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()))
                || (letter.is_uppercase()
                    && before.is_uppercase()
                    && next.is_some_and(|next| next.is_lowercase()))
        });
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// Capitals where words begin, without what stood between them.
fn camel(text: &str) -> String {
    let words = text
        .split(['_', '-', ' ', '.'])
        .filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        first + letters.as_str()
    };
    words.map(capital).collect()
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
