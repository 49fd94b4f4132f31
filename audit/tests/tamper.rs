//! Whatever is done to a finished log – a byte flipped, a line dropped, swapped or repeated, a
//! segment removed – verification says so and points not behind the place.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use audit::{
    BootFacts, Decision, Durability, Effect, EntityRef, Log, Options, Outcome, PolicyFacts, Report,
    Status, Verdict, verify,
};
use proptest::prelude::*;
use serde_json::json;

/// Segment files of a log that was shut down, by name.
static LOG: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        segment_records: 16,
        preallocate_bytes: 4096,
        ..Options::new(dir.path().into(), "n1".into(), BootFacts::default(), || 1)
    };
    let log = Log::open(options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for number in 0..20 {
        let receipts: Vec<_> = (0..=number % 3)
            .map(|_| log.submit(decision(number)).unwrap())
            .collect();
        for mut receipt in receipts {
            runtime.block_on(receipt.durable()).unwrap();
            receipt.close(Outcome::new(Status::Success));
        }
    }
    log.shutdown();
    assert!(verify(dir.path()).unwrap().is_clean());
    segments(dir.path())
        .into_iter()
        .map(|path| {
            let mut bytes = fs::read(&path).unwrap();
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
            bytes.truncate(end);
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                bytes,
            )
        })
        .collect()
});

fn decision(number: usize) -> Decision {
    Decision {
        time_ns: 1,
        trace: format!("trace-{number}"),
        parent: None,
        principal: EntityRef::new("User", "local:ann"),
        on_behalf_of: None,
        auth: None,
        app: None,
        action: "app.access".into(),
        effect: Effect::Access,
        resource: EntityRef::new("App", "app"),
        context: json!({"number": number}),
        verdict: Verdict::Allow,
        reasons: vec!["grant".into()],
        errors: Vec::new(),
        near: Vec::new(),
        policy: Arc::new(PolicyFacts::default()),
        entities: Vec::new(),
        secret_refs: Vec::new(),
        durability: Durability::Held,
        net: None,
        http: None,
    }
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
        .collect();
    paths.sort();
    paths
}

/// Verifies a copy of the log after `change`.
fn tampered(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Report {
    let mut files = LOG.clone();
    change(&mut files);
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    verify(dir.path()).unwrap()
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// Changes the lines of one segment; says how many records come before the first changed one.
fn relined(at: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Report {
    tampered(|files| {
        let file = at % files.len();
        let mut all = lines(&files[file].1);
        change(&mut all);
        files[file].1 = all.concat();
    })
}

#[test]
fn the_log_has_several_segments_and_is_clean() {
    let report = tampered(|_| {});
    assert!(report.is_clean(), "{report:?}");
    assert!(report.segments > 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_flipped_byte_is_found(file in 0_usize..100, at in 0_usize..1_000_000, mask in 1_u8..) {
        let report = tampered(|files| {
            let file = file % files.len();
            let at = at % files[file].1.len();
            files[file].1[at] ^= mask;
        });
        // The very last byte set to zero is a torn tail: the same file a crash would leave.
        prop_assert!(!report.is_clean(), "{:?}", report);
    }

    #[test]
    fn a_dropped_line_is_found(file in 0_usize..100, at in 0_usize..10_000) {
        let report = relined(file, |lines| drop(lines.remove(at % lines.len())));
        prop_assert!(!report.is_clean(), "{:?}", report);
    }

    #[test]
    fn a_swapped_line_is_found(file in 0_usize..100, left in 0_usize..10_000, apart in 1_usize..50) {
        let report = relined(file, |lines| {
            let left = left % lines.len();
            let right = (left + 1 + apart % (lines.len() - 1)) % lines.len();
            if left != right { lines.swap(left, right) } else { lines.rotate_left(1) }
        });
        prop_assert!(report.is_damaged(), "{:?}", report);
    }

    #[test]
    fn a_repeated_line_is_found(file in 0_usize..100, from in 0_usize..10_000, to in 0_usize..10_000) {
        let report = relined(file, |lines| {
            let line = lines[from % lines.len()].clone();
            lines.insert(to % (lines.len() + 1), line);
        });
        // After the last seal it is a batch that was never finished, which the next open drops.
        prop_assert!(!report.is_clean(), "{:?}", report);
    }

    #[test]
    fn a_removed_or_exchanged_segment_is_found(left in 0_usize..100, right in 0_usize..100) {
        let last = LOG.len() - 1;
        let report = tampered(|files| drop(files.remove(left % last)));
        prop_assert!(report.is_damaged(), "{:?}", report);
        let (left, right) = (left % LOG.len(), right % LOG.len());
        if left != right {
            let report = tampered(|files| {
                let bytes = std::mem::take(&mut files[left].1);
                files[left].1 = std::mem::replace(&mut files[right].1, bytes);
            });
            prop_assert!(report.is_damaged(), "{:?}", report);
        }
    }

    #[test]
    fn the_first_bad_record_is_not_behind_the_damage(file in 0_usize..100, at in 0_usize..1_000_000) {
        let file = file % LOG.len();
        let at = at % LOG[file].1.len();
        let report = tampered(|files| files[file].1[at] ^= 0x15);
        let before: usize = LOG[..file].iter().map(|(_, bytes)| count(bytes)).sum();
        let damaged = before + count(&LOG[file].1[..at]);
        prop_assert!(report.first_bad.is_none_or(|bad| bad <= damaged as u64), "{:?}", report);
    }
}

/// Whole record lines.
fn count(bytes: &[u8]) -> usize {
    lines(bytes)
        .iter()
        .filter(|line| line.ends_with(b"\n") && line[0] != b'=')
        .count()
}
