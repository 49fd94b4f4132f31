//! One worker at work: the tasks that hear and answer it, its requests in flight, its end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use secrets::Tokens;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::flight::{Blocked, Clock, Flight};
use super::process::Process;
use crate::frame::{self, FrameError, Outcome, ToHost, ToWorker};
use crate::plugin::Plugins;
use crate::plugin::message::{CallAnswer, CallRequest};

/// Frames that may wait to be written.
const QUEUE: usize = 64;
/// Lines an app may print each second.
const PRINTS: u32 = 20;

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

/// What the reading task needs.
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
        let watch = Watch {
            crew: Arc::clone(&crew),
            duty,
            calls: JoinSet::new(),
            prints: (Instant::now(), 0),
        };
        tokio::spawn(watch.run(child, reader));
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

/// Reads frames until the worker has ended or says something that is not a frame.
async fn read(mut reader: OwnedReadHalf, frames: mpsc::Sender<ToHost>) {
    while let Ok(Some(frame)) = frame::receive(&mut reader).await {
        if frames.send(frame).await.is_err() {
            return;
        }
    }
}

/// The task that acts on what the worker says.
struct Watch {
    crew: Arc<Crew>,
    duty: Duty,
    calls: JoinSet<()>,
    prints: (Instant, u32),
}

/// The worker did what no worker does.
struct Broken;

impl Watch {
    async fn run(mut self, mut child: Child, reader: OwnedReadHalf) {
        let (sender, mut frames) = mpsc::channel(1);
        let reading = tokio::spawn(read(reader, sender));
        loop {
            let frame = tokio::select! {
                () = self.crew.stop.notified() => break,
                frame = timeout(self.duty.idle, frames.recv()) => frame,
            };
            match frame {
                Err(_) if self.crew.rest() => break self.crew.end("the app's worker was idle"),
                Err(_) => {}
                Ok(Some(frame)) => {
                    if self.take(frame).is_err() {
                        break self.crew.end("the app's worker broke the protocol");
                    }
                }
                Ok(None) => break self.crew.end("the app's code ended its worker"),
            }
        }
        self.crew.flights().closed = true;
        reading.abort();
        // Either it is dead already or it dies now; waiting reaps it.
        let _ = child.kill().await;
        self.calls.shutdown().await;
        let mut flights = self.crew.flights();
        flights.open.clear();
        flights.streams.clear();
    }

    fn take(&mut self, frame: ToHost) -> Result<(), Broken> {
        match frame {
            ToHost::Call { id, call } => self.call(id, call),
            ToHost::Done { id, outcome } => self.done(id, outcome),
            ToHost::Print(text) => {
                self.print(&text);
                Ok(())
            }
            ToHost::Fetch { id, cursor } => self.fetch(id, cursor),
            ToHost::CloseCursor { id, cursor } => {
                let flights = self.crew.flights();
                flights.open.get(&id).ok_or(Broken)?.session.close(cursor);
                Ok(())
            }
            ToHost::Piece { id, piece } => {
                let mut flights = self.crew.flights();
                // One that comes late is for nobody.
                let waiting = flights.streams.get_mut(&id).and_then(Option::take);
                waiting.map(|waiting| waiting.send(piece));
                Ok(())
            }
            ToHost::Hello(_) | ToHost::Loaded(_) | ToHost::LoadFailed(_) => Err(Broken),
        }
    }

    fn done(&self, id: u64, outcome: Outcome) -> Result<(), Broken> {
        let mut flights = self.crew.flights();
        let flight = flights.open.remove(&id).ok_or(Broken)?;
        if matches!(outcome, Outcome::Stream { .. }) {
            flights.streams.insert(id, None);
        }
        // Nobody waits when the gateway itself is ending.
        if flight.reply.send(outcome).is_err() {
            flights.streams.remove(&id);
        }
        Ok(())
    }

    /// Runs a plugin call of a request.
    fn call(&mut self, id: u64, call: CallRequest) -> Result<(), Broken> {
        let (clock, acting, at, session) = {
            let flights = self.crew.flights();
            let flight = flights.open.get(&id).ok_or(Broken)?;
            (
                Arc::clone(&flight.clock),
                Arc::clone(&flight.acting),
                flight.at.clone(),
                Arc::clone(&flight.session),
            )
        };
        let left = left(clock.call())?;
        let (crew, plugins, tokens) = (
            Arc::clone(&self.crew),
            Arc::clone(&self.duty.plugins),
            Arc::clone(&self.duty.tokens),
        );
        self.spawn(async move {
            let answer = match left.is_zero() {
                true => refused("the request has used up its plugin calls"),
                false => timeout(left, plugins.call(&acting, call, (&at, &tokens, &session)))
                    .await
                    .unwrap_or_else(|_| late(left)),
            };
            reply(&crew, &clock, id, answer).await;
        });
        Ok(())
    }

    /// Reads the next rows of a cursor; that is time in plugins, but no call of its own.
    fn fetch(&mut self, id: u64, cursor: u64) -> Result<(), Broken> {
        let (clock, session) = {
            let flights = self.crew.flights();
            let flight = flights.open.get(&id).ok_or(Broken)?;
            (Arc::clone(&flight.clock), Arc::clone(&flight.session))
        };
        let left = left(clock.fetch())?;
        let crew = Arc::clone(&self.crew);
        self.spawn(async move {
            let late = |_| Err("the request has used up its time for plugin calls".to_owned());
            let rows = timeout(left, session.rows(cursor)).await;
            let rows = rows.unwrap_or_else(late);
            let encoded = frame::encode(&ToWorker::Rows { id, rows }).or_else(|_| {
                let rows = Err("the rows are too large".to_owned());
                frame::encode(&ToWorker::Rows { id, rows })
            });
            send(&crew, &clock, encoded).await;
        });
        Ok(())
    }

    /// Runs `work` for one request; forgets what is done.
    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        while self.calls.try_join_next().is_some() {}
        self.calls.spawn(work);
    }

    fn print(&mut self, text: &str) {
        if self.prints.0.elapsed() > Duration::from_secs(1) {
            self.prints = (Instant::now(), 0);
        }
        self.prints.1 += 1;
        if self.prints.1 <= PRINTS {
            let text = self.duty.tokens.show(text).escape_debug().to_string();
            tracing::info!(app = self.duty.name, text, "printed");
        }
    }
}

/// How long a call may take: no time when the request has made all its calls.
fn left(begun: Result<Duration, Blocked>) -> Result<Duration, Broken> {
    match begun {
        Ok(left) => Ok(left),
        Err(Blocked::Overlap) => Err(Broken),
        Err(Blocked::Spent) => Ok(Duration::ZERO),
    }
}

/// The answer to a call that took too long, which the app may handle; its next one is refused when the
/// time of the whole request is up.
fn late(limit: Duration) -> CallAnswer {
    CallAnswer::Failed {
        error: format!("the plugin call took longer than {} s", limit.as_secs()),
        code: 1,
    }
}

fn refused(message: &str) -> CallAnswer {
    CallAnswer::Refused {
        message: message.to_owned(),
    }
}

async fn reply(crew: &Crew, clock: &Clock, id: u64, answer: CallAnswer) {
    let encoded = frame::encode(&ToWorker::Answer { id, answer }).or_else(|_| {
        let answer = CallAnswer::Failed {
            error: "the answer is too large".to_owned(),
            code: 1,
        };
        frame::encode(&ToWorker::Answer { id, answer })
    });
    send(crew, clock, encoded).await;
}

async fn send(crew: &Crew, clock: &Clock, encoded: Result<Vec<u8>, FrameError>) {
    clock.answered();
    match encoded {
        Ok(bytes) => {
            // When the worker has ended its requests have, too.
            crew.tell(bytes).await;
        }
        Err(_) => crew.end("an answer could not be sent"),
    }
}
