//! The task that hears one worker: plugin calls begin here, answers find their request, and whoever breaks the
//! protocol or has nothing to do for long is ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::unix::OwnedReadHalf;
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::{Crew, Duty};
use crate::frame::{self, FrameError, Outcome, ToHost, ToWorker};
use crate::host::flight::{Blocked, Clock};
use crate::plugin::message::{CallAnswer, CallRequest};

/// Lines an app may print each second.
const PRINTS: u32 = 20;

/// The task that acts on what the worker says.
pub struct Listener {
    crew: Arc<Crew>,
    duty: Duty,
    calls: JoinSet<()>,
    prints: (Instant, u32),
}

/// The worker did what no worker does.
struct Broken;

impl Listener {
    /// Over `crew`, from now on.
    pub fn new(crew: Arc<Crew>, duty: Duty) -> Self {
        Self {
            crew,
            duty,
            calls: JoinSet::new(),
            prints: (Instant::now(), 0),
        }
    }

    /// Goes on until the worker has ended.
    pub async fn run(mut self, mut child: Child, reader: OwnedReadHalf) {
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

/// Reads frames until the worker has ended or says something that is not a frame.
async fn read(mut reader: OwnedReadHalf, frames: mpsc::Sender<ToHost>) {
    while let Ok(Some(frame)) = frame::receive(&mut reader).await {
        if frames.send(frame).await.is_err() {
            return;
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
