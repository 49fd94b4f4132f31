//! The process itself: its own group, killed as a whole when the call ends early, its output read
//! as it comes and kept within bounds.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

use super::Job;
use crate::plugin::Bounds;

/// A process that has ended.
pub struct Finished {
    /// What it wrote, as far as kept.
    pub output: Vec<u8>,
    errors: Vec<u8>,
    status: ExitStatus,
}

impl Finished {
    /// Its exit code; none when a signal ended it.
    pub fn code(&self) -> Option<u16> {
        self.status.code().and_then(|code| u16::try_from(code).ok())
    }

    /// Why it is to be taken as failed.
    pub fn failure(&self) -> Option<String> {
        if self.status.success() {
            return None;
        }
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(9)) => "signal: killed".to_owned(),
            (None, signal) => format!("signal: {}", signal.unwrap_or_default()),
        };
        let errors = String::from_utf8_lossy(&self.errors);
        let errors = errors.trim_end();
        Some(if errors.is_empty() {
            how
        } else {
            format!("{how}: {errors}")
        })
    }
}

/// Runs `program` to its end.
pub async fn run(program: &Path, job: &Job, bounds: &Bounds) -> Result<Finished, String> {
    let started = start(program, job).map_err(|error| format!("exec: \"{}\": {error}", job.name));
    let (output, error_output, mut child) = started?;
    // Dropped before `child`: while the child is not reaped its group cannot be somebody else's.
    let mut group = Group(
        child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)),
    );
    let errors = async {
        match error_output {
            Some(pipe) => read(pipe, 64 * 1024).await,
            None => Vec::new(),
        }
    };
    let ended = async { tokio::join!(read(output, bounds.output), errors, child.wait()) };
    let Ok((output, errors, status)) = tokio::time::timeout(bounds.exec, ended).await else {
        return Err(format!(
            "the program did not end within {} s and was killed",
            bounds.exec.as_secs()
        ));
    };
    group.0 = None;
    let status = status.map_err(|error| format!("cannot wait for the program: {error}"))?;
    Ok(Finished {
        output,
        errors,
        status,
    })
}

/// The process group of a running call; killed when dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in this very moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a permitted exec.in call starts its program here and only here"
)]
fn start(program: &Path, job: &Job) -> std::io::Result<(Receiver, Option<Receiver>, Child)> {
    let (output, writer) = std::io::pipe()?;
    let mut command = Command::new(program);
    command
        .arg0(own_name(program, &job.name))
        .args(&job.args)
        .env_clear()
        .envs(job.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&job.cwd)
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    let mut error_output = None;
    if job.merge {
        command.stderr(writer.try_clone()?);
    } else {
        let (reader, writer) = std::io::pipe()?;
        error_output = Some(Receiver::from_owned_fd(OwnedFd::from(reader))?);
        command.stderr(writer);
    }
    command.stdout(writer);
    let child = command.spawn()?;
    // The command holds our ends of the pipes; without them the reading ends with the program.
    drop(command);
    Ok((
        Receiver::from_owned_fd(OwnedFd::from(output))?,
        error_output,
        child,
    ))
}

/// The name the program is told. Programs with many names choose what to do by it, so a name that
/// is not the judged file's own is replaced by that.
pub fn own_name<'a>(program: &'a Path, given: &'a str) -> &'a Path {
    let given = Path::new(given);
    if given.file_name() == program.file_name() {
        given
    } else {
        program
    }
}

/// Reads to the end, keeps the first `limit` bytes.
async fn read(mut pipe: Receiver, limit: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        let room = limit.saturating_sub(kept.len()).min(count);
        kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
    kept
}
