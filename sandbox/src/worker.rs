//! The other side of the wall: the process in which app code runs.
//!
//! The main thread reads frames, a fixed few threads evaluate. Everything that could be told to do
//! something harmful is given away before the first byte of an app arrives; see [`fence`].

mod desk;
mod fence;

use std::env::args_os;
use std::io::stdin;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::{panic, thread};

use crate::frame::{self, FenceOrder, FrameError, ToHost, ToWorker};
use crate::limits::MOST_THREADS;
use crate::warden;
use desk::{Back, Desk, Job};

/// Stack of an evaluation thread; deep but bounded recursion of app code must fit.
const STACK: usize = 16 << 20;

/// Why a worker ends early.
#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error("`worker` is started by the gateway, not by hand")]
    NoSocket(#[source] std::io::Error),
    #[error("the host speaks another protocol")]
    Protocol,
    #[error("cannot start an evaluation thread")]
    Thread(#[source] std::io::Error),
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// Entry of `<binary> worker`: locks the process down, then serves the host on descriptor 0.
pub fn worker_main() -> ExitCode {
    let mut arguments = args_os().skip(2);
    if arguments
        .next()
        .is_some_and(|argument| argument == warden::FLAG)
    {
        return warden::main(arguments);
    }
    // A bug in native code must not leave a half-working process behind.
    panic::set_hook(Box::new(|panic| {
        eprintln!("worker panicked: {panic}");
        exit(101);
    }));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), WorkerError> {
    let socket = stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(UnixStream::from)
        .map_err(WorkerError::NoSocket)?;
    let mut incoming = socket.try_clone().map_err(WorkerError::NoSocket)?;
    let Some(ToWorker::Fence(order)) = frame::read(&mut incoming)? else {
        return Err(WorkerError::Protocol);
    };
    let desk = Desk::new(socket);
    lock_down(&order, &desk)?;
    while let Some(frame) = frame::read(&mut incoming)? {
        match frame {
            ToWorker::Init(init) => desk.put(Job::Load(init)),
            ToWorker::Request { id, request } => desk.put(Job::Handle(id, request)),
            ToWorker::Answer { id, answer } => desk.deliver(id, Back::Answer(answer)),
            ToWorker::Rows { id, rows } => desk.deliver(id, Back::Rows(rows)),
            ToWorker::Item {
                id,
                render,
                item,
                now,
            } => desk.put(Job::Render(id, render, item, now)),
            ToWorker::Fence(_) => return Err(WorkerError::Protocol),
        }
    }
    // The host is gone; threads may still be in app code.
    exit(0);
}

fn lock_down(order: &FenceOrder, desk: &Arc<Desk>) -> Result<(), WorkerError> {
    let limits = fence::limit(order.memory_bytes);
    let landlock = fence::landlock().to_owned();
    for _ in 0..order.threads.clamp(1, MOST_THREADS + 1) {
        let desk = Arc::clone(desk);
        let thread = thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || desk.work());
        thread.map_err(WorkerError::Thread)?;
    }
    let limits = fence::limit_threads() && limits;
    let seccomp = fence::forbid();
    desk.put(Job::Probe(frame::Fences {
        rlimits: limits,
        landlock,
        seccomp,
        holes: Vec::new(),
    }));
    Ok(())
}

impl Desk {
    /// Tries the fences from an evaluation thread and tells the host.
    fn probe(&self, fences: frame::Fences) {
        self.say(&ToHost::Hello(frame::Fences {
            holes: fence::holes(),
            ..fences
        }));
    }
}
