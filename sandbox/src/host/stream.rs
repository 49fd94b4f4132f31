//! A stream on its way to a client: each item is taken from what makes it, rendered by the worker and
//! passed on, one at a time. Nothing is taken before the client has room for it, and when the client,
//! the worker or the time is gone, what makes the items ends, too.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use secrets::Tokens;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::crew::Crew;
use super::shown::Escape;
use crate::frame::{self, Rendering, ToWorker};
use crate::limits::Limits;
use crate::plugin::session::Items;

/// Pieces that may wait for the client.
const QUEUE: usize = 4;
/// How many times the time of a handler an item may take to be rendered, with the wait for a thread.
const TURNS: u32 = 3;
/// How OpenRun's pages see that a stream is whole.
const END: &str = "<!--cl_stream_end-->\n\n";

/// The pieces of a streamed body; the last may be why there are no more.
pub type Pieces = mpsc::Receiver<Result<Bytes, String>>;

/// The right to have items of one ended request rendered; given up when dropped.
pub struct Renderer {
    crew: Arc<Crew>,
    id: u64,
    now: fn() -> Timestamp,
}

/// Sends the items of one stream.
pub struct Streamer {
    /// The worker that renders.
    pub renderer: Renderer,
    /// What becomes of an item.
    pub render: Rendering,
    /// Meaning of tokens.
    pub tokens: Arc<Tokens>,
    /// How references are written in this kind of body.
    pub escape: Escape,
    /// Whether the body is HTML, whose end is marked.
    pub html: bool,
    /// Bounds.
    pub limits: Limits,
    /// Its place among the open streams of the app.
    pub place: OwnedSemaphorePermit,
}

impl Renderer {
    /// For the ended request `id` of this worker, with a clock for its templates.
    pub fn new(crew: Arc<Crew>, id: u64, now: fn() -> Timestamp) -> Self {
        Self { crew, id, now }
    }

    /// Has the worker render one item.
    async fn render(
        &self,
        render: Rendering,
        item: Value,
        limits: &Limits,
    ) -> Result<Bytes, String> {
        let item = ToWorker::Item {
            id: self.id,
            render,
            item,
            now: (self.now)(),
        };
        let frame = frame::encode(&item).map_err(|error| error.to_string())?;
        let (sender, piece) = oneshot::channel();
        self.crew.expect(self.id, sender);
        self.crew.tell(frame).await;
        // Its turn may come after the items of other streams.
        let Ok(piece) = timeout(limits.handler * TURNS, piece).await else {
            self.crew.end(
                "an item of a stream took too long to render and the app's worker was stopped",
            );
            return Err("an item took too long to render".to_owned());
        };
        let piece = piece.map_err(|_| self.crew.reason())??;
        let piece = STANDARD.decode(piece).map_err(|error| error.to_string())?;
        if piece.len() > limits.response_body {
            return Err("an item of the stream is too large".to_owned());
        }
        Ok(Bytes::from(piece))
    }
}

impl Drop for Renderer {
    fn drop(&mut self) {
        self.crew.silence(self.id);
    }
}

impl Streamer {
    /// Begins to send `items`.
    pub fn send(self, items: Box<dyn Items>) -> Pieces {
        let (sender, pieces) = mpsc::channel(QUEUE);
        tokio::spawn(self.run(items, sender));
        pieces
    }

    async fn run(self, mut items: Box<dyn Items>, sender: mpsc::Sender<Result<Bytes, String>>) {
        // Room for the last word, so that an end that is none can always be told.
        let Ok(last) = sender.clone().reserve_owned().await else {
            return;
        };
        let ended = tokio::select! {
            () = sender.closed() => return,
            () = sleep(self.limits.stream_time) => Err(late(self.limits.stream_time)),
            () = self.renderer.crew.over() => Err(self.renderer.crew.reason()),
            ended = self.pump(&mut *items, &sender) => ended,
        };
        drop(items);
        match ended {
            Err(problem) => {
                let problem = self.tokens.show(&problem);
                tracing::warn!(
                    problem = problem.escape_debug().to_string(),
                    "a stream failed"
                );
                last.send(Err(problem));
            }
            Ok(()) if self.html => {
                last.send(Ok(Bytes::from_static(END.as_bytes())));
            }
            Ok(()) => {}
        }
        drop(self.place);
    }

    async fn pump(
        &self,
        items: &mut dyn Items,
        sender: &mpsc::Sender<Result<Bytes, String>>,
    ) -> Result<(), String> {
        let idle = self.limits.stream_idle;
        let quiet = |_| format!("the stream was quiet for {} s", idle.as_secs());
        let slow = |_| format!("the client took nothing for {} s", idle.as_secs());
        while let Some(item) = timeout(idle, items.next()).await.map_err(quiet)? {
            let render = self.render.clone();
            let piece = self.renderer.render(render, item?, &self.limits).await?;
            let piece = super::shown::bytes(piece, &self.tokens, self.escape);
            let sent = timeout(idle, sender.send(Ok(piece))).await;
            if sent.map_err(slow)?.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn late(limit: Duration) -> String {
    format!("the stream took longer than {} s", limit.as_secs())
}
