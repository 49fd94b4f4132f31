//! Queries find what there is, show only what the log says, and survive their index.

use std::{fs, sync::Arc};

use super::*;
use crate::{
    Decision, EntityRef, Log,
    log::tests::{app, block, done, event, kinds, opened, options},
    sample, verify,
};

#[test]
fn texts_are_kept_once_and_read_back() {
    let (dir, log) = opened();
    let (policy, entity) = (
        Arc::new(Blob::new("permit(…);\n")),
        Arc::new(Blob::new("{}")),
    );
    log.keep(policy.clone());
    for _ in 0..2 {
        let decision = Decision {
            entities: vec![entity.clone()],
            ..sample::allow()
        };
        block(log.append(decision)).unwrap().close(done());
    }
    log.keep(policy.clone());
    log.shutdown();
    for blob in [&policy, &entity] {
        assert_eq!(
            log.query().blob(blob.hash()).unwrap().as_deref(),
            Some(blob.text())
        );
    }
    assert_eq!(log.query().blob("00").unwrap(), None);
    let path = dir.path().join("cas/blobs.log");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    fs::write(&path, "").unwrap();
    let report = verify(dir.path()).unwrap();
    assert_eq!(report.findings.len(), 1, "{report:?}");
}

#[test]
fn filters_select() {
    let (_dir, log) = opened();
    let person = EntityRef::new("User", "local:bob");
    let decisions = [
        sample::allow(),
        Decision {
            app: app("other"),
            time_ns: 2_000,
            ..sample::deny()
        },
        Decision {
            on_behalf_of: Some(person),
            action: "http.out[get]".into(),
            ..sample::deny()
        },
    ];
    for decision in decisions {
        drop(block(log.append(decision)).unwrap());
    }
    block(log.note(event("auth"))).unwrap();
    let check = |change: fn(&mut Filter), expected: &[u64]| {
        let mut filter = Filter::default();
        change(&mut filter);
        let rows = log.query().list(&filter).unwrap();
        let mut seqs: Vec<u64> = rows.into_iter().map(|row| row.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, expected, "{filter:?}");
    };
    check(|f| f.user = Some("local:bob".into()), &[4]);
    check(|f| f.user = Some("local:eve".into()), &[5]);
    check(|f| f.app = Some("other".into()), &[3]);
    check(|f| f.app = Some("other@prod".into()), &[3]);
    check(|f| f.app = Some("/other".into()), &[3]);
    check(|f| f.action = Some("http.out[*".into()), &[4]);
    check(|f| f.action = Some("http.out?get?".into()), &[]);
    check(|f| f.action = Some("auth".into()), &[5]);
    check(|f| f.action = Some("outco*".into()), &[2]);
    check(|f| f.decision = Some(Verdict::Allow), &[1]);
    check(|f| f.decision = Some(Verdict::Deny), &[3, 4]);
    check(|f| f.since = Some(2_000), &[3]);
    check(|f| f.until = Some(1_000), &[5]);
    check(|f| f.limit = 2, &[4, 5]);
    check(|f| (f.limit, f.from_seq) = (2, Some(1)), &[1, 2]);
    log.shutdown();
}

#[test]
fn a_damaged_index_is_rebuilt_while_the_log_is_open() {
    let (dir, log) = opened();
    block(log.append(sample::allow())).unwrap().close(done());
    block(log.note(event("auth"))).unwrap();
    let before = kinds(&log);
    fs::write(dir.path().join("index.db"), [7; 64 * 1024]).unwrap();
    fs::remove_file(dir.path().join("index.db-wal")).unwrap();
    assert_eq!(log.query().reindex().unwrap(), before.len() as u64);
    assert_eq!(kinds(&log), before);
    block(log.note(event("auth"))).unwrap();
    assert_eq!(kinds(&log).len(), before.len() + 1);
    log.shutdown();
}

#[test]
fn the_index_is_derived_and_cannot_lie() {
    let (dir, log) = opened();
    for _ in 0..3 {
        block(log.append(sample::allow())).unwrap().close(done());
    }
    block(log.note(event("auth"))).unwrap();
    let before = kinds(&log);
    assert_eq!(log.query().reindex().unwrap(), 8);
    assert_eq!(kinds(&log), before);
    log.shutdown();
    let path = dir.path().join("index.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("UPDATE record SET decision = 'deny', kind = 'x'", [])
        .unwrap();
    drop(connection);
    assert_eq!(kinds(&log), before, "rows come from the log");
    fs::write(&path, "not a database").unwrap();
    let log = Log::open(options(dir.path())).unwrap();
    assert_eq!(kinds(&log).len(), 9);
    log.shutdown();
    fs::remove_file(&path).unwrap();
    let log = Log::open(options(dir.path())).unwrap();
    assert_eq!(kinds(&log).len(), 10);
    log.shutdown();
}

#[test]
fn an_erased_detail_leaves_a_whole_log_and_a_forged_one_shows() {
    let (dir, log) = opened();
    block(log.append(sample::allow())).unwrap().close(done());
    log.shutdown();
    let path = dir.path().join("detail/seg-0000000000000000.log");
    let text = fs::read_to_string(&path).unwrap();
    let body = text[18..].trim_end().replace("private", "publics");
    let mut forged = Vec::new();
    crate::frame::push(&body, &mut forged);
    fs::write(&path, forged).unwrap();
    assert_eq!(log.query().show(1).unwrap().unwrap().detail, Detail::Forged);
    assert_eq!(verify(dir.path()).unwrap().first_bad, Some(1));
    fs::write(&path, " ".repeat(text.len() - 1) + "\n").unwrap();
    assert_eq!(log.query().show(1).unwrap().unwrap().detail, Detail::Erased);
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean());
    assert_eq!(report.details_missing, 1);
}
