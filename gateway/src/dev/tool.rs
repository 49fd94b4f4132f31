//! Starts the operator's build tools: each in a process group of its own, without our environment, and
//! ended as a group.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use audit::Outcome;
use policy::{DevCall, DevTarget, Permit};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};

use super::{DevError, hands::Hands};

/// How long a tool that makes one file may take.
const TIME: Duration = Duration::from_secs(60);
/// How long a tool may take to end when asked to.
const GRACE: Duration = Duration::from_millis(500);
/// Bytes of its complaints that are shown.
const COMPLAINT: u64 = 4096;

/// A configured tool with its arguments.
pub(super) struct Tool {
    program: PathBuf,
    args: Vec<String>,
    /// Where it runs, and what it may take for a home.
    work: PathBuf,
    node_path: String,
}

/// Where a tool's output goes.
pub(super) enum Output {
    /// Kept for an error message.
    Kept,
    /// Into this file.
    File(std::fs::File),
}

impl Tool {
    /// The tool of a configured command line, with more arguments.
    pub fn new(
        hands: &Hands<'_>,
        key: &str,
        command: &str,
        more: Vec<String>,
    ) -> Result<Tool, DevError> {
        let mut words = command.split(' ').filter(|word| !word.is_empty());
        let name = words.next().unwrap_or_default();
        let program = sandbox::resolve_program(name).ok_or_else(|| {
            DevError(format!(
                "`{name}` is not a program here; install it, or set `{key}` in `[dev]` to its full path"
            ))
        })?;
        Ok(Tool {
            program,
            args: words.map(str::to_owned).chain(more).collect(),
            work: hands.work.clone(),
            node_path: hands.config.node_path.replace(';', ":"),
        })
    }

    /// Asks and starts it.
    pub async fn start(self, hands: &Hands<'_>, output: Output) -> Result<Running, DevError> {
        let target = DevTarget::Run {
            program: self.program.clone(),
            args: self.args.clone(),
        };
        let call = DevCall {
            target,
            cargo: self,
        };
        spend(hands.admit(call).await?, output)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the third place that starts programs: the operator's build tools, each after a decision"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .current_dir(&self.work)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.work)
            .env("NODE_PATH", &self.node_path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

fn spend(permit: Permit<DevCall<Tool>>, output: Output) -> Result<Running, DevError> {
    let since = Instant::now();
    let (call, open) = permit.spend();
    let tool = call.cargo;
    let mut command = tool.command();
    let prepared = match output {
        Output::Kept => Ok(()),
        Output::File(file) => file.try_clone().map(|other| {
            command.stdout(file).stderr(other);
        }),
    };
    let started = prepared.and_then(|()| command.spawn());
    open.close(Outcome::of(
        started.is_err().then_some("dev.run"),
        since.elapsed(),
    ));
    let failed = |error| {
        DevError(format!(
            "cannot start `{}`: {error}",
            tool.program.display()
        ))
    };
    started.map(Running::new).map_err(failed)
}

/// A tool at work; it ends when this is dropped.
pub(super) struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    fn new(child: Child) -> Running {
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        Running {
            group: group.and_then(Pid::from_raw),
            child,
        }
    }

    /// Whether it still works.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end; an error says what it complained about.
    pub async fn finish(mut self) -> Result<(), String> {
        drop(self.child.stdin.take());
        let complaint = self.child.stderr.take();
        let read = async {
            let mut text = Vec::new();
            if let Some(stderr) = complaint {
                let mut stderr = stderr.take(COMPLAINT);
                let _ = stderr.read_to_end(&mut text).await;
                // The rest is thrown away, so that the tool does not wait for a reader.
                let _ = tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await;
            }
            (text, self.child.wait().await)
        };
        match timeout(TIME, read).await {
            Ok((_, Ok(status))) if status.success() => Ok(()),
            Ok((text, _)) => Err(String::from_utf8_lossy(&text).trim().to_owned()),
            Err(_) => Err(format!("it took more than {} s", TIME.as_secs())),
        }
    }

    /// Ends it and everything it started.
    pub async fn stop(mut self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::TERM);
        }
        let _ = timeout(GRACE, self.child.wait()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A file for a tool's output, begun anew.
pub(super) fn log(work: &Path, name: &str) -> std::io::Result<std::fs::File> {
    std::fs::create_dir_all(work)?;
    std::fs::File::create(work.join(name))
}
