//! The other end of the admin socket, for the command line.

use std::{ops::ControlFlow, path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use policy::{Action, AdminAction};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    socket,
    wire::{Class, Problem},
};

/// Bytes of an answer.
const ANSWER: usize = 1 << 30;
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("no server runs in `{}`; start one with `sallyport server start`", home.display())]
    Unreachable {
        /// Where it was looked for.
        home: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The socket is somebody else's.
    #[error("you may not use the server in `{}`; run this as its owner or as root", .0.display())]
    Forbidden(PathBuf),
    /// The server said no.
    #[error("{0}")]
    Problem(Problem),
    /// The connection broke.
    #[error("the server did not answer; see its messages")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer means nothing.
    #[error("the server's answer is not understood; are server and command of one version?")]
    Answer(#[from] serde_json::Error),
}

/// A server to talk to.
#[derive(Debug, Clone)]
pub struct Client {
    home: crate::Home,
}

impl Client {
    /// The server of this home directory.
    pub fn new(home: crate::Home) -> Client {
        Client { home }
    }

    /// Asks for one operation and reads its answer.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        action: AdminAction,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let response = self.send(action, body).await?;
        Ok(serde_json::from_slice(&collect(response).await?)?)
    }

    /// Asks for one operation and hands each line of its answer to `line`, until either side has enough.
    pub async fn follow(
        &self,
        action: AdminAction,
        body: &impl Serialize,
        mut line: impl FnMut(serde_json::Value) -> ControlFlow<()>,
    ) -> Result<(), ClientError> {
        let mut response = self.send(action, body).await?;
        let mut rest: Vec<u8> = Vec::new();
        while let Some(frame) = response.body_mut().frame().await {
            let frame = frame.map_err(|error| ClientError::Broken(error.into()))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            rest.extend_from_slice(&data);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let whole: Vec<u8> = rest.drain(..=end).collect();
                if line(serde_json::from_slice(&whole)?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        action: AdminAction,
        body: &impl Serialize,
    ) -> Result<hyper::Response<Incoming>, ClientError> {
        let connected = tokio::time::timeout(PATIENCE, socket::connect(&self.home.socket())).await;
        let home = self.home.path().to_owned();
        let unreachable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::PermissionDenied => ClientError::Forbidden(home),
            _ => ClientError::Unreachable { home, source },
        };
        let stream = connected
            .unwrap_or_else(|late| Err(late.into()))
            .map_err(unreachable)?;
        let broken = |error: hyper::Error| ClientError::Broken(error.into());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        tokio::spawn(connection);
        let request = Request::post(format!("/v1/{}", Action::from(action)))
            .header(header::HOST, "sallyport")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(body)?)))
            .map_err(|error| ClientError::Broken(error.into()))?;
        let response = sender.send_request(request).await.map_err(broken)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = collect(response).await?;
        let plain = || Problem::new(Class::Failed, format!("the server answered {status}"));
        Err(ClientError::Problem(
            serde_json::from_slice(&text).unwrap_or_else(|_| plain()),
        ))
    }
}

async fn collect(response: hyper::Response<Incoming>) -> Result<Bytes, ClientError> {
    let body = Limited::new(response.into_body(), ANSWER).collect().await;
    Ok(body.map_err(ClientError::Broken)?.to_bytes())
}
