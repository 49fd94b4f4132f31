//! A handler's reply as an HTTP response: templates, JSON, text, redirects, downloads.

mod redirect;

use bytes::Bytes;
use serde_json::Value as Json;

use super::reply::{Reply, Response};
use crate::inspection::{Route, RouteKind};
use crate::request::{AppRequest, AppResponse};
use crate::star::code::Code;
use crate::star::request::{Facts, is_partial};
use crate::star::text;

/// Makes the response; an error becomes a 500.
pub fn response(
    code: &Code,
    route: &Route,
    request: &AppRequest,
    facts: Facts,
    reply: Reply,
) -> Result<AppResponse, String> {
    match reply {
        Reply::Redirect { url, code, refresh } => redirect::to(request, &url, code, refresh),
        Reply::Response(response) => custom(code, route, facts, *response),
        Reply::Data(data) if route.kind == RouteKind::Html => {
            page(code, route, request, facts, data)
        }
        Reply::Data(data) => {
            let body = if route.api_type == "TEXT" {
                text::print(&data)
            } else {
                text::json(&data) + "\n"
            };
            Ok(plain(200, content_type(&route.api_type), body).varying())
        }
    }
}

fn page(
    code: &Code,
    route: &Route,
    request: &AppRequest,
    facts: Facts,
    data: Json,
) -> Result<AppResponse, String> {
    let partial = is_partial(request);
    let safe = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    if let Some(back) = (!partial && !safe && !route.partial.is_empty())
        .then(|| redirect::referer(request))
        .flatten()
    {
        return redirect::to(request, &back, 303, false);
    }
    let block = if partial { route.partial.as_str() } else { "" };
    let body = render(code, &route.full, block, facts, data)?;
    Ok(plain(200, content_type("HTML"), body).varying())
}

fn render(
    code: &Code,
    file: &str,
    block: &str,
    facts: Facts,
    data: Json,
) -> Result<String, String> {
    let engine = code.templates.as_ref().map_err(Clone::clone)?;
    engine.render(
        file,
        block,
        &facts.into_dot(data),
        code.limits.response_body,
    )
}

fn custom(
    code: &Code,
    route: &Route,
    facts: Facts,
    response: Response,
) -> Result<AppResponse, String> {
    if !response.download.is_empty() {
        return download(response);
    }
    let kind = match (response.kind.as_str(), route.kind) {
        ("", RouteKind::Html) => "HTML",
        ("", RouteKind::Api | RouteKind::Proxy) => route.api_type.as_str(),
        (kind, _) => kind,
    };
    match kind {
        "JSON" => Ok(plain(200, content_type(kind), text::json(&response.data))),
        "TEXT" => Ok(plain(200, content_type(kind), text::print(&response.data))),
        _ => html(code, facts, response),
    }
}

fn html(code: &Code, facts: Facts, response: Response) -> Result<AppResponse, String> {
    if response.block.is_empty() {
        return Err(
            "Error handling response: block not defined in response and type is not json/text"
                .to_owned(),
        );
    }
    let status = status(response.code)?;
    let body = render(code, "", &response.block, facts, response.data)?;
    let mut made = plain(status, content_type("HTML"), body);
    for (name, value) in ["HX-Retarget", "HX-Reswap", "HX-Redirect"]
        .into_iter()
        .zip(response.hx)
    {
        if !value.is_empty() {
            made.headers.push((name.to_owned(), header(&value)?));
        }
    }
    Ok(made)
}

fn download(response: Response) -> Result<AppResponse, String> {
    let Json::String(content) = response.data else {
        return Err(
            "download response data must be a string, bytes or a plugin download stream".to_owned(),
        );
    };
    let kind = Some(response.content_type).filter(|kind| !kind.is_empty());
    let kind = header(&kind.unwrap_or_else(|| "application/octet-stream".to_owned()))?;
    let mut made = plain(status(response.code)?, &kind, content);
    let name = response.download.replace('\\', "\\\\").replace('"', "\\\"");
    let disposition = header(&format!("attachment; filename=\"{name}\""))?;
    made.headers
        .push(("Content-Disposition".to_owned(), disposition));
    Ok(made)
}

fn content_type(kind: &str) -> &'static str {
    match kind {
        "JSON" => "application/json",
        "TEXT" => "text/plain",
        _ => "text/html; charset=utf-8",
    }
}

fn plain(status: u16, kind: &str, body: String) -> AppResponse {
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    AppResponse {
        status,
        headers,
        body: Bytes::from(body),
        audit: None,
    }
}

impl AppResponse {
    /// Caches must tell partial answers from whole pages.
    fn varying(mut self) -> Self {
        let vary = ["HX-Request", "HX-Boosted"].map(|name| ("Vary".to_owned(), name.to_owned()));
        self.headers.extend(vary);
        self
    }
}

/// A status a handler may choose.
fn status(code: i64) -> Result<u16, String> {
    let valid = u16::try_from(code)
        .ok()
        .filter(|code| (200..=599).contains(code));
    valid.ok_or_else(|| format!("Error handling response: invalid status code {code}"))
}

/// A header value that stays one header.
fn header(value: &str) -> Result<String, String> {
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(
            "Error handling response: a header value contains a control character".to_owned(),
        );
    }
    Ok(value.to_owned())
}
