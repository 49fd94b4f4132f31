//! Following the log: records are sent as they become durable, until the client or the server goes.

use std::{convert::Infallible, time::Duration};

use audit::Filter;
use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use tokio::{sync::mpsc, time};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};

use super::{Context, records};
use crate::{
    authority::Authority,
    wire::{ListRecords, Problem},
};

/// Records of one read.
const BATCH: usize = 500;
/// The index follows the log; what it did not have yet is looked for again after this.
const AGAIN: Duration = Duration::from_secs(1);

/// Starts following; the answer's body ends when the following does.
pub(super) async fn follow(
    context: Context,
    by: Authority,
    request: &ListRecords,
) -> Result<UnsyncBoxBody<Bytes, Infallible>, Problem> {
    let filter = records::filter(&context, request).await?;
    let (lines, body) = mpsc::channel(4);
    tokio::spawn(async move {
        let result = tokio::select! {
            result = pump(&context, filter, &lines) => result,
            () = lines.closed() => Ok(()),
            () = context.state().stopped() => Ok(()),
        };
        by.close_with(&result);
    });
    let frames = ReceiverStream::new(body).map(|line: Bytes| Ok(Frame::data(line)));
    Ok(StreamBody::new(frames).boxed_unsync())
}

/// Sends what is new, waits for more, and so on.
async fn pump(
    context: &Context,
    mut filter: Filter,
    lines: &mpsc::Sender<Bytes>,
) -> Result<(), Problem> {
    let log = context.state().gate.log();
    let mut size = log.subscribe();
    // Who names a time wants what was written since then as well.
    let mut next = if filter.since.is_some() {
        0
    } else {
        log.size()
    };
    filter.limit = BATCH;
    loop {
        size.mark_unchanged();
        filter.from_seq = Some(next);
        let (query, wanted) = (log.query(), filter.clone());
        let rows = tokio::task::spawn_blocking(move || query.list(&wanted)).await??;
        let full = rows.len() >= BATCH;
        for row in rows {
            next = row.seq.saturating_add(1);
            let mut line = serde_json::to_vec(&records::record(row))?;
            line.push(b'\n');
            if lines.send(line.into()).await.is_err() {
                return Ok(());
            }
        }
        if !full && matches!(time::timeout(AGAIN, size.changed()).await, Ok(Err(_))) {
            return Ok(());
        }
    }
}
