//! The worker locks itself down before it reads anything of an app; asked over its own protocol.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

#[test]
fn no_file_socket_or_thread_can_be_made_inside() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sallyport-worker"))
        .arg("worker")
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .unwrap();
    let order = json!({"Fence": {"memory_bytes": 1 << 29, "threads": 2}}).to_string();
    ours.write_all(&u32::try_from(order.len()).unwrap().to_be_bytes())
        .unwrap();
    ours.write_all(order.as_bytes()).unwrap();
    let mut length = [0; 4];
    ours.read_exact(&mut length).unwrap();
    let mut hello = vec![0; u32::from_be_bytes(length) as usize];
    ours.read_exact(&mut hello).unwrap();
    let hello: Value = serde_json::from_slice(&hello).unwrap();
    let fences = hello.get("Hello").unwrap();
    assert_eq!(fences.get("seccomp"), Some(&json!(true)), "{hello}");
    assert_eq!(fences.get("rlimits"), Some(&json!(true)), "{hello}");
    assert_eq!(fences.get("holes"), Some(&json!([])), "{hello}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    assert!(
        status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1"),
        "{status}"
    );
    drop(ours);
    assert!(
        child.wait().unwrap().success(),
        "ends when its host is gone"
    );
}
