//! Patterns of `fs.in`: an exact path, `dir/*` for a directory and all below it, a regular expression, or
//! nothing for any file.

use std::path::Path;

use super::draft::{Draft, Reading};
use super::est;
use crate::place;

pub(super) fn read(reading: &Reading<'_>) -> Result<Draft, String> {
    let draft = match reading.pattern(0) {
        None => Draft::new(est::is_any("Path"), 2).risk("any file or directory"),
        Some(pattern) => match pattern.strip_prefix("regex:") {
            Some(pattern) => Draft::new(est::is_any("Path"), 3).expression(
                reading.function.action,
                0,
                pattern,
            )?,
            None => path(reading, pattern)?,
        },
    };
    reading.rest(draft, 1)
}

fn path(reading: &Reading<'_>, pattern: &str) -> Result<Draft, String> {
    let (text, below) = match pattern.strip_suffix("/*") {
        Some("") => ("/", true),
        Some(directory) => (directory, true),
        None => (pattern, false),
    };
    if text.is_empty() || text.contains(['*', '\0']) {
        return Err(format!(
            "`{pattern}` is not a path; name a path, or a directory as `/dir/*`"
        ));
    }
    let real = (reading.facts.real_path)(text);
    if !real.is_absolute() {
        return Err(format!(
            "`{pattern}` has no absolute path; name it from `/`"
        ));
    }
    let entity = est::entity("Path", &place::text(&real));
    let draft = if below {
        Draft::new(est::is_in(entity), 0)
    } else {
        Draft::new(est::is_one(entity), 0)
    };
    let draft = if real == Path::new(text) {
        draft
    } else {
        draft.risk(format!("the path is {}", place::text(&real)))
    };
    Ok(if below && real == Path::new("/") {
        Draft { level: 2, ..draft }.risk("any file or directory")
    } else {
        draft
    })
}
