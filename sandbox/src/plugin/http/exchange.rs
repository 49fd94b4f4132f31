//! One request and its answer on the wire. Here, and only here, the values of secrets join the
//! request; they are marked sensitive so that no library prints them.

use std::time::Duration;

use audit::Outcome;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use secrets::Tokens;

use super::hop::Hop;
use super::signature::{Signature, sign};
use crate::plugin::carried::Revealed;
use crate::plugin::errand::spelt;

/// An answer, its body within bounds.
pub struct Sent {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; not read when the answer is a redirect.
    pub body: Vec<u8>,
    /// The address that answered.
    pub peer: Option<String>,
}

/// Why there is no answer.
pub struct Failure {
    /// For the record.
    pub class: &'static str,
    /// For the app; may still hold values of secrets.
    pub text: String,
}

impl Failure {
    /// A failure of this class.
    pub fn new(class: &'static str, text: String) -> Self {
        Self { class, text }
    }

    /// The time is up.
    pub fn late(limit: Duration) -> Self {
        Self::new(
            "http.timeout",
            format!("no answer within {} s", limit.as_secs()),
        )
    }
}

impl Sent {
    /// Where it redirects to, if it does.
    pub fn location(&self) -> Option<&str> {
        let redirects = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        self.headers
            .get(LOCATION)
            .filter(|_| redirects)?
            .to_str()
            .ok()
    }
}

/// Sends `hop` and reads the answer, whose body is at most `limit` bytes long.
pub async fn run(
    client: &reqwest::Client,
    hop: &Hop,
    values: (&Revealed, &Tokens),
    (limit, now): (usize, jiff::Timestamp),
) -> Result<Sent, Failure> {
    let request = request(client, hop, values, now)?;
    let mut response = request.send().await.map_err(failed)?;
    let mut sent = Sent {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body: Vec::new(),
        peer: response.remote_addr().map(|address| address.to_string()),
    };
    if sent.location().is_none() {
        sent.body = body(response, limit).await?;
    }
    Ok(sent)
}

/// The request with the values of its secrets.
fn request(
    client: &reqwest::Client,
    hop: &Hop,
    (revealed, tokens): (&Revealed, &Tokens),
    now: jiff::Timestamp,
) -> Result<reqwest::RequestBuilder, Failure> {
    let url = url(hop, revealed, tokens)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &hop.headers {
        let (name, value) = header(name, &revealed.fill(tokens, value))?;
        headers.append(name, value);
    }
    if let Some(Signature { user, key }) = &hop.signature {
        let signer = (revealed.fill(tokens, user), revealed.fill(tokens, key));
        sign(&mut headers, &url, (&signer.0, &signer.1), now)?;
    }
    let mut request = client
        .request(super::verb(hop.method), url)
        .headers(headers);
    if let Some((user, password)) = &hop.basic {
        request = request.basic_auth(
            revealed.fill(tokens, user),
            Some(revealed.fill(tokens, password)),
        );
    }
    if let Some(body) = &hop.body {
        request = request.body(body.encode(revealed, tokens));
    }
    Ok(request)
}

async fn body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::new(
                "http.size",
                format!("the answer is longer than {limit} bytes"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: reqwest::Error) -> Failure {
    let class = if error.is_connect() {
        "http.connect"
    } else {
        "http.exchange"
    };
    Failure::new(class, spelt(&error.without_url()))
}

/// What the record says of it.
pub fn outcome(sent: &Result<Sent, Failure>, took: Duration) -> Outcome {
    match sent {
        Ok(sent) => Outcome {
            code: Some(sent.status),
            bytes: sent.body.len() as u64,
            peer: sent.peer.clone(),
            ..Outcome::of(None, took)
        },
        Err(failure) => Outcome::of(Some(failure.class), took),
    }
}

/// The URL with values. A value may fill a place and must not make new path segments.
fn url(hop: &Hop, revealed: &Revealed, tokens: &Tokens) -> Result<reqwest::Url, Failure> {
    let refuse = || {
        Failure::new(
            "http.url",
            "a secret's value cannot stand in this place of the URL".to_owned(),
        )
    };
    let url = reqwest::Url::parse(&revealed.fill_url(tokens, &hop.url.to_string()))
        .map_err(|_| refuse())?;
    let same = url.path().split('/').count() == hop.url.path().split('/').count();
    if !same || url.host_str() != Some(hop.url.host()) {
        return Err(refuse());
    }
    Ok(url)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let refuse = |what: &str| Failure::new("http.header", format!("header `{name}` {what}"));
    let header =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("is not a header name"))?;
    let mut value =
        HeaderValue::from_str(value).map_err(|_| refuse("has a value that cannot be sent"))?;
    value.set_sensitive(true);
    Ok((header, value))
}
