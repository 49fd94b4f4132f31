//! Stands between the gateway and one program it runs for an app, so that nothing the program starts
//! outlives the call: not what left its process group or session, and not when the gateway dies.
//!
//! The kernel gives this process every orphan below it. The gateway holds the other end of the leash,
//! which is standard input; when that closes, everything below is killed.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitCode, Stdio, exit};
use std::thread;

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use serde::{Deserialize, Serialize};

/// The argument after `worker` that makes this of a worker; program, name and arguments follow.
pub const FLAG: &str = "--warden";

/// What the gateway is told, once.
#[derive(Debug, Serialize, Deserialize)]
pub enum Report {
    /// The program has ended with this wait status.
    Ended(i32),
    /// It could not be started.
    Failed(String),
}

/// Runs a program until it has ended and the leash is let go.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match watch(arguments.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn watch(arguments: Vec<OsString>) -> io::Result<()> {
    let mut leash = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    set_child_subreaper(Some(getpid()))?;
    let report = match start(&arguments) {
        Ok(mut child) => {
            release_output()?;
            let held = leash.try_clone()?;
            thread::spawn(move || follow(held));
            // While everything below is killed another thread may have waited for it.
            Report::Ended(
                child
                    .wait()
                    .map_or(libc::SIGKILL, |status| status.into_raw()),
            )
        }
        Err(error) => Report::Failed(error.to_string()),
    };
    // When the leash is let go already nobody listens; what is below must still be killed.
    let _ = leash.write_all(&serde_json::to_vec(&report)?);
    let _ = leash.shutdown(std::net::Shutdown::Write);
    follow(leash)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program of a permitted exec.in call, started for the gateway"
)]
fn start(arguments: &[OsString]) -> io::Result<Child> {
    let [program, name, arguments @ ..] = arguments else {
        return Err(io::Error::other("no program"));
    };
    Command::new(program)
        .arg0(name)
        .args(arguments)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
}

/// Lets go of the program's output, so that it ends with the program.
fn release_output() -> io::Result<()> {
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}

/// Waits until the leash is let go, then kills everything below and ends.
fn follow(mut leash: UnixStream) -> ! {
    // Nobody says anything; what comes is the end.
    let _ = leash.read(&mut [0]);
    // Each that is killed leaves its children to this process, so a few rounds find all.
    loop {
        let children = below();
        if children.is_empty() {
            exit(0);
        }
        for child in children {
            // It may have ended in this very moment.
            let _ = kill_process(child, Signal::KILL);
        }
        // One that cannot be killed is waited for; another thread may have waited already.
        let _ = wait(WaitOptions::empty());
    }
}

/// The children of this process.
fn below() -> Vec<Pid> {
    let own = getpid().as_raw_nonzero().get();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let pids = names.filter_map(|name| name.parse::<i32>().ok());
    pids.filter(|pid| parent(*pid) == Some(own))
        .filter_map(Pid::from_raw)
        .collect()
}

/// The parent of a process. The name before it is in parentheses and may hold anything.
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
