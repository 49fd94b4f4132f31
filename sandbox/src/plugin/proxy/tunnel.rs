//! A connection that was upgraded: bytes go both ways until one end closes, nothing moves for long or it
//! has to end. Its record closes then and counts what went to the client.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::StatusCode;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::Until;
use super::progress::Progress;
use super::trip::Trip;

/// How long both ends may take to change over.
const CHANGE: Duration = Duration::from_secs(10);

/// A tunnel about to open.
pub struct Tunnel {
    pub trip: Trip,
    pub place: OwnedSemaphorePermit,
    pub idle: Duration,
    pub until: Until,
}

impl Tunnel {
    /// Carries bytes until the end.
    pub async fn run(mut self, client: OnUpgrade, server: OnUpgrade) {
        let sent = Arc::new(AtomicU64::new(0));
        let class = self.carry(client, server, &sent).await;
        let sent = sent.load(Ordering::Relaxed);
        self.trip
            .close(Some(StatusCode::SWITCHING_PROTOCOLS), sent, class);
        drop(self.place);
    }

    async fn carry(
        &mut self,
        client: OnUpgrade,
        server: OnUpgrade,
        sent: &Arc<AtomicU64>,
    ) -> Option<&'static str> {
        let both = async { tokio::try_join!(client, server) };
        let Ok(Ok((client, server))) = timeout(CHANGE, both).await else {
            return Some("proxy.upgrade");
        };
        let progress = Arc::new(Progress::new());
        let mut client = End::new(client, &progress, Arc::default());
        let mut server = End::new(server, &progress, Arc::clone(sent));
        let copy = copy_bidirectional(&mut client, &mut server);
        tokio::select! {
            copied = progress.wait(copy, self.idle) => match copied {
                // An end that is gone without a farewell is the usual end.
                Some(Ok(_) | Err(_)) => None,
                None => Some("proxy.idle"),
            },
            class = &mut self.until => Some(class),
        }
    }
}

/// One end, which tells of what comes from it.
struct End {
    stream: TokioIo<Upgraded>,
    progress: Arc<Progress>,
    came: Arc<AtomicU64>,
}

impl End {
    fn new(stream: Upgraded, progress: &Arc<Progress>, came: Arc<AtomicU64>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            progress: Arc::clone(progress),
            came,
        }
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let came = buffer.filled().len().saturating_sub(before);
        self.progress.touch();
        self.came
            .fetch_add(u64::try_from(came).unwrap_or(0), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
