//! A process killed in the middle of appending loses nothing that it acknowledged.
//!
//! The test starts its own binary again with `AUDIT_CRASH_DIR` set; that child appends from many
//! threads and prints the id of each record after it was acknowledged, until it is killed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and starts itself again"
)]

use std::{
    collections::HashSet,
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use audit::{
    BootFacts, Decision, Durability, Effect, EntityRef, Filter, Log, Options, Outcome, PolicyFacts,
    Receipt, Status, Verdict, verify,
};
use serde_json::json;

const THREADS: usize = 32;
/// The child is killed after so many acknowledgements.
const ROUNDS: [usize; 4] = [1, 50, 400, 900];

fn options(dir: &Path) -> Options {
    Options {
        segment_records: 200,
        preallocate_bytes: 64 << 10,
        share_percent: 100,
        ..Options::new(dir.into(), "n1".into(), BootFacts::default(), || 1)
    }
}

fn decision(thread: usize, number: usize) -> Decision {
    Decision {
        time_ns: 1,
        trace: format!("{thread}-{number}"),
        parent: None,
        principal: EntityRef::new("User", format!("local:{thread}")),
        on_behalf_of: None,
        auth: None,
        app: None,
        action: "app.access".into(),
        effect: Effect::Access,
        resource: EntityRef::new("App", "app"),
        context: json!({"number": number}),
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        errors: Vec::new(),
        near: Vec::new(),
        policy: Arc::new(PolicyFacts::default()),
        entities: Vec::new(),
        secret_refs: Vec::new(),
        durability: Durability::Sync,
        net: None,
        http: None,
    }
}

/// Appends for ever and acknowledges on standard output.
fn child(dir: &Path) -> ! {
    let log = Log::open(options(dir)).unwrap();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let log = log.clone();
            thread::spawn(move || append(&log, thread))
        })
        .collect();
    threads.into_iter().for_each(|thread| drop(thread.join()));
    panic!("the log refused");
}

fn append(log: &Log, thread: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut open: Vec<Receipt> = Vec::new();
    for number in 0.. {
        let receipt = runtime
            .block_on(log.append(decision(thread, number)))
            .unwrap();
        writeln!(std::io::stdout().lock(), "ack {}", receipt.id()).unwrap();
        open.push(receipt);
        if open.len() > 3 {
            open.drain(..3)
                .for_each(|receipt| receipt.close(Outcome::new(Status::Success)));
        }
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    if let Some(dir) = env::var_os("AUDIT_CRASH_DIR") {
        child(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for round in ROUNDS {
        acknowledged.extend(run_and_kill(dir.path(), round));
        let report = verify(dir.path()).unwrap();
        assert!(!report.is_damaged(), "{report:?}");
        assert!(!report.open.is_empty(), "something was under way");
        Log::open(options(dir.path())).unwrap().shutdown();
        let report = verify(dir.path()).unwrap();
        assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
    }
    let recorded = recorded(dir.path());
    let lost: Vec<&String> = acknowledged.difference(&recorded).collect();
    assert!(
        lost.is_empty(),
        "{} of {} lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
}

/// Answers the ids that the child acknowledged before it died.
fn run_and_kill(dir: &Path, round: usize) -> Vec<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["a_killed_writer", "--nocapture"])
        .env("AUDIT_CRASH_DIR", dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ids = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A line that the kill cut off was not read as an acknowledgement by anybody.
        let Ok(line) = line else { break };
        ids.extend(
            line.split_once("ack ")
                .map(|(_, id)| id.to_owned())
                .filter(|id| id.len() == 36),
        );
        if ids.len() == round {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(ids.len() >= round, "the child died by itself");
    ids
}

/// The ids of all decisions.
fn recorded(dir: &Path) -> HashSet<String> {
    let log = Log::open(options(dir)).unwrap();
    let mut ids = HashSet::new();
    let mut from = 0;
    loop {
        let filter = Filter {
            from_seq: Some(from),
            limit: 1000,
            ..Filter::default()
        };
        let rows = log.query().list(&filter).unwrap();
        let Some(last) = rows.last() else { break };
        from = last.seq + 1;
        ids.extend(
            rows.into_iter()
                .filter(|row| row.text("/kind") == "decision")
                .map(|row| row.text("/id").to_owned()),
        );
    }
    log.shutdown();
    ids
}

#[test]
fn a_tail_torn_at_any_byte_opens_to_what_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(options(dir.path())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(log.append(decision(0, 0)))
        .unwrap()
        .close(Outcome::new(Status::Success));
    log.shutdown();
    let name = "seg-0000000000000000.log";
    let mut whole = fs::read(dir.path().join(name)).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    whole.truncate(end);
    let body = whole.get(..end - 1).unwrap();
    let last_line = body.iter().rposition(|byte| *byte == b'\n').unwrap();
    let frames = whole.get(..last_line + 1).unwrap();
    let before = frames
        .windows(7)
        .rposition(|window| window == b"\n=seal ")
        .unwrap();
    let start = before
        + 2
        + whole
            .get(before + 1..)
            .unwrap()
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap();
    let size = log.size();
    for length in start..end {
        let copy = tempfile::tempdir().unwrap();
        let mut torn = whole.get(..length).unwrap().to_vec();
        torn.resize(length + 1000 * (length % 2), 0);
        fs::write(copy.path().join(name), torn).unwrap();
        assert!(
            !verify(copy.path()).unwrap().is_damaged(),
            "cut at {length}"
        );
        let log = Log::open(options(copy.path())).unwrap();
        log.shutdown();
        assert!(verify(copy.path()).unwrap().is_clean());
        assert!(
            log.size() >= size,
            "boot and what the torn outcome left open"
        );
    }
}
