//! One worker at work: the tasks that hear and answer it, its requests in flight, its end.

mod listener;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use secrets::Tokens;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::flight::Flight;
use super::process::Process;
use crate::plugin::Plugins;
use listener::Listener;

/// Frames that may wait to be written.
const QUEUE: usize = 64;

/// Takes a rendered item.
type Waiting = oneshot::Sender<Result<String, String>>;

/// A worker that serves.
pub struct Crew {
    outgoing: mpsc::Sender<Vec<u8>>,
    flights: Mutex<Flights>,
    next: AtomicU64,
    stop: Notify,
    over: watch::Sender<bool>,
    /// Why it ended; the first reason counts.
    reason: OnceLock<String>,
}

#[derive(Default)]
struct Flights {
    open: HashMap<u64, Flight>,
    /// Ended requests whose streams are open, with who waits for a piece.
    streams: HashMap<u64, Option<Waiting>>,
    closed: bool,
}

/// What the listener needs.
pub struct Duty {
    /// Runs plugin calls.
    pub plugins: Arc<Plugins>,
    /// Meaning of tokens.
    pub tokens: Arc<Tokens>,
    /// Without requests for this long the worker ends.
    pub idle: Duration,
    /// For the log.
    pub name: String,
}

impl Crew {
    /// Puts a loaded worker to work.
    pub fn start(process: Process, duty: Duty) -> Arc<Self> {
        let Process {
            child,
            reader,
            writer,
        } = process;
        let (outgoing, queue) = mpsc::channel(QUEUE);
        let crew = Arc::new(Self {
            outgoing,
            flights: Mutex::default(),
            next: AtomicU64::new(1),
            stop: Notify::new(),
            over: watch::Sender::new(false),
            reason: OnceLock::new(),
        });
        tokio::spawn(write(writer, queue));
        let listener = Listener::new(Arc::clone(&crew), duty);
        tokio::spawn(listener.run(child, reader));
        crew
    }

    /// Whether it takes requests.
    pub fn is_open(&self) -> bool {
        !self.flights().closed
    }

    /// Registers a request under a new id; gives it back when the worker has ended.
    pub fn board(&self, flight: Flight) -> Result<u64, Flight> {
        let mut flights = self.flights();
        if flights.closed {
            return Err(flight);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        flights.open.insert(id, flight);
        Ok(id)
    }

    /// Forgets a request that could not be sent.
    pub fn leave(&self, id: u64) {
        self.flights().open.remove(&id);
    }

    /// Sends a frame; false when the worker has ended.
    pub async fn tell(&self, bytes: Vec<u8>) -> bool {
        self.outgoing.send(bytes).await.is_ok()
    }

    /// Waits until it ends.
    pub async fn over(&self) {
        // The sender is in `self`, so this ends with a value.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    /// Gives the next piece of the ended request `id` to `waiting`.
    pub fn expect(&self, id: u64, waiting: Waiting) {
        if let Some(stream) = self.flights().streams.get_mut(&id) {
            *stream = Some(waiting);
        }
    }

    /// Forgets the stream of the ended request `id`.
    pub fn silence(&self, id: u64) {
        self.flights().streams.remove(&id);
    }

    /// Ends the worker and everything in flight.
    pub fn end(&self, reason: impl Into<String>) {
        // Only the first reason is kept.
        let _ = self.reason.set(reason.into());
        self.flights().closed = true;
        self.stop.notify_one();
        self.over.send_replace(true);
    }

    /// Why it ended.
    pub fn reason(&self) -> String {
        self.reason
            .get()
            .cloned()
            .unwrap_or_else(|| "the app's worker ended unexpectedly".to_owned())
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes if nothing is in flight and no stream is open.
    fn rest(&self) -> bool {
        let mut flights = self.flights();
        flights.closed = flights.open.is_empty() && flights.streams.is_empty();
        flights.closed
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = queue.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
