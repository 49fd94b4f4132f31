//! Bodies on their way through: data only, never trailers, never silent for long; and the body of an answer,
//! which closes the record of its request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use thiserror::Error;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

use super::progress::Progress;
use super::trip::Trip;
use super::{Cause, Until};

/// Why a body ended too early.
#[derive(Debug, Error)]
pub enum PassError {
    /// Nothing came for too long.
    #[error("nothing came for {0} s")]
    Silent(u64),
    /// It is not permitted any more.
    #[error("passing it on is not permitted any more")]
    Over,
    /// It broke off.
    #[error("the transfer broke off")]
    Broken(#[source] Cause),
}

/// A body that is given up when it is silent for too long.
pub struct Paced<B> {
    body: Pin<Box<B>>,
    limit: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
    progress: Option<Arc<Progress>>,
}

impl<B> Paced<B> {
    /// The same body, with at most `limit` between its pieces.
    pub fn new(body: B, limit: Duration) -> Self {
        Self {
            body: Box::pin(body),
            limit,
            alarm: None,
            progress: None,
        }
    }

    /// The same, which tells `progress` of each piece.
    #[must_use]
    pub fn telling(self, progress: Arc<Progress>) -> Self {
        Self {
            progress: Some(progress),
            ..self
        }
    }

    /// Counts from now again, if it was counting.
    fn moved(&mut self) {
        self.alarm = None;
        if let Some(progress) = &self.progress {
            progress.touch();
        }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Cause>,
{
    type Data = Bytes;
    type Error = PassError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PassError>>> {
        loop {
            match self.body.as_mut().poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.moved();
                    if frame.is_data() {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(PassError::Broken(error.into()))));
                }
                Poll::Ready(None) => {
                    self.moved();
                    return Poll::Ready(None);
                }
                Poll::Pending => break,
            }
        }
        let limit = self.limit;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Some(Err(PassError::Silent(limit.as_secs()))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer; the record of its request closes when it ends, breaks or is dropped.
pub struct Passed {
    body: Option<Paced<Incoming>>,
    ledger: Option<Ledger>,
    until: Option<Until>,
}

struct Ledger {
    trip: Trip,
    code: StatusCode,
    bytes: u64,
    length: Option<u64>,
    _place: OwnedSemaphorePermit,
}

impl Passed {
    pub(super) fn new(
        body: Paced<Incoming>,
        trip: Trip,
        (code, place): (StatusCode, OwnedSemaphorePermit),
        until: Until,
    ) -> Self {
        let ledger = Ledger {
            trip,
            code,
            bytes: 0,
            length: body.size_hint().exact(),
            _place: place,
        };
        Self {
            body: Some(body),
            ledger: Some(ledger),
            until: Some(until),
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            body: None,
            ledger: None,
            until: None,
        }
    }

    fn close(&mut self, class: Option<&'static str>) {
        if let Some(ledger) = self.ledger.take() {
            ledger.trip.close(Some(ledger.code), ledger.bytes, class);
        }
    }
}

impl Body for Passed {
    type Data = Bytes;
    type Error = PassError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PassError>>> {
        if let Some(until) = &mut self.until
            && let Poll::Ready(class) = until.as_mut().poll(context)
        {
            (self.until, self.body) = (None, None);
            self.close(Some(class));
            return Poll::Ready(Some(Err(PassError::Over)));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let next = ready!(Pin::new(body).poll_frame(context));
        match &next {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                if let Some(ledger) = &mut self.ledger {
                    ledger.bytes = ledger
                        .bytes
                        .saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                }
            }
            Some(Err(PassError::Silent(_))) => self.close(Some("proxy.idle")),
            Some(Err(PassError::Over | PassError::Broken(_))) => self.close(Some("proxy.broken")),
            None => self.close(None),
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Passed {
    /// A body need not be asked for its end when its end is known.
    fn drop(&mut self) {
        let ended = self.is_end_stream()
            || self
                .ledger
                .as_ref()
                .is_some_and(|ledger| ledger.length == Some(ledger.bytes));
        if ended {
            self.close(None);
        }
    }
}
