//! Files that an app has offered for download: looked up for whoever asks, opened as they were judged, and
//! sent piece by piece.

use std::{
    fs::File,
    io::{Read, Take},
    time::Duration,
};

use audit::EntityRef;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy::{Caller, Moment, Rejection};
use sandbox::{ServedFile, Taken};
use serde_json::json;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::answer::{self, Answer};
use crate::{
    front::Inbound,
    respond::{self, Body},
    state::State,
};

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that may wait for the client.
const AHEAD: usize = 4;
/// How long a piece may wait.
const TAKING: Duration = Duration::from_secs(60);

/// What is sent at once, or why there is no more.
type Piece = Result<Bytes, String>;

/// Characters that need no escape in `filename*` (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The file with this id, if whoever asks may have it.
pub(super) async fn answer(state: &State, inbound: &Inbound, id: &str, moment: &Moment) -> Answer {
    let served = state.sandbox.served();
    let instance = inbound.installed.instance.id.clone();
    let user = match &inbound.caller {
        Caller::Person(person) => person.id.to_string(),
        Caller::Anonymous | Caller::App(_) => "anonymous".to_owned(),
    };
    let (id, now) = (id.to_owned(), moment.now);
    let taken = spawn_blocking(move || {
        let taken = served.take(&id, &instance, &user, now);
        taken.map(|taken| match taken {
            Taken::File(file) => Found::File(file.open(), file),
            Taken::Forbidden => Found::Forbidden,
            Taken::Missing => Found::Missing,
        })
    });
    match taken.await {
        Ok(Ok(Found::File(Ok((opened, length)), file))) => send(file, opened, length),
        Ok(Ok(Found::File(Err(error), file))) => {
            tracing::warn!(%error, path = ?file.path, "a served file cannot be opened");
            answer::nothing()
        }
        Ok(Ok(Found::Forbidden)) => {
            refuse(state, inbound, moment);
            answer::nothing()
        }
        Ok(Ok(Found::Missing)) => answer::nothing(),
        Ok(Err(error)) => {
            tracing::error!(%error, "a served file cannot be looked up");
            broken()
        }
        Err(_) => broken(),
    }
}

enum Found {
    File(std::io::Result<(File, u64)>, ServedFile),
    Forbidden,
    Missing,
}

fn broken() -> Answer {
    Answer::failed(respond::broken(), "served")
}

/// Records that somebody asked for the file of another person; the answer does not tell that it exists.
fn refuse(state: &State, inbound: &Inbound, moment: &Moment) {
    let rejection = Rejection {
        code: "file-of-another",
        action: "app.access".to_owned(),
        resource: EntityRef::new(
            "AppInstance",
            inbound.installed.instance.id.as_str().to_owned(),
        ),
        detail: json!({ "method": inbound.parts.method.as_str(), "path": inbound.path.as_str() }),
    };
    let _ = state.gate.reject(&inbound.caller, rejection, moment);
}

fn send(file: ServedFile, opened: File, length: u64) -> Answer {
    let kind = HeaderValue::from_str(&file.mime_type).ok();
    let kind = kind.filter(|kind| !kind.is_empty());
    let disposition = disposition(&file.name);
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        feed(opened, length, sender).await;
        if file.single_access {
            // That a file stays behind is no reason to fail what was sent.
            let _ = spawn_blocking(move || file.discard()).await;
        }
    });
    let mut reply = Response::new(Body::sized(receiver, length));
    let headers = reply.headers_mut();
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(unknown));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    Answer::app(reply)
}

/// Sends exactly `length` bytes, or an error, until nobody takes them any more. Only reading is done on a thread
/// for blocking work: there are few of them, and slow clients would keep them all.
async fn feed(opened: File, length: u64, sender: mpsc::Sender<Piece>) {
    let mut rest = opened.take(length);
    loop {
        let read = spawn_blocking(move || {
            let piece = read(&mut rest);
            (rest, piece)
        });
        let Ok((after, Some(piece))) = read.await else {
            return;
        };
        rest = after;
        let broken = piece.is_err();
        if sender.send_timeout(piece, TAKING).await.is_err() || broken {
            return;
        }
    }
}

/// The next piece, none at the end; blocks.
fn read(rest: &mut Take<File>) -> Option<Piece> {
    let mut piece = Vec::with_capacity(PIECE);
    let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
    match rest.by_ref().take(limit).read_to_end(&mut piece) {
        Ok(0) if rest.limit() == 0 => None,
        Ok(0) => Some(Err("the file became shorter".to_owned())),
        Ok(_) => Some(Ok(Bytes::from(piece))),
        Err(error) => Some(Err(error.to_string())),
    }
}

/// A header that offers a download under `name`, whatever is in the name.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '/' | '%' => '_',
            letter if letter.is_ascii_graphic() || letter == ' ' => letter,
            _ => '_',
        })
        .collect();
    let full = utf8_percent_encode(name, PLAIN);
    let value = if plain == name {
        format!("attachment; filename=\"{plain}\"")
    } else {
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
    };
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_header() {
        let check = |name: &str, expected: &str| assert_eq!(disposition(name), expected, "{name}");
        check("a b.csv", "attachment; filename=\"a b.csv\"");
        check(
            "a\"; x=\"",
            "attachment; filename=\"a_; x=_\"; filename*=UTF-8''a%22%3B%20x%3D%22",
        );
        check(
            "a\r\nSet-Cookie: b",
            "attachment; filename=\"a__Set-Cookie: b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b",
        );
        check(
            "über.txt",
            "attachment; filename=\"_ber.txt\"; filename*=UTF-8''%C3%BCber.txt",
        );
        check(
            "../x",
            "attachment; filename=\".._x\"; filename*=UTF-8''..%2Fx",
        );
    }

    #[tokio::test]
    async fn a_file_is_sent_whole_or_broken_off() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &vec![7; PIECE + 5]).unwrap();
        for (length, ok) in [(PIECE + 5, true), (PIECE + 6, false), (10, true)] {
            let mut copy = file.try_clone().unwrap();
            std::io::Seek::rewind(&mut copy).unwrap();
            let (sender, mut receiver) = mpsc::channel(AHEAD);
            tokio::spawn(feed(copy, length as u64, sender));
            let (mut bytes, mut failed) = (0, false);
            while let Some(piece) = receiver.recv().await {
                match piece {
                    Ok(piece) => bytes += piece.len(),
                    Err(_) => failed = true,
                }
            }
            assert_eq!((bytes == length, failed), (ok, !ok), "{length}");
        }
    }

    #[test]
    fn slow_clients_keep_no_thread() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).enable_time().build();
        runtime.unwrap().block_on(async {
            let file = tempfile::tempfile().unwrap();
            file.set_len(100 * PIECE as u64).unwrap();
            let (sender, mut receiver) = mpsc::channel(AHEAD);
            tokio::spawn(feed(file, 100 * PIECE as u64, sender));
            while receiver.len() < AHEAD {
                tokio::task::yield_now().await;
            }
            let other = tokio::time::timeout(Duration::from_secs(10), spawn_blocking(|| ()));
            assert!(other.await.is_ok(), "the only thread is kept");
            assert!(receiver.recv().await.is_some());
        });
    }
}
