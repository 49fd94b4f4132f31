//! The body of an answer: whole, or piece by piece as it is made.
//!
//! A body in pieces carries the open record of its request, which closes when the body ends, breaks or is
//! dropped. A broken body ends its connection without the last chunk, so nobody takes a part for the whole.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::body::{Body as _, Frame, SizeHint};
use thiserror::Error;
use tokio::sync::mpsc;

use super::Ledger;

/// Why a body ended too early.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub struct Broken {
    /// Class of the error, for the record.
    pub class: &'static str,
    /// What went wrong, for the server's log.
    pub text: String,
}

/// Resolves when a body has to end, whatever its maker still has to say.
pub type Recall = Pin<Box<dyn Future<Output = Broken> + Send>>;

/// The body of an answer.
pub struct Body {
    content: Content,
    ledger: Option<Ledger>,
    recall: Option<Recall>,
}

enum Content {
    Whole(Bytes),
    Pieces(UnsyncBoxBody<Bytes, Broken>),
    Broken(Broken),
}

impl Body {
    /// All of it at once.
    pub fn whole(bytes: impl Into<Bytes>) -> Body {
        Body::of(Content::Whole(bytes.into()))
    }

    /// Nothing.
    pub fn empty() -> Body {
        Body::whole(Bytes::new())
    }

    /// Pieces as they come; an error breaks the answer off. Dropping the body closes the channel.
    pub fn pieces(receiver: mpsc::Receiver<Result<Bytes, String>>) -> Body {
        Body::stream(Pieces {
            receiver,
            left: None,
        })
    }

    /// Pieces of `length` bytes together; fewer break the answer off.
    pub fn sized(receiver: mpsc::Receiver<Result<Bytes, String>>, length: u64) -> Body {
        Body::stream(Pieces {
            receiver,
            left: Some(length),
        })
    }

    /// Another body, of known size or not; only its data passes, no trailers.
    pub fn stream<B>(body: B) -> Body
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::fmt::Display,
    {
        let body = body.map_err(|error| Broken {
            class: "broken",
            text: error.to_string(),
        });
        Body::of(Content::Pieces(body.boxed_unsync()))
    }

    fn of(content: Content) -> Body {
        Body {
            content,
            ledger: None,
            recall: None,
        }
    }

    /// The bytes, when all of them are here.
    pub fn as_whole(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Whole(bytes) => Some(bytes),
            Content::Pieces(_) | Content::Broken(_) => None,
        }
    }

    /// The same body, which closes the record `ledger` keeps open.
    #[must_use]
    pub fn recorded(self, ledger: Ledger) -> Body {
        Body {
            ledger: Some(ledger),
            ..self
        }
    }

    /// The same body, which ends early when `recall` resolves.
    #[must_use]
    pub fn until(self, recall: Recall) -> Body {
        Body {
            recall: Some(recall),
            ..self
        }
    }

    /// Nothing in place of the body, whose record ends well: what HEAD is answered with.
    pub fn finish(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.done();
        }
        *self = Body::empty();
    }

    fn poll_content(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        if let Some(recall) = &mut self.recall
            && let Poll::Ready(broken) = recall.as_mut().poll(context)
        {
            self.recall = None;
            self.content = Content::Broken(broken);
        }
        loop {
            match &mut self.content {
                Content::Whole(bytes) => {
                    let bytes = std::mem::take(bytes);
                    return Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)));
                }
                Content::Broken(broken) => return Poll::Ready(Some(Err(broken.clone()))),
                Content::Pieces(pieces) => match ready!(Pin::new(pieces).poll_frame(context)) {
                    None => return Poll::Ready(None),
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Poll::Ready(Some(Ok(data)));
                        }
                    }
                    Some(Err(broken)) => {
                        // The pieces before leave first: whoever polls sends them when there is nothing more.
                        self.content = Content::Broken(broken);
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                },
            }
        }
    }

    /// Tells the record what has just left.
    fn account(&mut self, next: Option<&Result<Bytes, Broken>>) {
        let ended = self.is_end_stream();
        let Some(mut ledger) = self.ledger.take() else {
            return;
        };
        match next {
            None => ledger.done(),
            Some(Err(broken)) => ledger.broken(broken),
            Some(Ok(data)) => {
                ledger.sent(data.len());
                if ended {
                    ledger.done();
                } else {
                    self.ledger = Some(ledger);
                }
            }
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Body::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body::whole(bytes)
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match &self.content {
            Content::Whole(_) => "Whole",
            Content::Pieces(_) => "Pieces",
            Content::Broken(_) => "Broken",
        };
        formatter
            .debug_tuple(kind)
            .field(&self.size_hint().exact())
            .finish()
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let next = ready!(self.poll_content(context));
        self.account(next.as_ref());
        Poll::Ready(next.map(|result| result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Pieces(pieces) => pieces.is_end_stream(),
            Content::Broken(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Content::Pieces(pieces) => pieces.size_hint(),
            Content::Broken(_) => SizeHint::default(),
        }
    }
}

/// A channel as a body, and the bytes it still has to bring, if that is known.
struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, String>>,
    left: Option<u64>,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        let next = ready!(self.receiver.poll_recv(context));
        let length = match &next {
            Some(Ok(piece)) => u64::try_from(piece.len()).unwrap_or(u64::MAX),
            Some(Err(_)) | None => 0,
        };
        let short = || Err("there was less or more to send than was said".to_owned());
        Poll::Ready(match (next, self.left) {
            (None, Some(1..)) => Some(short()),
            (Some(Ok(_)), Some(left)) if left < length => Some(short()),
            (next, left) => {
                self.left = left.map(|left| left.saturating_sub(length));
                next.map(|piece| piece.map(Frame::data))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests;
