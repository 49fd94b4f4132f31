//! Appends to the audit log per second, each acknowledged only once it is durable, at concurrency 1, 16, 256.
//!
//! The baseline of the same run is what the disk itself gives: one 4 KiB write and `fdatasync` at a time.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run says why and stops"
)]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

mod fixture;

const RUN: Duration = Duration::from_secs(3);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir_in(".").expect("a folder on the disk under test");
    println!(
        "{:<28} {:>10} {:>10} {:>10}",
        "log appends", "per s", "p50 ms", "p99 ms"
    );
    report(
        "disk: 4 KiB + fdatasync",
        raw_disk(&folder.path().join("raw")),
    );
    for concurrency in [1, 16, 256] {
        let log = fixture::log(&folder.path().join(format!("log-{concurrency}")));
        let waits = runtime.block_on(append(&log, concurrency));
        report(&format!("durable, {concurrency} at once"), waits);
        log.shutdown();
    }
}

fn raw_disk(path: &std::path::Path) -> Vec<Duration> {
    let mut file = File::create(path).expect("a file");
    file.write_all(&vec![0; 16 << 20])
        .and_then(|()| file.sync_all())
        .expect("room for 16 MiB");
    let (began, mut waits) = (Instant::now(), Vec::new());
    while began.elapsed() < RUN {
        let at = Instant::now();
        file.seek(SeekFrom::Start((waits.len() as u64 * 4096) % (16 << 20)))
            .expect("seek");
        file.write_all(&[b'x'; 4096])
            .and_then(|()| file.sync_data())
            .expect("a write");
        waits.push(at.elapsed());
    }
    waits
}

async fn append(log: &audit::Log, concurrency: usize) -> Vec<Duration> {
    let began = Instant::now();
    let decision = Arc::new(fixture::decision());
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| {
            let (log, decision) = (log.clone(), Arc::clone(&decision));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while began.elapsed() < RUN {
                    let at = Instant::now();
                    let receipt = log
                        .append(decision.as_ref().clone())
                        .await
                        .expect("a writable log");
                    waits.push(at.elapsed());
                    receipt.close(fixture::outcome());
                }
                waits
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("a finished task"));
    }
    all
}

fn report(name: &str, mut waits: Vec<Duration>) {
    waits.sort_unstable();
    let at = |percent: usize| {
        waits
            .get(waits.len() * percent / 100)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1e3
    };
    println!(
        "{name:<28} {:>10.0} {:>10.3} {:>10.3}",
        waits.len() as f64 / RUN.as_secs_f64(),
        at(50),
        at(99)
    );
}
