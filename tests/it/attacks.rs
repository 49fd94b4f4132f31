//! The list of attacks on sign-ins and sessions (`tests/attacks/identity.txt`), played at the front door.
//!
//! Each line says what is sent, which status comes back and which record is left; the part behind the name's slash is
//! a function in the module of the part before. After every attack nobody has a session, the page told nothing, no
//! app was reached, and people still sign in. Providers are hostile here and the test's own where no real one can be
//! made to misbehave; `sso` and `identity` have the real ones.

mod cookie;
mod live;
mod name;
mod oidc;
mod provider;
mod saml;
mod signer;
mod site;
mod socket;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::Server;
use crate::http::Reply;

const TABLE: &str = include_str!("../attacks/identity.txt");

/// Cases of the list that belong here.
const CASES: [std::ops::RangeInclusive<u32>; 4] = [14..=14, 16..=24, 34..=34, 36..=58];

/// What a page never says to a stranger.
const TOLD: [&str; 9] = [
    "127.0.0.1",
    "audience",
    "assertion",
    "issuer",
    "mallory",
    "nonce",
    "oidc-",
    "saml-",
    "signature",
];

/// A line that is played: case | name | what is sent | status | record.
struct Row {
    name: &'static str,
    status: u16,
    /// The reason of the one deny record; `policy` when no policy permits, `-` when there is none.
    record: &'static str,
}

/// An attack: everything up to the answer that must be a refusal.
pub type Variant<S> = (&'static str, fn(&S) -> Reply);

/// Where attacks are played.
pub trait Stage {
    fn server(&self) -> &Server;

    /// Somebody signs in as they should, which must work whatever came before.
    fn good(&self);
}

fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('|').map(str::trim).collect())
}

fn rows(group: &str) -> Vec<(&'static str, Row)> {
    let of_group = lines().filter_map(|line| match line.as_slice() {
        [case, name, _, status, record] => Some((*case, *name, *status, *record)),
        _ => None,
    });
    let of_group = of_group.filter(|(_, name, ..)| name.split('/').next() == Some(group));
    let row = |(case, name, status, record): (&'static str, &'static str, &str, &'static str)| {
        let status = status.parse().unwrap();
        (
            case,
            Row {
                name,
                status,
                record,
            },
        )
    };
    of_group.map(row).collect()
}

/// Plays the lines of a group; each has its function, and each function its line.
#[track_caller]
pub fn play<S: Stage>(stage: &S, group: &str, variants: &[Variant<S>]) {
    let variants: BTreeMap<&str, fn(&S) -> Reply> = variants.iter().copied().collect();
    let rows = rows(group);
    let named = |name: &'static str| name.split_once('/').unwrap().1;
    let mut listed: Vec<&str> = rows.iter().map(|(_, row)| named(row.name)).collect();
    listed.sort_unstable();
    assert_eq!(
        listed,
        variants.keys().copied().collect::<Vec<_>>(),
        "{group}: table and functions"
    );
    stage.good();
    let mut before = stage.server().newest();
    let mut wrong = Vec::new();
    for (case, row) in &rows {
        let reply = variants[named(row.name)](stage);
        let records = stage.server().since(before);
        before = records
            .last()
            .and_then(|record| record["seq"].as_u64())
            .unwrap_or(before);
        if let Err(problem) = judge(row, &reply, &records) {
            wrong.push(format!(
                "{case} {}: {problem}\n  {reply:?}\n  {}",
                row.name,
                denied(&records)
            ));
        }
    }
    stage.good();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn denied(records: &[Value]) -> String {
    let denied = records.iter().filter(|record| record["decision"] == "deny");
    let denied: Vec<String> = denied
        .map(|record| format!("{} {}", record["action"], record["reasons"]))
        .collect();
    denied.join("; ")
}

fn judge(row: &Row, reply: &Reply, records: &[Value]) -> Result<(), String> {
    if reply.status != row.status {
        return Err(format!("status {}, not {}", reply.status, row.status));
    }
    let denied = records.iter().filter(|record| record["decision"] == "deny");
    let reasons: Vec<&str> = denied
        .map(|record| record["reasons"][0].as_str().unwrap_or("policy"))
        .collect();
    let expected: &[&str] = if row.record == "-" {
        &[]
    } else {
        &[row.record]
    };
    if reasons != expected {
        return Err(format!("records {reasons:?}, not {expected:?}"));
    }
    let sessions = ["sallyport=", "__Host-sallyport="];
    let set = reply
        .all("set-cookie")
        .into_iter()
        .find(|cookie| sessions.iter().any(|name| cookie.starts_with(name)));
    if let Some(cookie) = set {
        return Err(format!("a session is given: {cookie}"));
    }
    let body = reply.body.to_lowercase();
    if let Some(word) = TOLD
        .iter()
        .find(|word| reply.status >= 400 && body.contains(**word))
    {
        return Err(format!("the page says `{word}`"));
    }
    let reached =
        |record: &Value| record["action"] == "app.access" && record["decision"] == "allow";
    match records.iter().any(reached) {
        true => Err("an app was reached".to_owned()),
        false => Ok(()),
    }
}

/// A case is in the table, or its line names the test that plays it.
#[test]
fn every_case_has_its_lines() {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for line in lines() {
        *seen.entry(line[0].parse().unwrap()).or_default() += 1;
        match line.as_slice() {
            [_, _, _, _, _] => {}
            [_, file, test] => exists(file, test),
            other => panic!("neither a variant nor a test: {other:?}"),
        }
    }
    for case in CASES.into_iter().flatten() {
        assert!(seen.contains_key(&case), "case {case} is played nowhere");
    }
}

/// That there is such a test, and that it is run.
fn exists(file: &str, test: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("it")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(
        text.contains(&format!("#[test]\nfn {test}(")),
        "{file} has no test `{test}`"
    );
}
