//! Where the worker's threads meet: jobs wait here, answers find their call, frames leave.

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::frame::{self, Fences, Init, Outcome, Rendering, ToHost};
use crate::plugin::message::{CallAnswer, CallRequest, Rows};
use crate::request::AppRequest;
use crate::star::{self, Bridge, Code};

/// Longest printed text passed on at once.
const MAX_PRINT: usize = 4096;

/// Something for an evaluation thread to do.
pub enum Job {
    /// Try the fences.
    Probe(Fences),
    /// Load the app.
    Load(Box<Init>),
    /// Run a handler.
    Handle(u64, Box<AppRequest>),
    /// Render an item of the stream a request has ended with.
    Render(u64, Rendering, Json, Timestamp),
}

/// What a waiting request gets from the host.
pub enum Back {
    /// To its call.
    Answer(CallAnswer),
    /// To its wish for more rows.
    Rows(Result<Rows, String>),
}

/// Shared by all threads of a worker.
pub struct Desk {
    socket: Mutex<UnixStream>,
    /// The host bounds how many wait: one for each turn of a request and one for each open stream. A bound here
    /// would make the reading thread wait for those who wait for what it reads.
    jobs: Sender<Job>,
    waiting: Mutex<Receiver<Job>>,
    calls: Mutex<HashMap<u64, SyncSender<Back>>>,
    code: OnceLock<Code>,
}

impl Desk {
    /// Speaks through `socket`.
    pub fn new(socket: UnixStream) -> Arc<Self> {
        let (jobs, waiting) = channel();
        Arc::new(Self {
            socket: Mutex::new(socket),
            jobs,
            waiting: Mutex::new(waiting),
            calls: Mutex::default(),
            code: OnceLock::new(),
        })
    }

    /// Hands a job to the next free thread.
    pub fn put(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            exit(1);
        }
    }

    /// Takes jobs forever.
    pub fn work(self: Arc<Self>) {
        loop {
            let job = held(&self.waiting).recv();
            match job {
                Ok(Job::Probe(fences)) => self.probe(fences),
                Ok(Job::Load(init)) => self.load(&init),
                Ok(Job::Handle(id, request)) => self.handle(id, &request),
                Ok(Job::Render(id, render, item, now)) => self.render(id, &render, &item, now),
                Err(_) => return,
            }
        }
    }

    /// Gives a waiting request its answer.
    pub fn deliver(&self, id: u64, back: Back) {
        if let Some(call) = held(&self.calls).remove(&id) {
            // The request may have given up; then nobody needs the answer.
            let _ = call.send(back);
        }
    }

    /// Sends a frame; without a host there is nothing left to do.
    pub fn say(&self, frame: &ToHost) {
        match frame::encode(frame) {
            Ok(bytes) => self.send(&bytes),
            Err(_) => exit(1),
        }
    }

    /// Sends a frame, or the other one when it is too large.
    fn say_or(&self, frame: &ToHost, otherwise: &ToHost) {
        match frame::encode(frame) {
            Ok(bytes) => self.send(&bytes),
            Err(_) => self.say(otherwise),
        }
    }

    fn send(&self, bytes: &[u8]) {
        if held(&self.socket).write_all(bytes).is_err() {
            exit(1);
        }
    }

    fn load(self: &Arc<Self>, init: &Init) {
        let desk = Arc::clone(self);
        let answer = match star::load(init, Arc::new(move |text: &str| desk.print(text))) {
            Ok(code) => {
                let inspection = Box::new(code.inspection());
                if self.code.set(code).is_err() {
                    exit(1);
                }
                ToHost::Loaded(inspection)
            }
            Err(problem) => ToHost::LoadFailed(problem),
        };
        self.say(&answer);
    }

    fn handle(self: &Arc<Self>, id: u64, request: &AppRequest) {
        let bridge = Arc::new(Line {
            desk: Arc::clone(self),
            id,
        });
        let outcome = match self.code.get() {
            Some(code) => code.handle(request, bridge),
            None => Outcome::Failed {
                message: "the app is not loaded".to_owned(),
                place: String::new(),
            },
        };
        let too_large = Outcome::Limit("the response is too large".to_owned());
        let done = |outcome| ToHost::Done { id, outcome };
        self.say_or(&done(outcome), &done(too_large));
    }

    fn render(&self, id: u64, render: &Rendering, item: &Json, now: Timestamp) {
        let piece = match self.code.get() {
            Some(code) => code.item(render, item, now),
            None => Err("the app is not loaded".to_owned()),
        };
        let piece = piece.map(|text| STANDARD.encode(text));
        let too_large = Err("an item of the stream is too large".to_owned());
        let rendered = |piece| ToHost::Piece { id, piece };
        self.say_or(&rendered(piece), &rendered(too_large));
    }

    fn print(&self, text: &str) {
        let cut = text.floor_char_boundary(MAX_PRINT);
        self.say(&ToHost::Print(text.get(..cut).unwrap_or("").to_owned()));
    }
}

/// The bridge of one request.
struct Line {
    desk: Arc<Desk>,
    id: u64,
}

impl Line {
    /// Says something and waits for what comes back.
    fn ask(&self, frame: &ToHost) -> Option<Back> {
        let (sender, receiver) = sync_channel(1);
        held(&self.desk.calls).insert(self.id, sender);
        self.desk.say(frame);
        receiver.recv().ok()
    }
}

impl Bridge for Line {
    fn call(&self, call: CallRequest) -> CallAnswer {
        match self.ask(&ToHost::Call { id: self.id, call }) {
            Some(Back::Answer(answer)) => answer,
            Some(Back::Rows(_)) | None => CallAnswer::Refused {
                message: "the host is gone".to_owned(),
            },
        }
    }

    fn fetch(&self, cursor: u64) -> Result<Rows, String> {
        match self.ask(&ToHost::Fetch {
            id: self.id,
            cursor,
        }) {
            Some(Back::Rows(rows)) => rows,
            Some(Back::Answer(_)) | None => Err("the host is gone".to_owned()),
        }
    }

    fn close(&self, cursor: u64) {
        self.desk.say(&ToHost::CloseCursor {
            id: self.id,
            cursor,
        });
    }

    fn print(&self, text: &str) {
        self.desk.print(text);
    }
}

/// A panic ends the process, so a poisoned lock cannot be met; if it is, the data is whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
