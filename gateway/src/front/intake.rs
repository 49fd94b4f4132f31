//! Reads a request into its one canonical form, or says what is wrong with it.

use audit::EntityRef;
use http::{HeaderMap, Method, Request, StatusCode, header, request::Parts};
use jiff::Timestamp;
use policy::{Moment, Net};
use serde_json::{Map, Value, json};

use super::Body;
use crate::{
    authn::Origin,
    peer::Peer,
    respond::Asker,
    route::{BadHost, BadPath, Host, Path, canonical_host, canonical_path},
};

/// A request on its way to its decision.
pub struct Intake {
    /// The request without its body.
    pub parts: Parts,
    /// The body, not yet read.
    pub body: Body,
    /// The canonical path; `/` until [`Intake::read`] has found it.
    pub path: Path,
    /// The canonical host; empty until then.
    pub host: Host,
    /// The host and port as the client named them.
    pub authority: String,
    /// Who sent it.
    pub peer: Peer,
    /// When and from where, for the gate.
    pub moment: Moment,
    /// What kind of answer fits.
    pub asker: Asker,
}

/// Why a request cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Method,
    Framing,
    Host(BadHost),
    Path(BadPath),
}

impl Unreadable {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Framing => "framing",
            Self::Host(bad) => bad.code(),
            Self::Path(bad) => bad.code(),
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Framing | Self::Host(_) | Self::Path(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl Intake {
    pub(super) fn new(request: Request<Body>, peer: Peer, now: Timestamp) -> Intake {
        let (parts, body) = request.into_parts();
        let moment = Moment {
            now,
            trace: uuid::Uuid::now_v7().to_string(),
            parent: None,
            net: Net {
                ip: peer.ip(),
                tls: peer.tls,
                unix: false,
            },
        };
        let asker = Asker::new(&parts.method, &parts.headers, "/".into());
        let (path, host, authority) = (Path::root(), Host::unknown(), String::new());
        Intake {
            parts,
            body,
            path,
            host,
            authority,
            peer,
            moment,
            asker,
        }
    }

    /// Finds method, host and path in their canonical form.
    pub(super) fn read(&mut self) -> Result<(), Unreadable> {
        // CONNECT and TRACE never; methods nobody knows neither.
        let known = [
            "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY",
        ];
        if !known.contains(&self.parts.method.as_str()) {
            return Err(Unreadable::Method);
        }
        if !has_one_framing(&self.parts.headers) {
            return Err(Unreadable::Framing);
        }
        (self.host, self.authority) = host(&self.parts).map_err(Unreadable::Host)?;
        self.path = canonical_path(self.parts.uri.path()).map_err(Unreadable::Path)?;
        let query = self
            .parts
            .uri
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        self.asker.back = format!("{}{query}", self.path.written());
        Ok(())
    }

    /// From where and when credentials come.
    pub(super) fn origin(&self) -> Origin<'_> {
        Origin {
            host: self.host.as_str(),
            ip: self.moment.net.ip,
            tls: self.peer.tls,
            now: self.moment.now,
        }
    }

    /// Method, host and path for the detail of a rejection; queries and headers stay out of it.
    pub(super) fn detail(&self, more: Value) -> Value {
        let mut detail = Map::new();
        detail.insert("method".into(), json!(self.parts.method.as_str()));
        detail.insert("host".into(), json!(self.host.as_str()));
        detail.insert("path".into(), json!(shortened(self.parts.uri.path())));
        if let Value::Object(more) = more {
            detail.extend(more);
        }
        Value::Object(detail)
    }

    /// What a rejected request was about: nothing of its text, which is a stranger's.
    pub(super) fn resource(&self, action: &str) -> EntityRef {
        match action {
            "app.access" => EntityRef::new("AppInstance", "unknown"),
            _ => EntityRef::new("System", "gateway"),
        }
    }

    /// Whether the method promises to change nothing and wants the content.
    pub(super) fn reads(&self) -> bool {
        matches!(self.parts.method, Method::GET | Method::HEAD)
    }
}

/// Whether every reader sees the same end of the body: one framing, and no coding but `chunked`.
fn has_one_framing(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match codings.next() {
        None => true,
        Some(coding) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked")
                && codings.next().is_none()
                && !headers.contains_key(header::CONTENT_LENGTH)
        }
    }
}

fn shortened(path: &str) -> String {
    path.chars().take(512).collect()
}

/// The host of the request: named once, or several times with one meaning.
fn host(parts: &Parts) -> Result<(Host, String), BadHost> {
    let mut headers = parts.headers.get_all(header::HOST).iter();
    let given = headers
        .next()
        .map(|value| value.to_str().map_err(|_| BadHost::Malformed))
        .transpose()?;
    if headers.next().is_some() {
        return Err(BadHost::Ambiguous);
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let written = authority.or(given).ok_or(BadHost::Missing)?;
    let host = canonical_host(written)?;
    if let Some(given) = given
        && canonical_host(given)? != host
    {
        return Err(BadHost::Ambiguous);
    }
    Ok((host, written.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
