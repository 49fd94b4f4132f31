//! What a caller of the log may rely on, with a disk that works.
use std::{
    fs,
    future::Future as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    pin::pin,
    sync::atomic::{AtomicI64, Ordering},
    task::{Context, Waker},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    AppFacts, BootFacts, Detail, Durability, EntityRef, Filter, OpenError, Options, Outcome,
    Status, medium::Disk, sample, verify, verify_against,
};

pub(crate) fn options(dir: &Path) -> Options {
    let boot = BootFacts {
        version: "1".into(),
        ..BootFacts::default()
    };
    Options {
        preallocate_bytes: 8192,
        queue: 16,
        open_limit: 64,
        wait: Duration::from_millis(20),
        ..Options::new(dir.into(), "n1".into(), boot, || 1_000)
    }
}

pub(crate) fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(crate) fn kinds(log: &Log) -> Vec<String> {
    let all = Filter {
        from_seq: Some(0),
        limit: 10_000,
        ..Filter::default()
    };
    log.query()
        .list(&all)
        .unwrap()
        .into_iter()
        .map(|row| row.text("/kind").to_owned())
        .collect()
}

pub(crate) fn event(kind: &str) -> Event {
    Event {
        kind: kind.into(),
        time_ns: 5,
        trace: "t".into(),
        principal: EntityRef::new("User", "local:eve"),
        target: EntityRef::new("App", "app"),
        public: Map::new(),
        hmac: [("mail".to_owned(), "eve@example.org".to_owned())].into(),
        detail: Value::Null,
    }
}

pub(crate) fn opened() -> (TempDir, Log) {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(options(dir.path())).unwrap();
    (dir, log)
}

pub(crate) fn done() -> Outcome {
    Outcome::new(Status::Success)
}

pub(crate) fn app(name: &str) -> Option<AppFacts> {
    let facts = sample::allow().app.unwrap();
    Some(AppFacts {
        id: name.into(),
        instance: format!("{name}@prod"),
        path: format!("/{name}"),
        ..facts
    })
}

#[test]
fn a_decision_is_durable_closes_and_can_be_shown() {
    let (dir, log) = opened();
    let receipt = block(log.append(sample::allow())).unwrap();
    let id = receipt.id().clone();
    let child = Decision {
        parent: Some(id.clone()),
        durability: Durability::Held,
        ..sample::allow()
    };
    let mut child = log.submit(child).unwrap();
    assert_eq!(block(child.durable()), Ok(2));
    assert_eq!(block(child.durable()), Ok(2));
    child.close(done());
    receipt.close(Outcome {
        code: Some(200),
        ..done()
    });
    log.shutdown();
    assert_eq!(log.size(), 5);
    let shown = log.query().show(1).unwrap().unwrap();
    assert_eq!(shown.outcome.unwrap()["code"], 200);
    assert_eq!(shown.detail, Detail::Opened(sample::allow().context));
    assert_eq!(
        shown.children.iter().map(|row| row.seq).collect::<Vec<_>>(),
        [2]
    );
    assert_eq!(log.query().find(id.as_str()).unwrap(), Some(1));
    assert!(log.query().show(99).unwrap().is_none());
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
    assert_eq!((report.records, report.details_opened), (5, 2));
    assert_eq!(
        log.submit(sample::allow()).unwrap_err(),
        Unwritable::Storage("it is closed".into())
    );
}

#[test]
fn a_receipt_that_is_dropped_and_a_wait_that_is_cancelled_are_abandoned() {
    let (dir, log) = opened();
    drop(block(log.append(sample::allow())).unwrap());
    {
        let mut future = pin!(log.append(sample::allow()));
        let mut context = Context::from_waker(Waker::noop());
        let _ = future.as_mut().poll(&mut context);
    }
    log.shutdown();
    let all = Filter {
        action: Some("http.*".into()),
        ..Filter::default()
    };
    let rows = log.query().list(&all).unwrap();
    let abandoned = rows
        .iter()
        .filter(|row| row.record["status"] == "abandoned")
        .count();
    assert_eq!((rows.len(), abandoned), (4, 2));
    assert!(verify(dir.path()).unwrap().open.is_empty());
}

#[test]
fn a_deny_is_closed_by_itself() {
    let (dir, log) = opened();
    block(log.append(sample::deny())).unwrap().close(done());
    let id = log.refuse(sample::deny()).unwrap();
    assert!(matches!(
        log.refuse(sample::allow()),
        Err(Unwritable::Invalid(_))
    ));
    log.shutdown();
    assert_eq!(kinds(&log), ["boot", "decision", "decision"]);
    assert_eq!(log.query().find(id.as_str()).unwrap(), Some(2));
    assert!(verify(dir.path()).unwrap().is_clean());
}

#[test]
fn what_a_dead_run_left_open_is_closed_as_unknown() {
    let (dir, log) = opened();
    let receipts: Vec<Receipt> = (0..5)
        .map(|_| block(log.append(sample::allow())).unwrap())
        .collect();
    log.shutdown();
    drop(receipts);
    assert_eq!(verify(dir.path()).unwrap().open.len(), 5);
    for _ in 0..2 {
        let log = Log::open(options(dir.path())).unwrap();
        log.shutdown();
        assert!(verify(dir.path()).unwrap().open.is_empty());
        let unknown = log
            .query()
            .list(&Filter {
                limit: 100,
                ..Filter::default()
            })
            .unwrap();
        assert_eq!(
            unknown
                .iter()
                .filter(|row| row.record["status"] == "unknown")
                .count(),
            5
        );
    }
}

#[test]
fn segments_roll_and_open_calls_are_found_across_them() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        segment_records: 4,
        ..options(dir.path())
    };
    let log = Log::open(options.clone()).unwrap();
    let first = block(log.append(sample::allow())).unwrap();
    for _ in 0..10 {
        block(log.append(sample::allow())).unwrap().close(done());
    }
    log.shutdown();
    drop(first);
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(
        (report.segments, report.records, report.open.len()),
        (6, 22, 1)
    );
    let sealed = fs::metadata(dir.path().join("seg-0000000000000004.log")).unwrap();
    assert_eq!(sealed.permissions().mode() & 0o777, 0o444);
    let log = Log::open(options).unwrap();
    log.shutdown();
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
    assert_eq!(report.records, 24);
    assert_eq!(
        log.query().show(1).unwrap().unwrap().detail,
        Detail::Opened(sample::allow().context)
    );
}

#[test]
fn a_flood_of_denies_becomes_one_record_with_a_count() {
    static NOW: AtomicI64 = AtomicI64::new(0);
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        queue: 4096,
        now: || NOW.load(Ordering::Relaxed),
        ..options(dir.path())
    };
    let log = Log::open_on(&options, Arc::new(Disk), Duration::from_millis(5)).unwrap();
    let ids: Vec<RecordId> = (0..80)
        .map(|_| log.refuse(sample::deny()).unwrap())
        .collect();
    assert!(ids[50..].iter().all(|id| *id == ids[50]));
    let mut size = log.subscribe();
    block(size.wait_for(|size| *size == 51)).unwrap();
    NOW.store(1_000_000_000, Ordering::Relaxed);
    block(size.wait_for(|size| *size == 52)).unwrap();
    let shown = log.query().show(51).unwrap().unwrap();
    assert_eq!(shown.record["id"], ids[50].as_str());
    assert_eq!(
        (&shown.record["kind"], &shown.record["count"]),
        (&json!("aggregate"), &json!(30))
    );
    log.shutdown();
}

#[test]
fn silence_is_proven_by_a_heartbeat() {
    static NOW: AtomicI64 = AtomicI64::new(0);
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        now: || NOW.load(Ordering::Relaxed),
        ..options(dir.path())
    };
    let log = Log::open_on(&options, Arc::new(Disk), Duration::from_millis(5)).unwrap();
    let mut size = log.subscribe();
    for minute in 1..3 {
        NOW.store(minute * 60_000_000_000, Ordering::Relaxed);
        block(size.wait_for(|size| *size == 1 + minute.unsigned_abs())).unwrap();
    }
    log.shutdown();
    assert_eq!(kinds(&log), ["boot", "heartbeat", "heartbeat"]);
}

#[test]
fn events_are_sorted_into_their_classes() {
    let (_dir, log) = opened();
    assert_eq!(block(log.note(event("auth"))), Ok(1));
    assert!(matches!(
        block(log.note(event("outcome"))),
        Err(Unwritable::Invalid(_))
    ));
    let shown = log.query().show(1).unwrap().unwrap();
    assert_eq!(shown.record["hmac"]["mail"], log.hmac("eve@example.org"));
    assert_eq!(shown.detail, Detail::None);
    log.shutdown();
}

#[test]
fn one_app_fills_its_share_and_nobody_elses() {
    let (_dir, log) = opened();
    let mut held: Vec<Receipt> = (0..16)
        .map(|_| {
            block(log.append(Decision {
                app: app("noisy"),
                ..sample::allow()
            }))
            .unwrap()
        })
        .collect();
    let refused = log
        .submit(Decision {
            app: app("noisy"),
            ..sample::allow()
        })
        .unwrap_err();
    assert_eq!(refused, Unwritable::Share("noisy@prod".into()));
    block(log.append(Decision {
        app: app("quiet"),
        ..sample::allow()
    }))
    .unwrap()
    .close(done());
    held.remove(0).close(done());
    // The room comes back once the outcome is durable.
    block(log.note(event("auth"))).unwrap();
    block(log.append(Decision {
        app: app("noisy"),
        ..sample::allow()
    }))
    .unwrap()
    .close(done());
    drop(held);
    log.shutdown();
}

#[test]
fn only_one_process_writes() {
    let (dir, log) = opened();
    assert!(matches!(
        Log::open(options(dir.path())),
        Err(OpenError::Locked(_))
    ));
    log.shutdown();
    Log::open(options(dir.path())).unwrap().shutdown();
    let wrong = Options {
        share_percent: 0,
        ..options(dir.path())
    };
    assert!(matches!(
        Log::open(wrong),
        Err(OpenError::Option("share_percent", _))
    ));
}

#[test]
fn the_key_stays_and_stays_private() {
    let (dir, log) = opened();
    let hash = log.hmac("value");
    log.shutdown();
    let log = Log::open(options(dir.path())).unwrap();
    assert_eq!(log.hmac("value"), hash);
    log.shutdown();
    let key = dir.path().join("keys/hmac");
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        Log::open(options(dir.path())),
        Err(OpenError::Key { .. })
    ));
}

#[test]
fn a_checkpoint_kept_elsewhere_tells_a_rollback() {
    let (dir, log) = opened();
    let copy = fs::read(dir.path().join("seg-0000000000000000.log")).unwrap();
    block(log.append(sample::allow())).unwrap().close(done());
    log.shutdown();
    let seen = log.checkpoint();
    assert!(
        verify_against(dir.path(), std::slice::from_ref(&seen))
            .unwrap()
            .is_clean()
    );
    fs::write(dir.path().join("seg-0000000000000000.log"), copy).unwrap();
    assert!(
        verify(dir.path()).unwrap().is_clean(),
        "alone, an older copy looks whole"
    );
    let report = verify_against(dir.path(), std::slice::from_ref(&seen)).unwrap();
    assert!(report.is_damaged());
    let log = Log::open(options(dir.path())).unwrap();
    log.shutdown();
    let other = Checkpoint {
        hash: "00".repeat(32),
        ..log.checkpoint()
    };
    assert!(verify_against(dir.path(), &[other]).unwrap().is_damaged());
}

#[test]
fn damage_is_not_opened() {
    let (dir, log) = opened();
    block(log.append(sample::allow())).unwrap().close(done());
    log.shutdown();
    let path = dir.path().join("seg-0000000000000000.log");
    let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
    fs::write(&path, text.replacen("allow", "denyx", 1)).unwrap();
    assert!(matches!(
        Log::open(options(dir.path())),
        Err(OpenError::Damaged { seq: 1, .. })
    ));
}
