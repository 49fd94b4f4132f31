//! The answers the gateway gives itself, each in one place: pages, problems, redirects, refusals.
//!
//! A stranger learns what was refused and which record to quote, never why; a signed-in person also
//! reads what the guardrail says.

mod body;
mod coding;
mod headers;
mod ledger;
mod login;
mod refusal;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;

pub use body::{Body, Broken};
pub use coding::{Coding, accepted, compress, shrinks, vary};
pub use headers::{guard_app, guard_own, guard_own_kept};
pub use ledger::Ledger;
#[cfg(feature = "saml")]
pub use login::may_post_itself;
pub use login::{bind, may_lead_to, set_cookie};
pub use refusal::{Asker, reads_html, refused};

/// An answer; it does not leave before its decision is durable.
pub type Reply = Response<Body>;

/// An answer with a body of this type.
pub fn body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Body::whole(body));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// Plain text.
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    body(status, "text/plain; charset=utf-8", text)
}

/// A page of our own.
pub fn page(status: StatusCode, html: String) -> Reply {
    let mut reply = body(status, "text/html; charset=utf-8", html);
    guard_own(reply.headers_mut());
    reply
}

/// A problem for programs (RFC 9457); `record` is the record to quote.
pub fn problem(status: StatusCode, detail: &str, record: &str) -> Reply {
    let problem = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Refused"),
        "status": status.as_u16(),
        "detail": detail,
        "instance": record,
    });
    let mut reply = body(status, "application/problem+json", problem.to_string());
    guard_own(reply.headers_mut());
    reply
}

/// A redirect after a form, or to the login.
pub fn see_other(location: &str) -> Reply {
    redirect(StatusCode::SEE_OTHER, location)
}

/// A redirect that keeps the method.
pub fn temporary(location: &str) -> Reply {
    redirect(StatusCode::TEMPORARY_REDIRECT, location)
}

fn redirect(status: StatusCode, location: &str) -> Reply {
    let mut reply = text(status, "");
    guard_own(reply.headers_mut());
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    reply.headers_mut().insert(header::LOCATION, location);
    reply
}

/// The answer while records cannot be written.
pub fn unwritable() -> Reply {
    unavailable(
        "the gateway cannot record requests now; try again later",
        "",
        5,
    )
}

/// The answer for a person who has to wait, as a page.
pub fn unavailable_page(record: &str, retry_after: u64) -> Reply {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut reply = page(status, crate::page::denied::rejected(status, record));
    retry(reply.headers_mut(), retry_after);
    reply
}

/// The answer when something is not there for a while; `record` is the record to quote, if there is one.
pub fn unavailable(detail: &str, record: &str, retry_after: u64) -> Reply {
    let mut reply = problem(StatusCode::SERVICE_UNAVAILABLE, detail, record);
    retry(reply.headers_mut(), retry_after);
    reply
}

/// Names the record of the decision that this answer follows from.
pub fn name_decision(reply: &mut Reply, record: &str) {
    if let Ok(record) = HeaderValue::from_str(record)
        && !record.is_empty()
    {
        reply.headers_mut().insert("sallyport-decision", record);
    }
}

/// The record that an answer quotes.
pub fn decision(reply: &Reply) -> String {
    let record = reply.headers().get("sallyport-decision");
    let record = record.and_then(|record| record.to_str().ok());
    record.unwrap_or_default().to_owned()
}

/// Adds `Retry-After`.
pub fn retry(headers: &mut HeaderMap, seconds: u64) {
    headers.insert(header::RETRY_AFTER, seconds.into());
}

/// The answer when our own code failed.
pub fn broken() -> Reply {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the gateway failed to answer; operators find the cause in its log",
        "",
    )
}

/// The bytes of an answer, for an outcome; zero when nobody knows yet.
pub fn length(reply: &Reply) -> u64 {
    hyper::body::Body::size_hint(reply.body())
        .exact()
        .unwrap_or_default()
}
