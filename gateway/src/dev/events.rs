//! Tells the pages of an app that it was reloaded, over a stream of events that lasts.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use policy::AppId;
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, interval, sleep_until},
};

use crate::State;

/// How often something is said although nothing happens, so that nobody on the way gives up.
const BEAT: Duration = Duration::from_secs(15);
/// How long a stream may last; browsers ask again, and the question is decided anew.
const LONGEST: Duration = Duration::from_secs(3600);
/// Events that may wait for a slow client.
const WAITING: usize = 4;

const RELOAD: &str = "event: openrun_reload\ndata: App reloaded after file updates\n\n";
const KEEPALIVE: &str = "event: keepalive\ndata: \n\n";

/// The events of an app; nothing when too many listen already.
pub(crate) fn events(
    state: &Arc<State>,
    app: &AppId,
) -> Option<mpsc::Receiver<Result<Bytes, String>>> {
    let bell = state.dev.listen(app)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let (state, app) = (Arc::clone(state), app.clone());
    tokio::spawn(async move { tell(&state, &app, bell, &sender).await });
    Some(receiver)
}

async fn tell(
    state: &State,
    app: &AppId,
    mut bell: broadcast::Receiver<()>,
    sender: &mpsc::Sender<Result<Bytes, String>>,
) {
    let end = Instant::now() + LONGEST;
    let mut beat = interval(BEAT);
    let mut next = state.dev.notice(app);
    loop {
        if let Some(event) = next.take()
            && sender.send(Ok(Bytes::from(event))).await.is_err()
        {
            return;
        }
        tokio::select! {
            () = state.stopped() => return,
            () = sender.closed() => return,
            () = sleep_until(end) => return,
            told = bell.recv() => match told {
                Ok(()) | Err(broadcast::error::RecvError::Lagged(_)) => next = Some(RELOAD.to_owned()),
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = beat.tick() => next = Some(KEEPALIVE.to_owned()),
        }
    }
}

/// A text of several lines as one event.
pub(super) fn notice(text: &str) -> String {
    let lines = text.lines().map(|line| format!("data: {line}\n"));
    format!("event: sallyport_notice\n{}\n", lines.collect::<String>())
}
