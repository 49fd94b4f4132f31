//! The log is written first. When it cannot be, nothing happens; when the machine dies, nothing told is lost.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::front::HELLO;
use crate::harness::{CONFIG, DEV, Server, eventually};
use crate::http::Ask;

/// A file system of its own, so that it can be filled; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, mebibytes: u32) -> SmallDisk {
        std::fs::create_dir_all(at).unwrap();
        let owner = std::fs::metadata(at).unwrap().uid();
        let options = format!("size={mebibytes}m,mode=700,uid={owner}");
        let done = as_root("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .status();
        assert!(
            done.unwrap().success(),
            "cannot mount a tmpfs; the tests need root or sudo"
        );
        SmallDisk(at.into())
    }

    /// Writes until not a byte fits.
    fn fill(&self) {
        use std::io::Write as _;
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        for size in [65536, 4096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = as_root("umount").arg("-l").arg(&self.0).status();
    }
}

/// A command that needs root, by sudo where we are not.
fn as_root(program: &str) -> Command {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = Command::new(if root { program } else { "sudo" });
    if !root {
        command.args(["-n", program]);
    }
    command
}

#[test]
fn full_disk_refuses_everything_and_recovers_by_itself() {
    let home = tempfile::TempDir::new().unwrap();
    let disk = SmallDisk::mount(&home.path().join("audit"), 8);
    let server = Server::at(home.path(), CONFIG);
    server.user(DEV, "users");
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);

    disk.fill();
    eventually("requests are refused", || {
        server
            .get(&format!("/hello/item/{}", "x".repeat(2000)))
            .status
            == 503
    });
    let reply = server.get("/hello");
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(reply.header("retry-after").is_some());
    assert_eq!(server.send(&Ask::get("/_sallyport/ready")).status, 503);
    let written = server.source("/two", HELLO);
    assert_ne!(
        server
            .cli(&["app", "create", written.to_str().unwrap(), "/two"])
            .code,
        0,
        "administration waits too"
    );

    disk.empty();
    eventually("it recovers without a restart", || {
        server.get("/hello").status == 200
    });
    assert_eq!(server.send(&Ask::get("/_sallyport/ready")).status, 200);
    server.cli(&["audit", "verify"]).ok();
    drop(server);
}

#[test]
fn lost_log_directory_refuses_everything() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);
    let (audit, away) = (
        server.home().join("audit"),
        server.home().join("audit-gone"),
    );
    std::fs::rename(&audit, &away).unwrap();
    std::fs::write(&audit, "not a directory").unwrap();
    eventually("requests are refused", || {
        server.get("/hello").status == 503
    });
    std::fs::remove_file(&audit).unwrap();
    std::fs::rename(&away, &audit).unwrap();
    eventually("it recovers without a restart", || {
        server.get("/hello").status == 200
    });
    server.cli(&["audit", "verify"]).ok();
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut server = Server::start();
    server.approved("/hello", HELLO);
    let acknowledged = Mutex::new(HashSet::new());
    let stop = AtomicBool::new(false);
    let http = server.http;
    std::thread::scope(|scope| {
        for client in 0..32 {
            let (acknowledged, stop) = (&acknowledged, &stop);
            scope.spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let ask = if number % 3 == 0 {
                        Ask::post("/hello/form", "a=1")
                    } else {
                        Ask::get(&format!("/hello/item/{client}-{number}"))
                    };
                    if let Ok(reply) = ask.basic(DEV.0, DEV.1).try_send(http)
                        && reply.status == 200
                    {
                        let id = reply
                            .header("sallyport-decision")
                            .expect("the reply names its decision")
                            .to_owned();
                        acknowledged.lock().unwrap().insert(id);
                    }
                }
            });
        }
        eventually("some hundred requests are answered", || {
            acknowledged.lock().unwrap().len() > 300
        });
        server.kill();
        stop.store(true, Ordering::Relaxed);
    });
    server.restart();
    let acknowledged = acknowledged.into_inner().unwrap();
    let records = server.records();
    let decided: HashSet<&str> = records
        .iter()
        .filter(|record| record["kind"] == "decision")
        .filter_map(|record| record["id"].as_str())
        .collect();
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !decided.contains(id.as_str()))
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged records lost",
        lost.len(),
        acknowledged.len()
    );

    let closed: HashSet<&str> = records
        .iter()
        .filter(|record| record["kind"] == "outcome")
        .filter_map(|record| record["intent"].as_str())
        .collect();
    let before_boot = records
        .iter()
        .rposition(|record| record["kind"] == "boot")
        .unwrap();
    let open: Vec<_> = records[..before_boot]
        .iter()
        .filter(|record| record["kind"] == "decision" && record["decision"] == "allow")
        .filter(|record| !closed.contains(record["id"].as_str().unwrap()))
        .collect();
    assert!(
        open.is_empty(),
        "every decision before the crash has an outcome now: {open:?}"
    );
    server.cli(&["audit", "verify"]).ok();
}

#[test]
fn damage_is_found_without_the_server() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);
    server.cli(&["server", "stop"]).ok();
    server.cli(&["audit", "verify"]).ok();
    let segment = std::fs::read_dir(server.home().join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("seg-")
        })
        .unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes
        .windows(5)
        .position(|window| window == b"allow")
        .unwrap();
    bytes[at..at + 5].copy_from_slice(b"alloW");
    std::fs::write(&segment, bytes).unwrap();
    let ran = server.cli(&["audit", "verify"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn index_can_be_thrown_away() {
    let mut server = Server::start();
    server.approved("/hello", HELLO);
    server.get("/hello");
    let before = server.records().len();
    server.kill();
    for name in ["index.db", "index.db-wal", "index.db-shm"] {
        let _ = std::fs::remove_file(server.home().join("audit").join(name));
    }
    server.restart();
    assert!(server.records().len() > before);
    server.cli(&["audit", "reindex"]).ok();
    assert_eq!(server.last("app.access")["decision"], "allow");
}

#[test]
fn second_server_on_one_home_is_refused() {
    let server = Server::start();
    let ran = server.cli(&["server", "start"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("already"), "{ran:?}");
}

#[test]
fn stop_drains_and_closes_every_record() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| server.get("/hello"));
        }
    });
    server.cli(&["server", "stop"]).ok();
    let verified = server.cli(&["audit", "verify", "-o", "json"]).ok();
    let report: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(report["open"], 0, "{report}");
}

#[test]
fn log_that_was_taken_away_is_missed() {
    let mut server = Server::start();
    server.approved("/hello", HELLO);
    server.kill();
    std::fs::remove_dir_all(server.home().join("audit")).unwrap();
    server.restart();
    assert!(
        server
            .records()
            .iter()
            .any(|record| record["kind"] == "log.shorter")
    );
    let said = std::fs::read_to_string(server.home().join("server.log")).unwrap();
    assert!(said.contains("shorter than it was"), "{said}");
}

#[test]
fn log_is_read_without_its_server() {
    let server = Server::start();
    server.approved("/hello", HELLO);
    assert_eq!(server.get("/hello").status, 200);
    let seq = server.last("app.access")["seq"].to_string();
    server.cli(&["server", "stop"]).ok();
    let copy = server.home().join("copy");
    let log = server.home().join("audit");
    assert!(
        Command::new("cp")
            .arg("-r")
            .args([&log, &copy])
            .status()
            .unwrap()
            .success()
    );
    std::fs::remove_file(copy.join("index.db")).unwrap();
    let dir = copy.to_str().unwrap();
    let listed = server
        .cli(&[
            "audit", "list", "--dir", dir, "--app", "/hello", "-o", "jsonl",
        ])
        .ok()
        .stdout;
    let first: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["action"], &first["outcome"]),
        (&"app.access".into(), &"success".into())
    );
    let shown = server
        .cli(&["audit", "show", &seq, "--dir", dir, "-o", "json"])
        .ok()
        .stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["detail"]["http"]["path"], "/hello");
    assert!(!copy.join("index.db").exists(), "the copy is not touched");
    assert_eq!(
        server.cli(&["audit", "list", "--dir", "/nonexistent"]).code,
        4
    );
}
