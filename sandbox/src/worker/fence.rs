//! Locks the worker process down before it reads anything of an app.
//!
//! Order matters: limits first, then landlock (it holds for this thread and those it starts), then
//! the evaluation threads, and last seccomp on all threads, after which no thread, process, file or
//! socket can be made. What holds is found by trying, on an evaluation thread.

mod syscalls;

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::thread;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

pub use syscalls::forbid;

/// Seconds of processor time after which the kernel ends a worker; a new one takes over.
const CPU_SECONDS: u64 = 3600;

/// Limits what this process can take from the machine; true when all limits hold.
pub fn limit(memory_bytes: u64) -> bool {
    let limits = [
        (Resource::As, memory_bytes),
        (Resource::Nofile, 16),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Cpu, CPU_SECONDS),
    ];
    // Keeps other processes of the same user from reading this one's memory.
    let private = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    limits
        .into_iter()
        .map(|(resource, value)| cap(resource, value))
        .fold(private, |all, one| all && one)
}

/// Forbids further processes and threads; call after the last one is started.
pub fn limit_threads() -> bool {
    cap(Resource::Nproc, 0)
}

fn cap(resource: Resource, value: u64) -> bool {
    setrlimit(
        resource,
        Rlimit {
            current: Some(value),
            maximum: Some(value),
        },
    )
    .is_ok()
}

/// Takes every file and network right that the kernel can take: `full`, `partial` or `none`.
pub fn landlock() -> &'static str {
    match restrict() {
        Ok(RulesetStatus::FullyEnforced) => "full",
        Ok(RulesetStatus::PartiallyEnforced) => "partial",
        Ok(RulesetStatus::NotEnforced) | Err(_) => "none",
    }
}

fn restrict() -> Result<RulesetStatus, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Tries what must be impossible and names what was possible.
pub fn holes() -> Vec<String> {
    let tries = [
        ("open a file", File::open("/").is_ok()),
        (
            "make a TCP socket",
            TcpListener::bind("127.0.0.1:0").is_ok(),
        ),
        ("make a UDP socket", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("make a unix socket", UnixDatagram::unbound().is_ok()),
        (
            "start a thread",
            thread::Builder::new().spawn(|| ()).is_ok(),
        ),
    ];
    tries
        .into_iter()
        .filter(|(_, possible)| *possible)
        .map(|(name, _)| name.to_owned())
        .collect()
}
