//! The query index: a SQLite database that follows the log and can be deleted at any time.
//!
//! A thread of its own reads what became durable and notes where each record lies and by what it
//! can be found. Nothing is answered from here: a query takes positions from the index and reads
//! the records from the segments, so an index that was tampered with can hide records until it is
//! rebuilt but never show a false one. Starting, following and rebuilding are the same motion,
//! from the noted position to the end of the log.

use std::{
    fs, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{QueryError, core::lock, folder::Folder};

mod follow;

use follow::Index;
pub(crate) use follow::{read_body, read_record};

/// How long a query waits for the index.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long records gather before they are indexed together, while no query waits for them.
const GATHER: Duration = Duration::from_millis(250);

/// How far the index has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    size: u64,
    indexed: u64,
    /// Queries that wait for the index.
    waiting: usize,
    /// Whether the thread lets records gather and need not be woken for more.
    gathering: bool,
    /// How often a rebuild was asked for, and how often it was done.
    asked: u64,
    rebuilt: u64,
    stopped: bool,
    failed: Option<String>,
}

/// What the thread is to do next.
struct Work {
    size: u64,
    rebuild: u64,
    stop: bool,
}

impl Progress {
    /// An index that holds all there is.
    pub(crate) fn complete(size: u64) -> Self {
        let state = State {
            size,
            indexed: size,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// So many records are durable.
    pub(crate) fn announce(&self, size: u64) {
        let mut state = lock(&self.state);
        state.size = size;
        if !state.gathering {
            self.changed.notify_all();
        }
    }

    /// Index what is left and stop.
    pub(crate) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    /// Waits until the index holds everything that is durable now.
    pub(crate) fn caught_up(&self) -> Result<u64, QueryError> {
        let size = {
            let mut state = lock(&self.state);
            // What stopped the index, such as a full disk, may be over: each query has it tried.
            state.failed = None;
            state.size
        };
        self.changed.notify_all();
        self.wait(|state| state.indexed >= size && state.rebuilt >= state.asked)
    }

    /// Rebuilds the index and waits for it.
    pub(crate) fn rebuild(&self) -> Result<u64, QueryError> {
        let asked = {
            let mut state = lock(&self.state);
            state.asked += 1;
            state.failed = None;
            state.asked
        };
        self.changed.notify_all();
        loop {
            match self.wait(|state| state.rebuilt >= asked && state.indexed >= state.size) {
                Err(QueryError::Behind { .. }) => {}
                result => return result,
            }
        }
    }

    fn wait(&self, done: impl Fn(&State) -> bool) -> Result<u64, QueryError> {
        let waiting = |state: &mut State| state.failed.is_none() && !done(state);
        let mut state = lock(&self.state);
        state.waiting += 1;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, PATIENCE, waiting);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
        match &state.failed {
            Some(why) => Err(QueryError::Stopped(why.clone())),
            None if done(&state) => Ok(state.indexed),
            None => Err(QueryError::Behind {
                indexed: state.indexed,
                size: state.size,
            }),
        }
    }

    fn work(&self) -> Work {
        let idle = |state: &mut State| {
            let behind = state.indexed < state.size || state.rebuilt < state.asked;
            !state.stopped && (!behind || state.failed.is_some())
        };
        let alone = |state: &mut State| {
            !state.stopped && state.waiting == 0 && state.asked == state.rebuilt
        };
        let mut state: MutexGuard<'_, State> = self
            .changed
            .wait_while(lock(&self.state), idle)
            .unwrap_or_else(PoisonError::into_inner);
        state.gathering = true;
        let gathered = self.changed.wait_timeout_while(state, GATHER, alone);
        let mut state = gathered.unwrap_or_else(PoisonError::into_inner).0;
        state.gathering = false;
        let rebuild = if state.asked > state.rebuilt {
            state.asked
        } else {
            0
        };
        Work {
            size: state.size,
            rebuild,
            stop: state.stopped,
        }
    }

    fn report(&self, work: &Work, result: Result<u64, QueryError>) {
        let mut state = lock(&self.state);
        match result {
            Ok(indexed) => {
                state.indexed = indexed;
                state.rebuilt = state.rebuilt.max(work.rebuild);
            }
            Err(error) => {
                tracing::error!(%error, "the audit index has stopped");
                state.failed = Some(error.to_string());
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// Indexes the first `size` records of a log that nobody writes.
pub(crate) fn build(folder: &Folder, size: u64) -> Result<(), QueryError> {
    Index::open(folder)?.follow(size).map(drop)
}

/// Opens the index, anew when it does not fit the log, and starts to follow.
pub(crate) fn start(
    folder: &Folder,
    progress: Arc<Progress>,
) -> Result<JoinHandle<()>, QueryError> {
    let index = Index::open(folder).or_else(|error| {
        tracing::warn!(%error, "the audit index is rebuilt");
        remove(folder).map_err(QueryError::io(folder.index()))?;
        Index::open(folder)
    });
    let mut index = index?;
    let run = move || {
        loop {
            let work = progress.work();
            let result = match work.rebuild {
                0 => index.follow(work.size),
                _ => index.renew().and_then(|()| index.follow(work.size)),
            };
            progress.report(&work, result);
            if work.stop {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("audit-index".into())
        .spawn(run)
        .map_err(QueryError::io(folder.index()))
}

fn remove(folder: &Folder) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = folder.index().into_os_string();
        path.push(suffix);
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
