//! The way in: every request becomes one caller and one call, asks the gate, and only then is dispatched.
//!
//! `Front` reads (never acts): one canonical path and host, who asks, which app and route. What acts is
//! behind it and takes a [`Permit`]; a service over bare requests does not fit [`Front::new`]. What cannot
//! be read leaves a deny record and gets an answer that tells nothing.

mod app;
mod caught;
mod certificate;
mod form;
mod home;
mod inbound;
mod intake;
mod link;
mod login;
mod logout;
mod oidc;
mod own;
mod provider;
#[cfg(feature = "saml")]
mod saml;
mod session;

use std::{convert::Infallible, sync::Arc};

use http::{HeaderValue, Method, Request, StatusCode, Version, header};
use policy::{Caller, HttpCall, Permit, Rejection};
use serde_json::{Value, json};
use tower::Service;

pub use inbound::{Body, BodyError, Inbound, Target, read_body};
pub use intake::Intake;

use crate::{
    authn::{Named, Unnamed},
    csrf,
    peer::Peer,
    respond::{self, Reply},
    signin,
    state::State,
};

/// Everything under this path is the gateway's own.
const OWN: &str = "/_sallyport";
/// Where probes written for OpenRun look.
const OTHER_HEALTH: &str = "/_openrun/health";
/// Where pages written for OpenRun sign people out.
const OTHER_LOGOUT: &str = "/_openrun/logout";

/// What can be dispatched: an admitted request to an app, nothing less.
pub trait Dispatches:
    Service<Permit<HttpCall<Inbound>>, Response = Reply, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
{
}

impl<S> Dispatches for S where
    S: Service<Permit<HttpCall<Inbound>>, Response = Reply, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
{
}

/// What a client with a right password is told when the account needs more.
const SECOND_FACTOR: &str = "This account has a second factor, so its password alone is not enough. Sign in with a browser, or ask an operator for an API token.";

/// The way in.
#[derive(Clone)]
pub struct Front<S> {
    state: Arc<State>,
    inner: S,
}

impl<S: Dispatches> Front<S> {
    /// A front before `inner`, which sees only what was admitted.
    pub fn new(state: Arc<State>, inner: S) -> Front<S> {
        Front { state, inner }
    }

    /// Answers one request of `peer`. A panic ends this request only.
    pub async fn answer(&self, request: Request<Body>, peer: Peer) -> Reply {
        let head = request.method() == Method::HEAD;
        let mut reply = caught::caught(self.pass(request, peer))
            .await
            .unwrap_or_else(|caught::Panicked| {
                tracing::error!("a request panicked; it was answered with 500");
                respond::broken()
            });
        if head {
            without_body(&mut reply);
        }
        reply
    }

    async fn pass(&self, request: Request<Body>, peer: Peer) -> Reply {
        let mut intake = Intake::new(request, peer, (self.state.now)());
        if let Err(bad) = intake.read() {
            let mut reply = self.reject(
                &intake,
                &Caller::Anonymous,
                Refusal::new(bad.code(), bad.status()),
            );
            if intake.parts.version < Version::HTTP_2 {
                // Whoever sent this may see other borders between requests than we do.
                reply
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            return reply;
        }
        if signin::is_exposed(&self.state, &intake) {
            let refusal = Refusal::new("login-plain", StatusCode::FORBIDDEN).of_page();
            return self.reject(&intake, &Caller::Anonymous, refusal);
        }
        let path = intake.path.as_str();
        if path == OTHER_HEALTH
            || path == OTHER_LOGOUT
            || path == OWN
            || path
                .strip_prefix(OWN)
                .is_some_and(|rest| rest.starts_with('/'))
        {
            return self.own(intake).await;
        }
        if signin::is_login_host(&self.state, intake.host.as_str()) {
            return self.login_host(intake).await;
        }
        let found = self.state.catalog.load().find(intake.host.as_str(), path);
        match found {
            Some(installed) => self.app(intake, installed).await,
            None if path == "/" && self.has_home(&intake) => self.home(intake).await,
            None => self.reject(
                &intake,
                &Caller::Anonymous,
                Refusal::new("not-found", StatusCode::NOT_FOUND),
            ),
        }
    }

    /// What is not ours at the login's host is nothing: apps have no place there.
    async fn login_host(&self, intake: Intake) -> Reply {
        if intake.path.as_str() == "/" {
            return self.home(intake).await;
        }
        let refusal = Refusal::new("not-found", StatusCode::NOT_FOUND).of_page();
        self.reject(&intake, &Caller::Anonymous, refusal)
    }

    /// Names the caller, or answers for whoever could not be named.
    async fn name(&self, intake: &mut Intake) -> Result<Caller, Reply> {
        self.named(intake).await.map(|named| named.caller)
    }

    /// Names the caller and the session, or answers for whoever could not be named.
    async fn named(&self, intake: &mut Intake) -> Result<Named, Reply> {
        intake.asker.basic = self.state.authn.offers_basic();
        let origin = intake.origin();
        let named = self
            .state
            .authn
            .name(&self.state.store, &intake.parts.headers, &origin)
            .await;
        let named = match named {
            Ok(Named {
                due: Some(sign_in), ..
            }) => self.renewed(intake, &sign_in).await,
            named => named,
        };
        match named {
            Ok(named) => {
                intake.asker.named = !matches!(named.caller, Caller::Anonymous);
                if let Caller::Person(person) = &named.caller {
                    // A program cannot sign in again, nor more strongly.
                    intake.asker.navigates &= person.auth.scope.is_none();
                }
                Ok(named)
            }
            Err(unnamed) => Err(self.unnamed(intake, &unnamed)),
        }
    }

    /// Names the caller once the provider has been asked again; nobody when that could not be settled.
    async fn renewed(&self, intake: &Intake, sign_in: &str) -> Result<Named, Unnamed> {
        if let Err(error) = signin::refresh(&self.state, sign_in, &intake.moment).await {
            tracing::error!(%error, "cannot refresh a sign-in; its request counts as anonymous");
            return Ok(Named::nobody());
        }
        let (store, headers) = (&self.state.store, &intake.parts.headers);
        let named = self
            .state
            .authn
            .name(store, headers, &intake.origin())
            .await?;
        Ok(match named.due {
            None => named,
            Some(_) => Named::nobody(),
        })
    }

    /// Records why credentials were not accepted, and answers so.
    fn unnamed(&self, intake: &Intake, unnamed: &Unnamed) -> Reply {
        let refusal = self.unnamed_refusal(unnamed);
        let mut reply = self.reject(intake, &Caller::Anonymous, refusal);
        if let Unnamed::SecondFactor(_) = unnamed {
            let record = respond::decision(&reply);
            reply = respond::problem(reply.status(), SECOND_FACTOR, &record);
        }
        if let Unnamed::TooMany(seconds) | Unnamed::Locked(seconds) = unnamed {
            respond::retry(reply.headers_mut(), *seconds);
        }
        reply
    }

    fn unnamed_refusal(&self, unnamed: &Unnamed) -> Refusal {
        let refusal = match unnamed {
            Unnamed::Wrong {
                known: Some(name), ..
            } => {
                Refusal::new("login-failed", StatusCode::UNAUTHORIZED).with(json!({ "user": name }))
            }
            Unnamed::Wrong { known: None, given } => {
                Refusal::new("login-failed", StatusCode::UNAUTHORIZED)
                    .with(json!({ "user_hmac": self.state.gate.log().hmac(given) }))
            }
            Unnamed::TooMany(_) => Refusal::new("login-throttled", StatusCode::TOO_MANY_REQUESTS),
            Unnamed::Locked(_) => Refusal::new("login-locked", StatusCode::TOO_MANY_REQUESTS),
            Unnamed::Code { user, used } => {
                let code = if *used {
                    "login-code-used"
                } else {
                    "login-code"
                };
                Refusal::new(code, StatusCode::UNAUTHORIZED).with(json!({ "user": user }))
            }
            Unnamed::SecondFactor(user) => {
                Refusal::new("login-second-factor", StatusCode::FORBIDDEN)
                    .with(json!({ "user": user }))
            }
            Unnamed::Token(fault) => Refusal::new(fault.code(), StatusCode::UNAUTHORIZED)
                .with(fault.id().map_or(Value::Null, |id| json!({ "token": id }))),
            Unnamed::Seal(error) => {
                tracing::error!(%error, "cannot read a second factor; make a new one with `sallyport user otp`");
                Refusal::new(
                    "login-second-factor-unreadable",
                    StatusCode::SERVICE_UNAVAILABLE,
                )
            }
            Unnamed::Busy => Refusal::new("login-busy", StatusCode::SERVICE_UNAVAILABLE),
            Unnamed::Store(error) => {
                tracing::error!(%error, "cannot read accounts");
                Refusal::new("login-store", StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        Refusal {
            action: "session.open",
            ..refusal
        }
    }

    /// The answer to a change that a page of another origin asked for.
    fn foreign(&self, intake: &Intake, caller: &Caller) -> Option<Reply> {
        match csrf::check(
            &intake.parts.method,
            &intake.parts.headers,
            &intake.authority,
        ) {
            Ok(()) => None,
            Err(csrf::CrossOrigin) => Some(self.reject(
                intake,
                caller,
                Refusal::new("cross-origin", StatusCode::FORBIDDEN),
            )),
        }
    }

    /// Leaves a deny record and answers.
    fn reject(&self, intake: &Intake, caller: &Caller, refusal: Refusal) -> Reply {
        let Refusal {
            code,
            status,
            action,
            detail,
        } = refusal;
        let detail = intake.detail(detail);
        let rejection = Rejection {
            code,
            action: action.to_owned(),
            resource: intake.resource(action),
            detail,
        };
        let refused = self.state.gate.reject(caller, rejection, &intake.moment);
        tracing::debug!(
            code,
            status = status.as_u16(),
            record = refused.id,
            "refused before policy"
        );
        respond::refused(&refused, status, &intake.asker)
    }
}

/// A refusal before policy: its code in the record and its status on the wire.
struct Refusal {
    code: &'static str,
    status: StatusCode,
    action: &'static str,
    detail: Value,
}

impl Refusal {
    fn new(code: &'static str, status: StatusCode) -> Refusal {
        Refusal {
            code,
            status,
            action: "app.access",
            detail: Value::Null,
        }
    }

    fn with(self, detail: Value) -> Refusal {
        Refusal { detail, ..self }
    }

    fn of_page(self) -> Refusal {
        Refusal {
            action: "gateway.page",
            ..self
        }
    }
}

/// The answer to HEAD: the headers of the answer to GET, with its length and without its body.
fn without_body(reply: &mut Reply) {
    let length = hyper::body::Body::size_hint(reply.body()).exact();
    if let Some(length) = length.filter(|_| reply.status().is_success()) {
        reply
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(length.into());
    }
    reply.body_mut().finish();
}

#[cfg(test)]
mod tests;
