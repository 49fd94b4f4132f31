//! Does what was admitted: spends the permit of a request, lets the app answer, closes the record.
//!
//! The permit owns the request, so what was judged is what is done. The answer to a read waits here until
//! its decision is durable; a request that is dropped on the way closes its record as abandoned.

mod answer;
mod dev;
mod dress;
mod headers;
mod lease;
mod proxy;
mod request;
mod served;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use audit::{Outcome, RecordId};
use http::StatusCode;
use policy::{Acting, Caller, HttpCall, Moment, Permit};
use sandbox::{Answered, AppError, AppResponse};
use tower::Service;

use crate::{
    csrf,
    front::{Inbound, Target, read_body},
    respond::{self, Body, Ledger, Reply},
    state::State,
    statics::{self, Found, Hashes, Variants},
};
use answer::Answer;
use dress::Asked;
use lease::Lease;

/// Dispatches admitted requests to apps and their files.
#[derive(Clone)]
pub struct Dispatch {
    state: Arc<State>,
    hashes: Arc<Hashes>,
    variants: Arc<Variants>,
}

impl Dispatch {
    /// Makes a dispatcher over the installed apps.
    pub fn new(state: Arc<State>) -> Dispatch {
        Dispatch {
            state,
            hashes: Arc::default(),
            variants: Arc::default(),
        }
    }

    async fn spend(self, permit: Permit<HttpCall<Inbound>>) -> Reply {
        let since = Instant::now();
        let (call, mut open) = permit.spend();
        let held = csrf::is_safe(&call.request.parts.method);
        let route = call.route;
        let asked = Asked::of(&call.request);
        let lease = Lease::new(&self.state, &call.request, open.id().clone());
        let mut answer = self.act(call.request, open.id().clone()).await;
        if !answer.ours {
            answer.reply = asked.dress(&self.state.config, answer.reply).await;
        }
        if held && let Err(error) = open.durable().await {
            tracing::error!(%error, "an answer was withheld because its record could not be written");
            answer = Answer::failed(respond::unwritable(), "unwritable");
        }
        let Answer {
            mut reply,
            error_class,
            ours: _,
        } = answer;
        respond::name_decision(&mut reply, open.id().as_str());
        let status = reply.status().as_u16();
        tracing::debug!(route, status, "answered");
        if reply.body().as_whole().is_none() {
            let length = hyper::body::Body::size_hint(reply.body()).exact();
            let ledger = Ledger::new(open, since, (status, error_class), length);
            let over = Box::pin(lease.over(route));
            return reply.map(|body| body.recorded(ledger).until(over));
        }
        open.close(Outcome {
            code: Some(status),
            bytes: respond::length(&reply),
            ..Outcome::of(error_class, since.elapsed())
        });
        reply
    }

    async fn act(&self, inbound: Inbound, record: RecordId) -> Answer {
        if let Some(answer) = dev::broken(&self.state, &inbound) {
            return answer;
        }
        match inbound.target {
            Target::Handler { .. } => self.handle(inbound, record).await,
            Target::File(ref found) => self.file(&inbound, found).await,
            Target::Served(ref id) => {
                let moment = Moment {
                    parent: Some(record),
                    ..inbound.moment.clone()
                };
                served::answer(&self.state, &inbound, id, &moment).await
            }
            Target::Events => dev::events(&self.state, &inbound),
            Target::Proxy { route } => proxy::pass(&self.state, inbound, route, record).await,
            Target::Slash => answer::slash(&inbound),
            Target::OtherMethod(ref methods) => answer::other_method(&inbound, methods),
            Target::Unavailable => answer::unavailable(),
            Target::Nothing => answer::nothing(),
        }
    }

    /// Runs the handler in the app's worker; its plugin calls name this request's record as their parent.
    async fn handle(&self, mut inbound: Inbound, record: RecordId) -> Answer {
        let body = std::mem::take(&mut inbound.body);
        let address = &inbound.installed.address;
        let limit = self.state.config.apps.request_body(address);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let body = match read_body(body, limit).await {
            Ok(body) => body,
            Err(error) => return answer::unread(&error),
        };
        let acting = Arc::new(acting(&inbound));
        let moment = Moment {
            parent: Some(record),
            ..inbound.moment.clone()
        };
        let request = request::app_request(&inbound, body);
        match inbound.installed.app.serve(request, acting, &moment).await {
            Ok(Answered::Whole(response)) => self.answered(&inbound, &moment, response).await,
            Ok(Answered::Stream { head, pieces }) => {
                let answer = self.answered(&inbound, &moment, head).await;
                answer.with_body(Body::pieces(pieces))
            }
            Err(error) => failed(&error, &inbound, &moment),
        }
    }

    async fn answered(
        &self,
        inbound: &Inbound,
        moment: &Moment,
        mut response: AppResponse,
    ) -> Answer {
        if let Some(custom) = response.audit.take() {
            let event = answer::event(inbound, moment, custom);
            if let Err(error) = self.state.gate.log().note(event).await {
                tracing::error!(%error, "an answer was withheld because the app's own record could not be written");
                return Answer::failed(respond::unwritable(), "unwritable");
            }
        }
        answer::from_app(response)
    }

    async fn file(&self, inbound: &Inbound, found: &Found) -> Answer {
        let source = &inbound.installed.source;
        let (name, named) = match found {
            Found::File { name, hash } => (name, hash),
            Found::Folder => {
                return Answer::app(respond::text(StatusCode::FORBIDDEN, "403 Forbidden\n"));
            }
            Found::Missing => return answer::nothing(),
        };
        let Some(content) = source.files.get(name) else {
            return answer::nothing();
        };
        let hash = self
            .hashes
            .find(&inbound.installed.instance.spec_hash, name, content);
        if named.as_ref().is_some_and(|named| *named != hash) {
            return answer::nothing();
        }
        let edge = self.state.config.edge(&inbound.installed.address);
        let asked = &inbound.parts.headers;
        let coding = edge.compression.and_then(|_| respond::accepted(asked));
        let of_root = name.starts_with("static_root/");
        let file = statics::File {
            name,
            content,
            hash: &hash,
            named: named.is_some(),
            cache: edge.static_root_cache_control.value().filter(|_| of_root),
        };
        Answer::app(statics::answer(&file, asked, coding, &self.variants).await)
    }
}

impl Service<Permit<HttpCall<Inbound>>> for Dispatch {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, permit: Permit<HttpCall<Inbound>>) -> Self::Future {
        let dispatch = self.clone();
        Box::pin(async move { Ok(dispatch.spend(permit).await) })
    }
}

/// The app, acting for whoever asks.
fn acting(inbound: &Inbound) -> Acting {
    let on_behalf_of = match &inbound.caller {
        Caller::Anonymous => None,
        Caller::Person(person) => Some(Arc::clone(person)),
        Caller::App(acting) => acting.on_behalf_of.clone(),
    };
    Acting {
        instance: Arc::clone(&inbound.installed.instance),
        on_behalf_of,
    }
}

/// A handler's error is meant to be read; everything else stays in the server's log.
fn failed(error: &AppError, inbound: &Inbound, moment: &Moment) -> Answer {
    let later = |detail: &str, seconds: u64| match &moment.parent {
        Some(record) if respond::reads_html(&inbound.parts.headers) => {
            respond::unavailable_page(record.as_str(), seconds)
        }
        record => {
            let record = record.as_ref().map_or("", RecordId::as_str);
            respond::unavailable(detail, record, seconds)
        }
    };
    match error {
        AppError::Handler(message) => {
            Answer::failed_app(StatusCode::INTERNAL_SERVER_ERROR, message, "handler")
        }
        AppError::Load(message) => {
            Answer::failed_app(StatusCode::INTERNAL_SERVER_ERROR, message, "load")
        }
        AppError::Unavailable(why) => {
            let app = &inbound.installed.instance.path;
            tracing::warn!(app, why, "an app is not available");
            Answer::failed(
                later("the app is not available now; try again in a moment", 2),
                "unavailable",
            )
        }
        AppError::Busy => {
            Answer::failed(later("the app is busy; try again in a moment", 1), "busy")
        }
    }
}
