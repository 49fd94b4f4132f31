//! One request under way: sent once, its answer passed back or its connection handed over.

use std::sync::Arc;

use audit::Outcome;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use policy::{Open, PluginCall};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::body::{Paced, Passed};
use super::client::Way;
use super::progress::Progress;
use super::tunnel::Tunnel;
use super::{Forward, ForwardError, Outgoing, Pace, Upgrade, Watch};
use crate::plugin::errand::spelt;

/// One request under way, with its open record.
pub struct Trip {
    pub open: Open,
    pub judged: PluginCall<()>,
    pub started: Instant,
    pub peer: String,
}

impl Trip {
    /// Closes the record of a request without an answer.
    pub fn failed(self, class: &'static str) -> ForwardError {
        self.close(None, 0, Some(class));
        match class {
            "proxy.busy" => ForwardError::Busy,
            class => ForwardError::Upstream(class),
        }
    }

    /// Closes the record: with the status that was passed back, how many bytes followed it, and the class of the error.
    pub fn close(self, code: Option<StatusCode>, bytes: u64, class: Option<&'static str>) {
        self.open.close(Outcome {
            code: code.map(|code| code.as_u16()),
            bytes,
            peer: Some(self.peer),
            ..Outcome::of(class, self.started.elapsed())
        });
    }

    /// Sends the request and begins to pass its answer back.
    pub async fn go(
        mut self,
        way: Way,
        forward: Forward,
        pace: Pace,
    ) -> Result<Response<Passed>, ForwardError> {
        let progress = Arc::new(Progress::new());
        let sending = match request(forward, &progress, pace) {
            Ok(sending) => sending,
            Err(class) => return Err(self.failed(class)),
        };
        let Sending {
            request,
            upgrade,
            watch,
        } = sending;
        let answer = progress.wait(way.client.request(request), pace.head).await;
        let answer = match answer {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => {
                tracing::debug!(error = spelt(&error), "an upstream failed");
                let class = if error.is_connect() {
                    "proxy.connect"
                } else {
                    "proxy.exchange"
                };
                return Err(self.failed(class));
            }
            None => return Err(self.failed("proxy.timeout")),
        };
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return match upgrade {
                Some(upgrade) => self.switch(answer, (upgrade, watch), way.place, pace),
                None => Err(self.failed("proxy.upgrade")),
            };
        }
        if self.open.durable().await.is_err() {
            return Err(ForwardError::Unrecorded);
        }
        Ok(self.pass(answer, watch, way.place, pace))
    }

    fn pass(
        self,
        answer: Response<Incoming>,
        watch: Watch,
        place: OwnedSemaphorePermit,
        pace: Pace,
    ) -> Response<Passed> {
        let code = answer.status();
        let until = watch(self.judged.without_cargo());
        answer.map(|body| Passed::new(Paced::new(body, pace.idle), self, (code, place), until))
    }

    /// Both ends go on with another protocol, the one that was asked for.
    fn switch(
        self,
        mut answer: Response<Incoming>,
        (upgrade, watch): (Upgrade, Watch),
        place: OwnedSemaphorePermit,
        pace: Pace,
    ) -> Result<Response<Passed>, ForwardError> {
        let chosen = answer.headers().get(header::UPGRADE);
        let asked = upgrade.protocol.as_bytes();
        let same = |chosen: &HeaderValue| chosen.as_bytes().eq_ignore_ascii_case(asked);
        if !chosen.is_some_and(same) {
            return Err(self.failed("proxy.upgrade"));
        }
        let server = hyper::upgrade::on(&mut answer);
        let tunnel = Tunnel {
            until: watch(self.judged.without_cargo()),
            trip: self,
            place,
            idle: pace.idle,
        };
        tokio::spawn(tunnel.run(upgrade.client, server));
        Ok(answer.map(|_| Passed::nothing()))
    }
}

/// A request as it goes out, what its connection should become, and who watches over it.
struct Sending {
    request: Request<Paced<Outgoing>>,
    upgrade: Option<Upgrade>,
    watch: Watch,
}

fn request(
    forward: Forward,
    progress: &Arc<Progress>,
    pace: Pace,
) -> Result<Sending, &'static str> {
    let uri = Uri::try_from(forward.url.to_string()).map_err(|_| "proxy.url")?;
    let body = Paced::new(forward.body, pace.body).telling(Arc::clone(progress));
    let mut request = Request::new(body);
    *request.method_mut() = forward.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = forward.headers;
    if let Some(upgrade) = &forward.upgrade {
        let headers = request.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, upgrade.protocol.clone());
    }
    Ok(Sending {
        request,
        upgrade: forward.upgrade,
        watch: forward.watch,
    })
}
