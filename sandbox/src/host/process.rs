//! A worker process from its start to its end.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use crate::error::AppError;
use crate::frame::{self, FenceOrder, Fences, Init, ToHost, ToWorker};
use crate::inspection::Inspection;
use crate::limits::Limits;

/// How long a worker may take to lock itself down.
const START: Duration = Duration::from_secs(10);
/// Time to load beyond that of a handler, for parsing.
const LOAD_GRACE: Duration = Duration::from_secs(5);
/// Bytes of a worker's error output that are logged.
const MAX_STDERR: usize = 16 << 10;

/// A running worker.
pub struct Process {
    /// To kill and reap.
    pub child: Child,
    /// What it says.
    pub reader: OwnedReadHalf,
    /// What it is told.
    pub writer: OwnedWriteHalf,
}

impl Process {
    /// Starts a worker and has it lock itself down.
    pub async fn start(binary: &Path, limits: &Limits) -> Result<Self, AppError> {
        let mut process = spawn(binary).map_err(|error| {
            AppError::Unavailable(format!(
                "cannot start the worker `{}`: {error}",
                binary.display()
            ))
        })?;
        // One more than requests: items of streams are rendered while all handlers wait for plugins.
        let threads = limits.threads() + 1;
        process
            .tell(&ToWorker::Fence(FenceOrder {
                memory_bytes: limits.memory_bytes,
                threads,
            }))
            .await?;
        let late = |_| unavailable("the worker did not start in time");
        let first = timeout(START, process.hear()).await.map_err(late)??;
        let ToHost::Hello(fences) = first else {
            return Err(unavailable("the worker did not begin with hello"));
        };
        locked(&fences)?;
        Ok(process)
    }

    /// Loads an app and answers what it declares.
    pub async fn load(
        &mut self,
        init: Result<Init, AppError>,
        limits: &Limits,
    ) -> Result<Inspection, AppError> {
        self.tell(&ToWorker::Init(Box::new(init?))).await?;
        match timeout(limits.handler + LOAD_GRACE, self.loaded()).await {
            Ok(answer) => answer,
            Err(_) => Err(AppError::Load(
                "the app took too long to load and was stopped".to_owned(),
            )),
        }
    }

    async fn loaded(&mut self) -> Result<Inspection, AppError> {
        loop {
            match self.hear().await {
                Ok(ToHost::Print(_)) => {}
                Ok(ToHost::Loaded(inspection)) => return Ok(*inspection),
                Ok(ToHost::LoadFailed(problem)) => return Err(AppError::Load(problem)),
                Ok(
                    ToHost::Hello(_)
                    | ToHost::Call { .. }
                    | ToHost::Done { .. }
                    | ToHost::Fetch { .. }
                    | ToHost::CloseCursor { .. }
                    | ToHost::Piece { .. },
                ) => {
                    return Err(unavailable("the worker broke the protocol"));
                }
                Err(_) => {
                    return Err(AppError::Load(
                        "the app's code ended its worker while loading".to_owned(),
                    ));
                }
            }
        }
    }

    /// Kills the worker and waits until it is gone.
    pub async fn end(mut self) {
        // Either it is dead already or it dies now.
        let _ = self.child.kill().await;
    }

    async fn tell(&mut self, frame: &ToWorker) -> Result<(), AppError> {
        let bytes = frame::encode(frame)
            .map_err(|error| AppError::Load(format!("the app is too large: {error}")))?;
        self.writer.write_all(&bytes).await.map_err(|_| died())
    }

    async fn hear(&mut self) -> Result<ToHost, AppError> {
        let frame = frame::receive(&mut self.reader).await;
        frame.ok().flatten().ok_or_else(died)
    }
}

fn died() -> AppError {
    unavailable("the app's worker ended")
}

fn unavailable(reason: &str) -> AppError {
    AppError::Unavailable(reason.to_owned())
}

/// Without these fences app code does not run; landlock is a second wall the kernel may lack.
fn locked(fences: &Fences) -> Result<(), AppError> {
    if !fences.rlimits || !fences.seccomp || !fences.holes.is_empty() {
        return Err(AppError::Unavailable(format!(
            "the worker could not lock itself down: {fences:?}"
        )));
    }
    tracing::debug!(landlock = fences.landlock, "worker locked down");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the worker is started here and only here"
)]
fn spawn(binary: &Path) -> std::io::Result<Process> {
    let (ours, theirs) = StdStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut child = Command::new(binary)
        .arg("worker")
        .env_clear()
        .envs([("MALLOC_ARENA_MAX", "2"), ("RUST_BACKTRACE", "0")])
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(log(stderr));
    }
    let (reader, writer) = UnixStream::from_std(ours)?.into_split();
    Ok(Process {
        child,
        reader,
        writer,
    })
}

/// Logs the beginning of the error output and drops the rest, so that the worker never blocks on it.
async fn log(mut stderr: ChildStderr) {
    let mut chunk = vec![0; 4096];
    let mut left = MAX_STDERR;
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let shown = read.min(left);
        left -= shown;
        if shown > 0 {
            let text = String::from_utf8_lossy(chunk.get(..shown).unwrap_or_default()).into_owned();
            tracing::warn!(
                text = text.trim_end().escape_debug().to_string(),
                "worker error output"
            );
        }
    }
}
