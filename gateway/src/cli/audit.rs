//! `sallyport audit …`

mod offline;

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
    path::Path,
    process::ExitCode,
};

use offline::Offline;
use policy::AdminAction;
use serde_json::{Value, json};

use super::{
    Session,
    command::{Audit, Filter},
    terminal::{Failure, say},
    time,
};
use crate::{
    Config,
    wire::{ListRecords, Nothing, ReadAudit, Records, Reindexed, ShowRecord},
};

const COLUMNS: &[&str] = &[
    "seq", "time", "decision", "outcome", "who", "action", "what", "reasons",
];

/// Runs the command.
pub fn run(session: &Session, command: Audit) -> Result<ExitCode, Failure> {
    match command {
        Audit::List { filter, limit, dir } => {
            let request = wanted(filter, Some(limit))?;
            let list: Records = match dir {
                Some(dir) => Offline::open(&dir)?.list(&request)?,
                None => {
                    let request = ReadAudit::List(request);
                    session.ask("searching", AdminAction::AuditRead, &request)?
                }
            };
            table(session, list);
        }
        Audit::Show { record, dir } => {
            let shown: Value = match dir {
                Some(dir) => Offline::open(&dir)?.show(&record)?,
                None => {
                    let request = ReadAudit::Show(ShowRecord { record });
                    session.ask("searching", AdminAction::AuditRead, &request)?
                }
            };
            session.output.one(&shown, || show(&shown));
        }
        Audit::Follow { filter } => {
            let request = ReadAudit::Follow(wanted(filter, None)?);
            let line = |record: Value| {
                session
                    .output
                    .next(&record, || row(&record, &Names::new()).join("  "))
            };
            session.wait(
                "following, stop with Ctrl-C",
                session
                    .client
                    .follow(AdminAction::AuditRead, &request, line),
            )??;
        }
        Audit::Verify { dir } => return verify(session, dir.as_deref()),
        Audit::Reindex => {
            let done: Reindexed =
                session.ask("reading the log", AdminAction::AuditReindex, &Nothing {})?;
            say(&format!("the index holds {} records", done.records));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks the log without the server: whoever doubts the log doubts the server.
fn verify(session: &Session, dir: Option<&Path>) -> Result<ExitCode, Failure> {
    let dir = match dir {
        Some(dir) => dir.to_owned(),
        None => session.home.join(
            Config::read(&session.home.config())
                .map_err(Failure::pointing)?
                .audit
                .dir,
        ),
    };
    let report =
        audit::verify(&dir).map_err(|error| Failure::new(4, crate::admin::chain(&error)))?;
    let damaged = report.is_damaged();
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|f| json!({"file": f.file, "seq": f.seq, "what": f.what}))
        .collect();
    let told = json!({
        "dir": dir.display().to_string(), "ok": !damaged, "segments": report.segments, "records": report.records,
        "open": report.open.len(), "torn_bytes": report.torn_bytes, "first_bad": report.first_bad, "findings": findings,
    });
    session.output.one(&told, || {
        let mut out = format!(
            "{}: {} records in {} segments, {} calls open\n",
            if damaged { "DAMAGED" } else { "OK" },
            report.records,
            report.segments,
            report.open.len()
        );
        for finding in &report.findings {
            let _ = writeln!(
                out,
                "{} record {}: {}",
                finding.file, finding.seq, finding.what
            );
        }
        out
    });
    Ok(if damaged {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

fn wanted(filter: Filter, limit: Option<usize>) -> Result<ListRecords, Failure> {
    let now = crate::clock::now();
    let time = |text: Option<String>| text.map(|text| time::parse(&text, now)).transpose();
    Ok(ListRecords {
        since: time(filter.since)?,
        until: time(filter.until)?,
        user: filter.user,
        app: filter.app,
        action: filter.action,
        decision: filter.decision,
        limit,
    })
}

type Names = BTreeMap<String, String>;

/// As a table, an outcome stands in the row of its decision; as JSON every record stands alone.
fn table(session: &Session, list: Records) {
    let Records { mut records, names } = list;
    if session.output.is_table() {
        let text = |record: &Value, key: &str| record.get(key)?.as_str().map(str::to_owned);
        let ids: HashSet<String> = records
            .iter()
            .filter_map(|record| text(record, "id"))
            .collect();
        records.retain(|record| text(record, "intent").is_none_or(|intent| !ids.contains(&intent)));
    }
    session
        .output
        .list(&records, COLUMNS, |record| row(record, &names));
}

/// The cells of a record; people appear by name where it is known.
fn row(record: &Value, names: &Names) -> Vec<String> {
    let text = |pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let or = |first: String, second: &str| {
        if first.is_empty() {
            text(second)
        } else {
            first
        }
    };
    let seq = record
        .get("seq")
        .and_then(Value::as_u64)
        .map(|seq| seq.to_string())
        .unwrap_or_default();
    let at = record
        .get("time_ns")
        .and_then(Value::as_i64)
        .map(time::show)
        .unwrap_or_default();
    let reasons: Vec<&str> = record
        .get("reasons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let named = |id: String| names.get(&id).cloned().unwrap_or(id);
    let who = match (named(text("/on_behalf_of/id")), text("/app/path")) {
        (person, path) if text("/principal/type") == "AppInstance" => match person.as_str() {
            "" => path,
            person => format!("{path} for {person}"),
        },
        (_, _) => named(text("/principal/id")),
    };
    let what = match (text("/resource/type").as_str(), text("/app/path")) {
        ("AppInstance", path) if !path.is_empty() => {
            format!("{path} {} {}", text("/http/method"), text("/http/route"))
                .trim_end()
                .to_owned()
        }
        (_, _) => or(or(text("/resource/id"), "/target/id"), "/intent"),
    };
    let what = match record.get("count").and_then(Value::as_u64) {
        Some(count) => format!("{count} times {what}"),
        None => what,
    };
    vec![
        seq,
        at,
        text("/decision"),
        or(text("/outcome"), "/status"),
        who,
        or(text("/action"), "/kind"),
        what,
        reasons.join(","),
    ]
}

fn show(shown: &Value) -> String {
    let part = |key: &str| shown.get(key).cloned().unwrap_or_default();
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = format!("record {}\n{}\n", part("seq"), pretty(&part("record")));
    if !part("outcome").is_null() {
        let _ = write!(out, "\noutcome\n{}\n", pretty(&part("outcome")));
    }
    let state = part("detail_state");
    match part("detail") {
        Value::Null if state == "none" => {}
        Value::Null => {
            let _ = writeln!(out, "\ndetail: {}", state.as_str().unwrap_or_default());
        }
        detail => {
            let _ = write!(out, "\ndetail\n{}\n", pretty(&detail));
        }
    }
    let children = part("children");
    let children: Vec<Vec<String>> = children
        .as_array()
        .into_iter()
        .flatten()
        .map(|record| row(record, &Names::new()))
        .collect();
    if !children.is_empty() {
        let _ = write!(
            out,
            "\nfollowed by\n{}",
            super::output::table(COLUMNS, children)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_denials_show_their_count() {
        let record =
            json!({"kind": "aggregate", "count": 350, "resource": {"type": "Host", "id": "h"}});
        let cells = row(&record, &Names::new());
        assert!(cells.iter().any(|cell| cell == "350 times h"), "{cells:?}");
    }
}
