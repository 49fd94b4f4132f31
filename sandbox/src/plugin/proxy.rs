//! `proxy.in`: requests that an app's proxy routes pass on to another server.
//!
//! Each request is a call of its own: its URL and the one address of its host are judged, the decision is
//! recorded, and the connection goes to that address and no other. Bodies pass piece by piece in both
//! directions; the record closes with the last piece. Nothing is repeated, no redirect is followed.

mod body;
mod client;
mod progress;
mod trip;
mod tunnel;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use audit::EntityRef;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::upgrade::OnUpgrade;
use policy::{Acting, Caller, Moment, PluginCall, Refused, RefusedKind, Rejection, Target, Url};
use thiserror::Error;
use tokio::time::Instant;

use super::Plugins;
use super::http::address::{self, Located};
use crate::inspection::ProxyConfig;
use trip::Trip;

pub use body::{PassError, Passed};
pub use client::Ways;

/// An error of any kind.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A request body on its way.
pub type Outgoing = UnsyncBoxBody<Bytes, Cause>;

/// A request to be passed on.
pub struct Forward {
    /// The route's declaration.
    pub config: ProxyConfig,
    /// Where the request goes.
    pub url: Url,
    /// Its method.
    pub method: Method,
    /// Its headers with `Host`, none of which belongs to one connection alone.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Outgoing,
    /// What the connection should become.
    pub upgrade: Option<Upgrade>,
    /// Watches over what was permitted.
    pub watch: Watch,
}

/// A connection that both ends want to use for something else.
pub struct Upgrade {
    /// For what: `websocket`.
    pub protocol: HeaderValue,
    /// The client's end.
    pub client: OnUpgrade,
}

/// Resolves, with the class for the record, when something has to end.
pub type Until = Pin<Box<dyn Future<Output = &'static str> + Send>>;

/// Tells until when a call may go on that was permitted as it is given here.
pub type Watch = Box<dyn FnOnce(PluginCall<()>) -> Until + Send>;

/// Why there is no answer to pass back.
#[derive(Debug, Error)]
pub enum ForwardError {
    /// Not permitted, or not recorded.
    #[error("the request was refused")]
    Refused(Box<Refused>),
    /// The decision could not be made durable.
    #[error("the decision could not be recorded")]
    Unrecorded,
    /// Too many requests are on their way to that server.
    #[error("too many requests are on their way to this server")]
    Busy,
    /// The server does not answer as it should; holds the class of the error.
    #[error("the server did not answer: {0}")]
    Upstream(&'static str),
}

impl Plugins {
    /// Admits a request of the app in `acting` and passes it on; answers with the head of the answer and a
    /// body that goes on.
    pub async fn forward(
        &self,
        acting: &Arc<Acting>,
        forward: Forward,
        at: &Moment,
    ) -> Result<Response<Passed>, ForwardError> {
        let caller = Caller::App(Arc::clone(acting));
        let probe = PluginCall {
            target: target(&forward, address::NOWHERE),
            account: String::new(),
            subjects: forward.config.subjects(),
            cargo: (),
        };
        let url = forward.url.clone();
        let located = self.place(&caller, (&url, probe), at).await?;
        let call = call(located.ip(), forward);
        let admitted = self.gate.admit(&caller, call, at).await;
        let permit = admitted.map_err(|refused| ForwardError::Refused(Box::new(refused)))?;
        let judged = permit.call().without_cargo();
        let Located::At(ip) = located else {
            drop(permit);
            return Err(ForwardError::Upstream("proxy.unlocated"));
        };
        let (call, mut open) = permit.spend();
        // What an upgraded connection carries may change something, whatever its method says.
        if call.cargo.upgrade.is_some() && open.durable().await.is_err() {
            return Err(ForwardError::Unrecorded);
        }
        let trip = Trip {
            open,
            judged,
            started: Instant::now(),
            peer: std::net::SocketAddr::new(ip, url.port()).to_string(),
        };
        let way = match self.ways.way(&url, ip, self.bounds.connect) {
            Ok(way) => way,
            Err(class) => return Err(trip.failed(class)),
        };
        trip.go(way, call.cargo, self.bounds.proxy).await
    }

    /// Where the host is. A host that the app may not reach at any address is not looked up.
    async fn place(
        &self,
        caller: &Caller,
        (url, probe): (&Url, PluginCall<()>),
        at: &Moment,
    ) -> Result<Located, ForwardError> {
        if let Some(ip) = address::literal(url.host()) {
            return Ok(Located::At(ip));
        }
        if address::hopeless(&self.gate.engine().explain(caller, &probe, at)) {
            return Ok(Located::Nowhere);
        }
        match address::look_up(url, self.bounds.lookup).await {
            Some(ip) => Ok(Located::At(ip)),
            None => Err(self.unreachable(caller, url.host(), at)),
        }
    }

    fn unreachable(&self, caller: &Caller, host: &str, at: &Moment) -> ForwardError {
        let rejection = Rejection {
            code: "plugin.unreachable",
            action: "proxy.in.config".to_owned(),
            resource: EntityRef::new("Host", host),
            detail: serde_json::json!({ "problem": "the host has no address" }),
        };
        let refused = self.gate.reject(caller, rejection, at);
        match refused.kind {
            RefusedKind::Unwritable => ForwardError::Refused(Box::new(refused)),
            RefusedKind::Denied | RefusedKind::Rejected => {
                ForwardError::Upstream("plugin.unreachable")
            }
        }
    }
}

fn call(ip: IpAddr, forward: Forward) -> PluginCall<Forward> {
    PluginCall {
        target: target(&forward, ip),
        account: String::new(),
        subjects: forward.config.subjects(),
        cargo: forward,
    }
}

fn target(forward: &Forward, ip: IpAddr) -> Target {
    Target::Proxy {
        method: forward.method.as_str().to_owned(),
        url: forward.url.clone(),
        ip,
    }
}

/// How long a proxied request may do nothing.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between the last piece of a request and the head of its answer.
    pub head: std::time::Duration,
    /// Between two pieces of a request body.
    pub body: std::time::Duration,
    /// Between two pieces of an answer, or of a connection that was upgraded.
    pub idle: std::time::Duration,
}
