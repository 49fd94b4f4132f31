//! Frames between a worker and its host: a length of four bytes, then JSON.
//!
//! The host trusts nothing it reads here: lengths are capped before memory is taken, and every
//! frame is parsed into these types or the worker is killed.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::inspection::Inspection;
use crate::limits::Limits;
use crate::plugin::message::{CallAnswer, CallRequest, Rows};
use crate::request::{AppRequest, AppResponse};
use crate::surroundings::Surroundings;

/// Longest frame in either direction.
pub const MAX_FRAME: usize = 32 << 20;

/// What a host says.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// Lock yourself down; always first, and sent before anything untrusted.
    Fence(FenceOrder),
    /// Load this app.
    Init(Box<Init>),
    /// Run a handler.
    Request { id: u64, request: Box<AppRequest> },
    /// The answer to the call of the request `id`.
    Answer { id: u64, answer: CallAnswer },
    /// The answer to the [`ToHost::Fetch`] of the request `id`.
    Rows { id: u64, rows: Result<Rows, String> },
    /// Render one item of the stream that the request `id` ended with; the answer is a [`ToHost::Piece`].
    Item {
        id: u64,
        render: Rendering,
        item: Value,
        #[serde(with = "crate::moment")]
        now: jiff::Timestamp,
    },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToHost {
    /// Locked down; these fences hold.
    Hello(Fences),
    /// The app is loaded.
    Loaded(Box<Inspection>),
    /// The app cannot be loaded; the text names the place.
    LoadFailed(String),
    /// The request `id` calls a plugin and waits.
    Call { id: u64, call: CallRequest },
    /// The request `id` is over.
    Done { id: u64, outcome: Outcome },
    /// The request `id` waits for the next rows of one of its cursors.
    Fetch { id: u64, cursor: u64 },
    /// The request `id` needs no more rows of this cursor; there is no answer.
    CloseCursor { id: u64, cursor: u64 },
    /// A rendered item in base64, or why it could not be rendered.
    Piece {
        id: u64,
        piece: Result<String, String>,
    },
    /// Text printed by app code.
    Print(String),
}

/// Limits the worker sets on itself before it reads on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FenceOrder {
    /// Address space.
    pub memory_bytes: u64,
    /// Evaluation threads, started before threads are forbidden.
    pub threads: usize,
}

/// Which fences hold, as found by trying.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fences {
    /// Memory, descriptors and file sizes are limited.
    pub rlimits: bool,
    /// `full`, `partial` or `none`.
    pub landlock: String,
    /// Only listed system calls are possible, on every thread.
    pub seccomp: bool,
    /// Forbidden things that were possible when tried on an evaluation thread; must be empty.
    pub holes: Vec<String>,
}

/// An app to load.
#[derive(Debug, Serialize, Deserialize)]
pub struct Init {
    /// Evaluate with plugins that do nothing, to learn what the app declares.
    pub inspect: bool,
    /// Starlark files, templates and their generated companions; secret references are tokens.
    pub files: BTreeMap<String, String>,
    /// Static files by path.
    pub statics: BTreeMap<String, StaticFile>,
    /// Mount path of the app, empty for a root app.
    pub app_path: String,
    /// Values set by the operator; secret references are tokens.
    pub params: BTreeMap<String, String>,
    /// Where the app runs.
    pub surroundings: Surroundings,
    /// Bounds.
    pub limits: Limits,
}

/// What templates know of a static file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StaticFile {
    /// SHA-256 in hex.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
}

/// How a request ended inside the worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// With an answer.
    Response(Box<AppResponse>),
    /// With a stream whose items follow `head`, rendered one by one; the body of `head` is empty.
    Stream {
        head: Box<AppResponse>,
        stream: u64,
        render: Rendering,
    },
    /// The handler failed; `place` is file, line and column when known.
    Failed { message: String, place: String },
    /// A soft limit was hit.
    Limit(String),
}

/// What becomes of the items of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rendering {
    /// JSON and a line end.
    Json,
    /// Text and a line end.
    Text,
    /// This template, executed with the item as its dot.
    Template { name: String },
}

/// Why a frame could not be passed on.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The socket failed or closed inside a frame.
    #[error("the worker socket failed")]
    Io(#[from] io::Error),
    /// Longer than [`MAX_FRAME`].
    #[error("a frame of {0} bytes is larger than {MAX_FRAME}")]
    TooLarge(usize),
    /// Not one of the known frames.
    #[error("a frame is not understood")]
    Parse(#[from] serde_json::Error),
}

/// Reads one frame; `None` when the other side has closed.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut text = vec![0; checked(length)?];
    from.read_exact(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}

/// Frames longer than this are parsed off the async threads.
const LONG: usize = 256 << 10;

/// Reads one frame without blocking; `None` when the other side has closed.
pub async fn receive<T: DeserializeOwned + Send + 'static>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut text = vec![0; checked(length)?];
    from.read_exact(&mut text).await?;
    if text.len() <= LONG {
        return Ok(Some(serde_json::from_slice(&text)?));
    }
    let parsed = tokio::task::spawn_blocking(move || serde_json::from_slice(&text));
    Ok(Some(parsed.await.map_err(io::Error::other)??))
}

/// A frame as it goes over the socket.
pub fn encode<T: Serialize>(frame: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut bytes, frame)?;
    let length = bytes.len() - 4;
    match (u32::try_from(length), bytes.first_chunk_mut()) {
        (Ok(short), Some(head)) if length <= MAX_FRAME => *head = short.to_be_bytes(),
        _ => return Err(FrameError::TooLarge(length)),
    }
    Ok(bytes)
}

fn checked(length: [u8; 4]) -> Result<usize, FrameError> {
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        Err(FrameError::TooLarge(length))
    } else {
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back() {
        let bytes = encode(&ToHost::Print("é".into())).unwrap();
        let back: Option<ToHost> = read(&mut bytes.as_slice()).unwrap();
        assert!(matches!(back, Some(ToHost::Print(text)) if text == "é"));
    }

    #[test]
    fn the_end_between_frames_is_not_an_error() {
        assert!(read::<ToHost>(&mut [].as_slice()).unwrap().is_none());
    }

    #[test]
    fn long_and_broken_frames_are_refused() {
        assert!(matches!(
            read::<ToHost>(&mut [255; 9].as_slice()),
            Err(FrameError::TooLarge(_))
        ));
        assert!(matches!(
            read::<ToHost>(&mut [0, 0, 0, 2, b'{', b'}'].as_slice()),
            Err(FrameError::Parse(_))
        ));
        assert!(matches!(
            read::<ToHost>(&mut [0, 0, 0, 9, b'{'].as_slice()),
            Err(FrameError::Io(_))
        ));
    }
}
