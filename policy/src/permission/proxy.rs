//! Patterns of `proxy.in`: the URL of the upstream, with everything below its path, for that is where
//! requests are passed on to. A pattern with `*` is read as one of `http.in`.

use super::draft::{Draft, Reading};
use super::{anchored, est, http};

pub(super) fn read(reading: &Reading<'_>) -> Result<Draft, String> {
    let draft = match reading.pattern(0) {
        None => Draft::new(est::is_any("Host"), 3).risk("passes requests on to any URL"),
        Some(pattern) => match pattern.strip_prefix("regex:") {
            Some(pattern) => Draft::new(est::is_any("Host"), 3).expression(
                reading.function.action,
                0,
                &with_below(pattern)?,
            )?,
            None if pattern.contains('*') => http::url(pattern)?,
            None => http::below(pattern)?,
        },
    };
    reading.rest(draft, 1)
}

/// The expression for the upstream's URL as one for all below it. A `$` at its end says what is so anyway:
/// expressions are for whole texts.
fn with_below(pattern: &str) -> Result<String, String> {
    anchored(pattern).map_err(|error| format!("`regex:{pattern}` cannot be used: {error}"))?;
    let open = pattern
        .strip_suffix('$')
        .filter(|rest| !ends_escaped(rest))
        .unwrap_or(pattern);
    Ok(match open {
        "" => String::new(),
        _ if open.ends_with('/') => format!("(?:{open}).*"),
        _ => format!("(?:{open})(?:[/?].*)?"),
    })
}

/// Whether what follows is escaped.
fn ends_escaped(text: &str) -> bool {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    backslashes % 2 == 1
}
