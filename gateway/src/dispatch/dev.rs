//! What only apps in development answer: their reloads as a stream of events, and why they do not run.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response, header};

use super::answer::Answer;
use crate::{
    dev,
    front::{Inbound, Target},
    respond::{self, Body},
    state::State,
};

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    ),
];

/// The stream of the app's reloads.
pub(super) fn events(state: &Arc<State>, inbound: &Inbound) -> Answer {
    let Some(pieces) = dev::events(state, &inbound.installed.instance.app) else {
        let busy = "too many pages of this app wait for its reload; close some";
        return Answer::failed(respond::unavailable(busy, "", 15), "busy");
    };
    let mut reply = Response::new(Body::pieces(pieces));
    reply.headers_mut().extend(HEADERS);
    Answer::app(reply)
}

/// Why the app does not run; its stream of reloads goes on.
pub(super) fn broken(state: &State, inbound: &Inbound) -> Option<Answer> {
    if inbound.target == Target::Events {
        return None;
    }
    let reply = dev::broken(state, &inbound.installed, &inbound.parts.headers)?;
    Some(Answer::failed(reply, "load"))
}
