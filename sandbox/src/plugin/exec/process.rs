//! The process itself: killed with all that it started when it is given up, its output read as it comes
//! and kept within bounds.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Job;
use crate::warden::{self, Report};

/// Most that is kept of what a program writes to its error output, when that is apart.
const ERRORS: usize = 64 * 1024;
/// How long a call waits until what its program has left behind is gone.
const LEAVING: Duration = Duration::from_secs(1);

/// A running program; killed with its children when dropped.
pub struct Running {
    hold: Hold,
    child: Child,
    output: BufReader<Receiver>,
    errors: Errors,
}

/// What ends a program when it is dropped.
enum Hold {
    /// The process group; dropped before the child: while that is not reaped its group cannot be somebody
    /// else's.
    Group(Option<Pid>),
    /// The leash of its warden.
    Leash(UnixStream),
}

impl Hold {
    fn new(child: &Child, leash: Option<UnixStream>) -> Self {
        if let Some(leash) = leash {
            return Hold::Leash(leash);
        }
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        Hold::Group(group.and_then(Pid::from_raw))
    }

    /// Waits until the program has ended by itself.
    async fn end(&mut self, child: &mut Child) -> std::io::Result<ExitStatus> {
        let leash = match self {
            Hold::Group(group) => {
                let status = child.wait().await;
                *group = None;
                return status;
            }
            Hold::Leash(leash) => leash,
        };
        let mut report = Vec::new();
        leash.take(4096).read_to_end(&mut report).await?;
        // Letting go of the leash kills what the program has left behind.
        *self = Hold::Group(None);
        // It takes as long as it takes; the call does not wait for ever.
        let _ = timeout(LEAVING, child.wait()).await;
        match serde_json::from_slice(&report) {
            Ok(Report::Ended(status)) => Ok(ExitStatus::from_raw(status)),
            Ok(Report::Failed(problem)) => Err(std::io::Error::other(problem)),
            Err(_) => Err(std::io::Error::other("its warden was killed")),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Hold::Group(Some(group)) = self {
            // It may have ended in this very moment.
            let _ = kill_process_group(*group, Signal::KILL);
        }
    }
}

/// How a program ended.
pub struct Ended {
    status: ExitStatus,
    errors: Vec<u8>,
}

impl Ended {
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

impl Running {
    /// Starts `program`, under a warden when there is one.
    pub fn start(program: &Path, job: &Job, warden: Option<&Path>) -> Result<Self, String> {
        let started = spawn(program, job, warden);
        let started = started.map_err(|error| format!("exec: \"{}\": {error}", job.name));
        let (output, errors, (child, leash)) = started?;
        Ok(Self {
            hold: Hold::new(&child, leash),
            child,
            output: BufReader::with_capacity(64 * 1024, output),
            errors: Errors(errors.map(|pipe| tokio::spawn(drain(pipe)))),
        })
    }

    /// Reads to the end and keeps the first `limit` bytes.
    pub async fn whole(&mut self, limit: usize) -> Vec<u8> {
        let mut kept = Vec::new();
        while let Some(chunk) = self.chunk().await {
            let room = limit.saturating_sub(kept.len()).min(chunk.len());
            kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
        }
        kept
    }

    /// Some bytes of output; `None` at its end.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        let chunk = match self.output.fill_buf().await {
            Ok([]) | Err(_) => return None,
            Ok(bytes) => bytes.to_vec(),
        };
        self.output.consume(chunk.len());
        Some(chunk)
    }

    /// Adds one line with its end to `line`, or as much of it as makes `limit` bytes; false at the end of
    /// the output. What is read already stays in `line` when this is given up.
    pub async fn line(&mut self, line: &mut Vec<u8>, limit: usize) -> bool {
        while line.len() < limit {
            let bytes = match self.output.fill_buf().await {
                Ok([]) | Err(_) => return !line.is_empty(),
                Ok(bytes) => bytes,
            };
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(bytes.len(), |end| end + 1);
            let used = used.min(limit - line.len());
            line.extend_from_slice(bytes.get(..used).unwrap_or_default());
            self.output.consume(used);
            if line.ends_with(b"\n") {
                break;
            }
        }
        true
    }

    /// Waits for its end, after all output is read.
    pub async fn end(&mut self) -> Result<Ended, String> {
        let (status, errors) = tokio::join!(self.hold.end(&mut self.child), self.errors.all());
        let status = status.map_err(|error| format!("cannot wait for the program: {error}"))?;
        Ok(Ended { status, errors })
    }
}

/// The error output, read beside the output so that neither blocks the program.
struct Errors(Option<JoinHandle<Vec<u8>>>);

impl Errors {
    async fn all(&mut self) -> Vec<u8> {
        match &mut self.0 {
            Some(reading) => reading.await.unwrap_or_default(),
            None => Vec::new(),
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if let Some(reading) = &self.0 {
            reading.abort();
        }
    }
}

/// Reads to the end, keeps the beginning.
async fn drain(mut pipe: Receiver) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        let room = ERRORS.saturating_sub(kept.len()).min(count);
        kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
    kept
}

/// The ends of its output and error output, and the process with the end of its leash.
type Spawned = (Receiver, Option<Receiver>, (Child, Option<UnixStream>));

fn spawn(program: &Path, job: &Job, warden: Option<&Path>) -> std::io::Result<Spawned> {
    let (output, writer) = std::io::pipe()?;
    let (mut command, leash) = match warden {
        Some(warden) => warded(warden, program, job)?,
        None => (alone(program, job), None),
    };
    command
        .env_clear()
        .envs(job.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&job.cwd)
        .process_group(0);
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
    let output = Receiver::from_owned_fd(OwnedFd::from(output))?;
    Ok((output, error_output, (child, leash)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a permitted exec.in call starts its program here and only here"
)]
fn alone(program: &Path, job: &Job) -> Command {
    let mut command = Command::new(program);
    command
        .arg0(own_name(program, &job.name))
        .args(&job.args)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "a permitted exec.in call starts its program here, under a warden"
)]
fn warded(
    warden: &Path,
    program: &Path,
    job: &Job,
) -> std::io::Result<(Command, Option<UnixStream>)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = theirs.into_std()?;
    theirs.set_nonblocking(false)?;
    let mut command = Command::new(warden);
    command
        .args(["worker", warden::FLAG])
        .arg(program)
        .arg(own_name(program, &job.name))
        .args(&job.args)
        .stdin(OwnedFd::from(theirs));
    Ok((command, Some(ours)))
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
