//! A proxy route: the request goes on to the upstream the app declares, and its answer comes back, both
//! piece by piece. Passing on is a call of the app, admitted and recorded beside the request itself.

mod course;
mod headers;
mod watch;

use std::sync::Arc;

use audit::RecordId;
use http::{HeaderValue, Method, Response, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use policy::{Caller, Moment, Refused, RefusedKind};
use sandbox::{Cause, Forward, ForwardError, ProxyConfig, Upgrade};

use super::{acting, answer::Answer, lease::Lease};
use crate::{
    assertion,
    front::Inbound,
    respond::{self, Asker, Body, Reply},
    state::State,
};
use course::{Astray, Course};
use watch::Watch;

/// Protocols that nobody may change to: what follows would be requests that nobody judged.
const REQUESTS: [&str; 3] = ["h2c", "http/", "tls/"];

/// Passes the request on by the proxy route with this index.
pub(super) async fn pass(
    state: &Arc<State>,
    mut inbound: Inbound,
    route: usize,
    record: RecordId,
) -> Answer {
    let installed = Arc::clone(&inbound.installed);
    let declared = installed.inspection.routes.get(route);
    let Some((route, config)) = declared.and_then(|route| Some((route, route.proxy.as_ref()?)))
    else {
        return super::answer::unavailable();
    };
    let course = Course::plot(
        config,
        installed.address.path(),
        &inbound.path.written(),
        inbound.parts.uri.query(),
    );
    let course = match course {
        Ok(course) => course,
        Err(Astray::Outside) => return super::answer::nothing(),
        Err(Astray::Declaration) => return upstream("proxy.url"),
    };
    let moment = Moment {
        parent: Some(record.clone()),
        ..inbound.moment.clone()
    };
    let token = state.assertions.of(state, &inbound, &record);
    let upgrade = upgrade(&inbound);
    let watch = Watch::new(state, &inbound, &moment);
    let watch: sandbox::Watch = match &upgrade {
        None => Box::new(move |judged| Box::pin(watch.over(judged))),
        Some(_) => {
            let ended = ended(state, &inbound, (record, route.pattern.clone()));
            Box::new(move |judged| Box::pin(first(watch.over(judged), ended)))
        }
    };
    let mut forward = forward(&mut inbound, config, &course, (upgrade, watch));
    if let Some(token) = token.and_then(|token| HeaderValue::from_str(&token).ok()) {
        forward.headers.insert(assertion::HEADER, token);
    }
    let acting = Arc::new(acting(&inbound));
    match state.sandbox.forward(&acting, forward, &moment).await {
        Ok(answer) => {
            let (parts, body) = answer.into_parts();
            let kind = (parts.status, inbound.parts.method == Method::HEAD);
            let mut reply = Response::new(Body::stream(body));
            *reply.status_mut() = parts.status;
            *reply.headers_mut() = headers::coming(&parts.headers, config, &course, kind);
            if parts.status == StatusCode::SWITCHING_PROTOCOLS {
                *reply.body_mut() = Body::empty();
            }
            Answer {
                error_class: parts.status.is_server_error().then_some("app"),
                ..Answer::app(reply)
            }
        }
        Err(error) => failed(&error, &inbound),
    }
}

/// The request as it goes out.
fn forward(
    inbound: &mut Inbound,
    config: &ProxyConfig,
    course: &Course,
    (upgrade, watch): (Option<Upgrade>, sandbox::Watch),
) -> Forward {
    let headers = headers::going(inbound, config, course, upgrade.is_some());
    let body = std::mem::take(&mut inbound.body);
    Forward {
        config: config.clone(),
        url: course.url.clone(),
        method: inbound.parts.method.clone(),
        headers,
        body: body.map_err(Cause::from).boxed_unsync(),
        upgrade,
        watch,
    }
}

/// Resolves when the request of an upgraded connection would be refused now, or the server stops. Answers
/// in pieces are looked after by whoever sends them.
fn ended(
    state: &Arc<State>,
    inbound: &Inbound,
    (record, route): (RecordId, String),
) -> impl Future<Output = &'static str> + Send + use<> {
    let lease = Lease::new(state, inbound, record);
    let mut stopping = state.stopping.subscribe();
    async move {
        tokio::select! {
            over = lease.over(route) => over.class,
            // An error means that nobody can stop us any more, which is a stop as well.
            _ = stopping.wait_for(|stop| *stop) => "stopped",
        }
    }
}

async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    tokio::select! {
        done = one => done,
        done = other => done,
    }
}

/// What the client wants its connection to become. A wish that cannot be granted is no wish.
fn upgrade(inbound: &Inbound) -> Option<Upgrade> {
    let parts = &inbound.parts;
    let client = parts.extensions.get::<OnUpgrade>()?.clone();
    let protocol = wished(&parts.headers)?;
    let plain = parts.version == Version::HTTP_11
        && parts.method == Method::GET
        && hyper::body::Body::is_end_stream(&inbound.body);
    plain.then_some(Upgrade { protocol, client })
}

/// The one protocol that both `Connection` and `Upgrade` speak of.
fn wished(headers: &http::HeaderMap) -> Option<HeaderValue> {
    let mut protocols = headers.get_all(header::UPGRADE).iter();
    let (Some(protocol), None) = (protocols.next(), protocols.next()) else {
        return None;
    };
    let name = protocol.to_str().ok()?.to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/+".contains(&byte);
    let named = super::headers::listed_by_connection(headers)
        .iter()
        .any(|listed| listed == "upgrade");
    let good = !name.is_empty()
        && name.bytes().all(token)
        && !REQUESTS.iter().any(|requests| name.starts_with(requests));
    (named && good).then(|| protocol.clone())
}

fn failed(error: &ForwardError, inbound: &Inbound) -> Answer {
    match error {
        ForwardError::Refused(refused) => Answer::failed(refusal(refused, inbound), "refused"),
        ForwardError::Unrecorded => Answer::failed(respond::unwritable(), "unwritable"),
        ForwardError::Busy => {
            let detail = "too many requests are on their way to this server; try again in a moment";
            Answer::failed(respond::unavailable(detail, "", 1), "busy")
        }
        ForwardError::Upstream(class) => upstream(class),
    }
}

/// The app may not do this. Signing in changes nothing of it, so nobody is sent to the login.
fn refusal(refused: &Refused, inbound: &Inbound) -> Reply {
    let parts = &inbound.parts;
    let mut asker = Asker::new(&parts.method, &parts.headers, String::new());
    asker.named = !matches!(inbound.caller, Caller::Anonymous);
    if asker.named || refused.kind == RefusedKind::Unwritable {
        return respond::refused(refused, StatusCode::FORBIDDEN, &asker);
    }
    let detail = "the app is not permitted to pass this request on";
    respond::problem(StatusCode::FORBIDDEN, detail, &refused.id)
}

/// The upstream does not answer; the record says why.
fn upstream(class: &'static str) -> Answer {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = StatusCode::BAD_GATEWAY;
    let answer = Answer::app(reply);
    Answer {
        error_class: Some(class),
        ..answer
    }
}
