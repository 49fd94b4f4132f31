//! From the arguments of a call to its first request. Nothing is looked up or sent here.

use std::time::Duration;

use policy::{Bound, Function, HttpMethod, Url};
use secrets::Tokens;
use serde_json::Value;

use super::body::Body;
use super::hop::Hop;
use super::signature::Signature;
use crate::plugin::argument::{Problem, flag, number, pairs, subjects};
use crate::plugin::errand::Errand;

/// The first request and what the app wants of the answer.
pub struct Draft {
    /// The request.
    pub hop: Hop,
    /// What the app wants.
    pub wish: Wish,
    /// All arguments in print, by parameter index.
    pub subjects: Vec<(usize, String)>,
}

/// How the app wants the call to end.
pub struct Wish {
    /// Longest time for everything.
    pub timeout: Duration,
    /// Whether a status outside 200 to 299 is an error.
    pub error_on_fail: bool,
}

/// Headers that would change where or how the request travels; only the gateway sets them.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
    "proxy-authorization",
    "proxy-connection",
    "http2-settings",
];

impl Draft {
    /// Reads the arguments in `bound`.
    pub fn new(errand: &Errand<'_>, bound: &Bound) -> Result<Draft, Problem> {
        let method = method(bound)?;
        let body = body(bound)?;
        let mut headers = headers(bound, errand.tokens)?;
        let typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(kind) = body
            .as_ref()
            .and_then(Body::content_type)
            .filter(|_| !typed)
        {
            headers.push(("Content-Type".to_owned(), kind));
        }
        let url = with_params(url(bound.text("url"))?, bound)?;
        let hop = Hop {
            method,
            url,
            headers,
            basic: basic(bound)?,
            signature: Signature::new(bound)?,
            body,
        };
        hop.judged(errand.tokens)?;
        let wish = Wish {
            timeout: timeout(bound)?.min(errand.plugins.bounds.http),
            error_on_fail: flag(bound, "error_on_fail"),
        };
        Ok(Draft {
            hop,
            wish,
            subjects: subjects(bound, errand.tokens),
        })
    }
}

fn method(bound: &Bound) -> Result<HttpMethod, Problem> {
    let Function { name, action, .. } = bound.function;
    HttpMethod::ALL
        .into_iter()
        .find(|method| method.action() == *action)
        .ok_or_else(|| format!("http.in has no function `{name}`"))
}

fn url(text: &str) -> Result<Url, Problem> {
    if text.starts_with("<CONTAINER_URL>") {
        return Err("container proxy url not set".to_owned());
    }
    Url::parse(text).map_err(|error| error.to_string())
}

/// Sets `params` on the query, replacing those of the same name.
fn with_params(url: Url, bound: &Bound) -> Result<Url, Problem> {
    let params = pairs(bound, "params", "param")?;
    if params.is_empty() {
        return Ok(url);
    }
    let present = url::form_urlencoded::parse(url.query().as_bytes()).into_owned();
    let mut pairs: Vec<(String, String)> = present
        .filter(|(name, _)| params.iter().all(|(param, _)| param != name))
        .collect();
    pairs.extend(params);
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let text = url.to_string();
    let start = text
        .split_once('?')
        .map_or(text.as_str(), |(start, _)| start);
    Url::parse(&format!("{start}?{query}")).map_err(|error| error.to_string())
}

fn headers(bound: &Bound, tokens: &Tokens) -> Result<Vec<(String, String)>, Problem> {
    let headers = pairs(bound, "headers", "header")?;
    for (name, _) in &headers {
        let known = reqwest::header::HeaderName::from_bytes(name.as_bytes());
        let known = known.map_err(|_| format!("`{}` is not a header name", tokens.show(name)))?;
        if OURS.contains(&known.as_str()) {
            return Err(format!(
                "header `{name}` is set by the gateway; remove it from the call"
            ));
        }
        if !tokens.find(name).is_empty() {
            return Err("a secret cannot be part of a header name".to_owned());
        }
    }
    Ok(headers)
}

fn body(bound: &Bound) -> Result<Option<Body>, Problem> {
    let text = bound.text("body");
    if !text.is_empty() {
        return Ok(Some(Body::Text(text.to_owned())));
    }
    let form = pairs(bound, "form_body", "form_body")?;
    if form.is_empty() {
        return Ok(Some(bound.value("json_body"))
            .filter(|value| !value.is_null())
            .map(|value| Body::Json(value.clone())));
    }
    match bound.text("form_encoding") {
        "" | "application/x-www-form-urlencoded" => Ok(Some(Body::Form(form))),
        "multipart/form-data" => {
            let mut random = [0; 16];
            getrandom::fill(&mut random)
                .map_err(|error| format!("no randomness for a boundary: {error}"))?;
            Ok(Some(Body::Multipart(
                format!("{:032x}", u128::from_be_bytes(random)),
                form,
            )))
        }
        other => Err(format!("unknown form encoding: {other}")),
    }
}

fn basic(bound: &Bound) -> Result<Option<(String, String)>, Problem> {
    let value = bound.value("auth_basic");
    if value.is_null() {
        return Ok(None);
    }
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(user), Value::String(password)]) => {
            Ok(Some((user.clone(), password.clone())))
        }
        _ => Err("expected two values for auth params tuple".to_owned()),
    }
}

fn timeout(bound: &Bound) -> Result<Duration, Problem> {
    let seconds = u64::try_from(number(bound, "timeout")).unwrap_or(0);
    if seconds == 0 {
        return Err("timeout must be a positive integer number of seconds".to_owned());
    }
    Ok(Duration::from_secs(seconds))
}
