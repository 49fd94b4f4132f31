//! Which parts of a file a client asks for.

use http::{HeaderMap, header};

/// More ranges than this get the whole file.
const MOST: usize = 16;

/// What of a file is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// All of it.
    Whole,
    /// These parts, first and last byte; at least one, each within the file.
    Parts(Vec<(usize, usize)>),
    /// Nothing that exists.
    Nowhere,
}

/// Reads `Range` for a file of `length` bytes with this tag; what cannot be read gets the whole file, as the
/// standard allows.
pub(super) fn ranges(asked: &HeaderMap, tag: &str, length: usize) -> Ranges {
    // A date cannot match: files of a version have no time of change.
    let stale = asked
        .get(header::IF_RANGE)
        .is_some_and(|value| value.as_bytes() != tag.as_bytes());
    let mut values = asked.get_all(header::RANGE).iter();
    let value = values.next().filter(|_| !stale && values.next().is_none());
    let Some(list) = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
    else {
        return Ranges::Whole;
    };
    let Some(read) = list
        .split(',')
        .take(MOST + 1)
        .map(|one| part(one.trim(), length))
        .collect::<Option<Vec<_>>>()
    else {
        return Ranges::Whole;
    };
    let parts: Vec<(usize, usize)> = read.iter().copied().flatten().collect();
    let wanted: usize = parts
        .iter()
        .map(|(first, last)| last.saturating_sub(*first).saturating_add(1))
        .fold(0, usize::saturating_add);
    match parts.len() {
        0 => Ranges::Nowhere,
        // Asking for more than there is, or in crumbs, is asking for the whole.
        many if many > 1 && (read.len() > MOST || wanted >= length) => Ranges::Whole,
        _ => Ranges::Parts(parts),
    }
}

/// One range: `None` when it cannot be read, `Some(None)` when it lies outside the file.
fn part(text: &str, length: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = text.split_once('-')?;
    let end = length.saturating_sub(1);
    let (first, last) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(end)),
        (Some(first), None) if last.is_empty() => (first, end),
        (None, Some(0)) if first.is_empty() => return Some(None),
        (None, Some(count)) if first.is_empty() => (length.saturating_sub(count), end),
        _ => return None,
    };
    Some((first < length).then_some((first, last)))
}

fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}
