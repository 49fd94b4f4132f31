//! What a caller may rely on when the disk does not work.
use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
};

use super::*;
use crate::{
    Decision, Effect, Filter, Log, Options, Outcome, Receipt, Status, Unwritable,
    log::tests::{block, event, kinds, options},
    medium::{Disk, Medium},
    sample, verify,
};

const TICK: Duration = Duration::from_millis(2);

/// A disk that can be broken in the ways disks break.
#[derive(Default)]
struct Faulty {
    no_sync: AtomicBool,
    /// Bytes that may still be written; negative when there is no limit.
    room: Option<AtomicI64>,
    /// Syncs until one fails.
    countdown: AtomicUsize,
    stuck: Mutex<bool>,
    freed: Condvar,
}

impl Medium for Faulty {
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        let length = i64::try_from(bytes.len()).unwrap();
        if let Some(room) = &self.room
            && room.fetch_sub(length, Ordering::Relaxed) < length
        {
            let half = bytes.get(..bytes.len() / 2).unwrap();
            Disk.write(file, half, at)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Disk.write(file, bytes, at)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let stuck = self
            .freed
            .wait_while(self.stuck.lock().unwrap(), |stuck| *stuck)
            .unwrap();
        drop(stuck);
        let count = self.countdown.load(Ordering::Relaxed);
        if count > 0 {
            self.countdown.store(count - 1, Ordering::Relaxed);
        }
        if self.no_sync.load(Ordering::Relaxed) || count == 1 {
            return Err(io::Error::other("injected"));
        }
        Disk.sync(file)
    }
}

impl Faulty {
    fn stick(&self, stuck: bool) {
        *self.stuck.lock().unwrap() = stuck;
        self.freed.notify_all();
    }
}

fn open(options: &Options, disk: &Arc<Faulty>) -> Log {
    Log::open_on(options, disk.clone(), TICK).unwrap()
}

fn done() -> Outcome {
    Outcome::new(Status::Success)
}

fn named(name: &str) -> Decision {
    let mut decision = sample::allow();
    decision.resource.id = name.into();
    decision
}

/// Waits until the log is writable; its size changes when it is.
fn recovered(log: &Log) {
    let mut size = log.subscribe();
    while log.health() != Health::Writable {
        block(size.changed()).unwrap();
    }
}

fn text(dir: &Path) -> String {
    let segment = dir.join("seg-0000000000000000.log");
    String::from_utf8(fs::read(segment).unwrap()).unwrap()
}

#[test]
fn a_failed_sync_refuses_at_once_and_recovery_undoes_it() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let log = open(&options(dir.path()), &disk);
    let kept = block(log.append(named("kept"))).unwrap();
    disk.no_sync.store(true, Ordering::Relaxed);
    let mut held = log.submit(named("refused")).unwrap();
    assert!(matches!(block(held.durable()), Err(Unwritable::Storage(_))));
    assert!(matches!(log.health(), Health::Unwritable(_)));
    assert!(matches!(
        block(log.append(named("refused"))),
        Err(Unwritable::Storage(_))
    ));
    assert!(matches!(
        log.submit(named("refused")),
        Err(Unwritable::Storage(_))
    ));
    assert!(matches!(
        block(log.note(event("auth"))),
        Err(Unwritable::Storage(_))
    ));
    assert!(matches!(
        log.refuse(sample::deny()),
        Err(Unwritable::Storage(_))
    ));
    kept.close(done());
    drop(held);
    disk.no_sync.store(false, Ordering::Relaxed);
    recovered(&log);
    block(log.append(named("later"))).unwrap().close(done());
    log.shutdown();
    assert_eq!(
        kinds(&log),
        [
            "boot", "decision", "outage", "outcome", "decision", "outcome"
        ]
    );
    assert!(
        !text(dir.path()).contains("refused\",\"type"),
        "the refused batch is gone"
    );
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
}

#[test]
fn what_was_refused_before_a_crash_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(options(dir.path())).unwrap();
    let receipt = block(log.append(named("ghost"))).unwrap();
    log.shutdown();
    drop(receipt);
    // The batch reached the disk, seal and all, but its writer had to answer no.
    let note = dir.path().join("refused");
    fs::write(&note, "1\n").unwrap();
    Log::open(options(dir.path())).unwrap().shutdown();
    assert!(!text(dir.path()).contains("ghost") && !note.exists());
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.records == 2, "{report:?}");
}

#[test]
fn a_writer_that_never_recovers_leaves_its_note() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let log = open(&options(dir.path()), &disk);
    disk.no_sync.store(true, Ordering::Relaxed);
    assert!(block(log.append(named("ghost"))).is_err());
    log.shutdown();
    assert_eq!(
        fs::read_to_string(dir.path().join("refused")).unwrap(),
        "1\n"
    );
    Log::open(options(dir.path())).unwrap().shutdown();
    assert!(!text(dir.path()).contains("ghost"));
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.records == 2, "{report:?}");
}

#[test]
fn a_note_that_outlived_its_batch_takes_nothing_away() {
    let dir = tempfile::tempdir().unwrap();
    for size in [0, 1, 2, 3, 9] {
        let log = Log::open(options(dir.path())).unwrap();
        block(log.append(named("kept"))).unwrap().close(done());
        log.shutdown();
        let before = log.size();
        let size = if size == 2 { before } else { size };
        fs::write(dir.path().join("refused"), format!("{size}\n")).unwrap();
        let log = Log::open(options(dir.path())).unwrap();
        assert_eq!(log.size(), before + 1, "note {size}");
        log.shutdown();
    }
}

#[test]
fn a_full_disk_refuses_and_room_brings_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty {
        room: Some(AtomicI64::new(100_000)),
        ..Faulty::default()
    });
    let room = disk.room.as_ref().unwrap();
    let log = open(&options(dir.path()), &disk);
    let mut written = 0;
    let refused = loop {
        match block(log.append(named("x"))) {
            Ok(receipt) => receipt.close(done()),
            Err(refused) => break refused,
        }
        written += 1;
    };
    assert!(matches!(refused, Unwritable::Storage(_)), "{refused}");
    assert!(written > 1);
    room.store(10_000_000, Ordering::Relaxed);
    recovered(&log);
    block(log.append(named("x"))).unwrap().close(done());
    log.shutdown();
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
    let decisions = kinds(&log)
        .iter()
        .filter(|kind| *kind == "decision")
        .count();
    assert_eq!(decisions, written + 1);
}

#[test]
fn a_log_that_was_moved_away_is_no_log() {
    let parent = tempfile::tempdir().unwrap();
    let (dir, away) = (parent.path().join("audit"), parent.path().join("away"));
    let disk = Arc::new(Faulty::default());
    let log = open(&options(&dir), &disk);
    fs::rename(&dir, &away).unwrap();
    assert!(matches!(
        block(log.append(named("lost"))),
        Err(Unwritable::Storage(_))
    ));
    fs::rename(&away, &dir).unwrap();
    recovered(&log);
    log.shutdown();
    assert!(!text(&dir).contains("lost"));
    assert!(verify(&dir).unwrap().is_clean());
}

#[test]
fn a_failure_at_any_sync_loses_nothing_that_was_acknowledged() {
    for countdown in 2..24 {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Faulty::default());
        let options = Options {
            segment_records: 3,
            ..options(dir.path())
        };
        let log = open(&options, &disk);
        disk.countdown.store(countdown, Ordering::Relaxed);
        let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
        for number in 0..8 {
            let name = format!("n{number}.");
            match block(log.append(named(&name))) {
                Ok(receipt) => {
                    acknowledged.push(name);
                    receipt.close(done());
                }
                Err(_) => refused.push(name),
            }
            recovered(&log);
        }
        log.shutdown();
        let all = Filter {
            limit: 1000,
            action: Some("http.*".into()),
            ..Filter::default()
        };
        let rows = log.query().list(&all).unwrap();
        let mut recorded: Vec<String> = rows
            .into_iter()
            .rev()
            .map(|row| row.text("/resource/id").to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        recorded.dedup();
        assert_eq!(
            recorded, acknowledged,
            "countdown {countdown}, refused {refused:?}"
        );
        let report = verify(dir.path()).unwrap();
        assert!(
            report.is_clean() && report.open.is_empty(),
            "countdown {countdown}: {report:?}"
        );
    }
}

#[test]
fn a_stuck_disk_is_bounded_and_leaves_the_reserve() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let options = Options {
        share_percent: 100,
        ..options(dir.path())
    };
    let log = open(&options, &disk);
    disk.stick(true);
    let held: Vec<Receipt> = (0..16).map(|_| log.submit(named("x")).unwrap()).collect();
    assert_eq!(log.submit(named("x")).unwrap_err(), Unwritable::Full);
    assert_eq!(
        block(log.append(named("x"))).unwrap_err(),
        Unwritable::Full,
        "after its wait"
    );
    let admin = log
        .submit(Decision {
            effect: Effect::Admin,
            ..named("x")
        })
        .unwrap();
    for _ in 0..100 {
        log.refuse(sample::deny()).unwrap();
    }
    disk.stick(false);
    held.into_iter().for_each(|receipt| receipt.close(done()));
    admin.close(done());
    log.shutdown();
    let report = verify(dir.path()).unwrap();
    assert!(report.is_clean() && report.open.is_empty(), "{report:?}");
    assert_eq!(
        kinds(&log).iter().filter(|kind| *kind == "outcome").count(),
        17
    );
    let counted = log
        .query()
        .list(&Filter {
            limit: 1000,
            ..Filter::default()
        })
        .unwrap();
    let denies: u64 = counted
        .iter()
        .filter(|row| row.text("/decision") == "deny")
        .map(|row| {
            row.record
                .get("count")
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(1)
        })
        .sum();
    assert_eq!(denies, 100);
}
