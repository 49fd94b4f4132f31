//! Patterns of `store.in`: the name of a table, a regular expression for it, or nothing for every table of
//! the app. What an app stores is its own: no pattern reaches another app's documents.

use super::draft::{Draft, Reading};
use super::est;
use crate::place::store_id;

/// As long as a table's name may be.
const LONGEST: usize = 63;

pub(super) fn read(reading: &Reading<'_>) -> Result<Draft, String> {
    let (name, most) = (reading.permission.name(), reading.function.parameters.len());
    if reading.permission.arguments.len() > most {
        return Err(format!("{name} takes at most {most} arguments"));
    }
    let store = est::entity("Store", &store_id(reading.app, reading.account));
    let draft = match reading.pattern(0) {
        None if most == 0 => Draft::new(est::is_one(store), 0),
        None => Draft::new(est::is_below("Table", store), 0),
        Some(pattern) => match pattern.strip_prefix("regex:") {
            Some(pattern) => Draft::new(est::is_below("Table", store), 0).expression(
                reading.function.action,
                0,
                pattern,
            )?,
            None => Draft::new(est::is_one(table(reading, pattern)?), 0),
        },
    };
    reading.rest(draft, 1)
}

fn table(reading: &Reading<'_>, name: &str) -> Result<serde_json::Value, String> {
    let starts = |char: char| char.is_ascii_alphabetic() || char == '_';
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if name.len() > LONGEST || !name.starts_with(starts) || !name.chars().all(plain) {
        return Err(format!(
            "`{name}` is not the name of a table; write letters, digits and _, or leave it out for every table"
        ));
    }
    let store = store_id(reading.app, reading.account);
    Ok(est::entity("Table", &format!("{store}/{name}")))
}
