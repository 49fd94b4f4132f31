//! Patterns of `exec.in`: the program, resolved now, then its arguments: plain strings pin the arguments
//! one by one, a printed list (`["-sb"]`) pins all of them.

use super::draft::{Draft, Reading, Sinks};
use super::est;
use crate::place;

pub(super) fn read(reading: &Reading<'_>) -> Result<Draft, String> {
    let draft = match reading.pattern(0) {
        None => Draft::new(est::is_any("Program"), 3)
            .risk("runs any program on the gateway's host")
            .sink(Sinks::Any("the secret may be given to any program")),
        Some(pattern) => match pattern.strip_prefix("regex:") {
            Some(pattern) => Draft::new(est::is_any("Program"), 3)
                .risk("runs programs on the gateway's host, compared by full path")
                .sink(Sinks::Any("the secret may be given to any program"))
                .expression(reading.function.action, 0, pattern)?,
            None => program(reading, pattern)?,
        },
    };
    arguments(reading, draft)
}

fn program(reading: &Reading<'_>, name: &str) -> Result<Draft, String> {
    let Some(path) = (reading.facts.program)(name).filter(|path| path.is_absolute()) else {
        return Err(format!(
            "program `{name}` is not found on this host; install it or name it by its full path"
        ));
    };
    let program = est::entity("Program", &place::text(&path));
    let sink = est::equal(&["sinkProgram"], est::entity_literal(program.clone()));
    Ok(Draft::new(est::is_one(program), 3)
        .risk(format!("runs {} on the gateway's host", path.display()))
        .sink(Sinks::Known(est::given("sinkProgram", sink))))
}

fn arguments(reading: &Reading<'_>, draft: Draft) -> Result<Draft, String> {
    let patterns = reading.permission.arguments.get(1..).unwrap_or_default();
    let Some(first) = patterns.first() else {
        return Ok(draft.risk("with any arguments"));
    };
    if first.starts_with("regex:") {
        return reading.rest(draft, 1);
    }
    if let Ok(list) = serde_json::from_str::<Vec<String>>(first) {
        let whole = est::equal(&["args"], est::literal(crate::printed::list(&list)));
        return reading.rest(draft.when(whole), 2);
    }
    pinned(patterns, draft)
}

/// Pins the first arguments. Further ones may follow, but no further options.
fn pinned(patterns: &[String], draft: Draft) -> Result<Draft, String> {
    const MOST: usize = 8;
    if patterns.len() > MOST {
        return Err(format!(
            "at most {MOST} arguments can be named one by one; write them as one list"
        ));
    }
    if let Some(pattern) = patterns
        .iter()
        .find(|pattern| pattern.starts_with("regex:"))
    {
        return Err(format!(
            "`{pattern}` follows plain arguments; write one expression for the whole list"
        ));
    }
    let draft = patterns
        .iter()
        .enumerate()
        .fold(draft, |draft, (number, pattern)| {
            let name = format!("arg{number}");
            let equal = est::equal(&[name.as_str()], est::literal(pattern.as_str()));
            draft.when(est::given(&name, equal))
        });
    let end = est::binary(
        "<=",
        est::context(&["optionsEnd"]),
        est::literal(patterns.len()),
    );
    Ok(draft.when(end))
}
