//! A handler's reply as an HTTP response: templates, JSON, text, redirects, downloads.

mod redirect;

use bytes::Bytes;
use gotemplate::Value as Page;

use super::reply::{Content, Data, Reply, Response};
use crate::inspection::Route;
use crate::request::{AppRequest, AppResponse};
use crate::star::code::Code;
use crate::star::request::{Facts, is_partial};
use crate::star::text;
use crate::template;

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
        Reply::Response(response) => custom(code, facts, *response),
        Reply::Stream(_) => Err("stream value is nil".to_owned()),
        Reply::Data(Data::Page(data)) => page(code, route, request, facts, data),
        Reply::Data(Data::Json(data)) => {
            Ok(plain(200, content_type("JSON"), text::json(&data) + "\n").varying())
        }
        Reply::Data(Data::Text(data)) => {
            Ok(plain(200, content_type("TEXT"), text::print(&data)).varying())
        }
    }
}

fn page(
    code: &Code,
    route: &Route,
    request: &AppRequest,
    facts: Facts,
    data: Page,
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
    data: Page,
) -> Result<Vec<u8>, String> {
    let pages = code.templates.as_ref().map_err(Clone::clone)?;
    let run = template::run(&code.common.limits, facts.now());
    let dot = facts.into_dot(data);
    pages.render(file, block, dot, &run)
}

fn custom(code: &Code, facts: Facts, response: Response) -> Result<AppResponse, String> {
    let (kind, body) = match response.content {
        Content::File(ref content) => return download(&response, content.clone()),
        Content::Data(Data::Json(ref data)) => ("JSON", text::json(data).into_bytes()),
        Content::Data(Data::Text(ref data)) => ("TEXT", text::print(data).into_bytes()),
        Content::Data(Data::Page(_)) if response.block.is_empty() => {
            return Err(
                "Error handling response: block not defined in response and type is not json/text"
                    .to_owned(),
            );
        }
        Content::Data(Data::Page(ref data)) => {
            let [_, _, redirect] = &response.hx;
            let body = match render(code, "", &response.block, facts, data.clone()) {
                // HTMX leaves the page without a look at the body, and apps name blocks they do not have.
                Err(problem) if !redirect.is_empty() => {
                    gotemplate::html_escaped(&problem).into_bytes()
                }
                rendered => rendered?,
            };
            ("HTML", body)
        }
    };
    let mut made = plain(status(response.code)?, content_type(kind), body);
    for (name, value) in ["HX-Retarget", "HX-Reswap", "HX-Redirect"]
        .into_iter()
        .zip(&response.hx)
    {
        if !value.is_empty() {
            made.headers.push((name.to_owned(), header(value)?));
        }
    }
    Ok(made)
}

fn download(response: &Response, content: Vec<u8>) -> Result<AppResponse, String> {
    let kind = Some(response.content_type.as_str()).filter(|kind| !kind.is_empty());
    let kind = header(kind.unwrap_or("application/octet-stream"))?;
    let mut made = plain(status(response.code)?, &kind, content);
    let name = response.download.replace('\\', "\\\\").replace('"', "\\\"");
    let disposition = header(&format!("attachment; filename=\"{name}\""))?;
    made.headers
        .push(("Content-Disposition".to_owned(), disposition));
    Ok(made)
}

/// The type of what a route answers with.
pub fn content_type(kind: &str) -> &'static str {
    match kind {
        "JSON" => "application/json",
        "TEXT" => "text/plain",
        _ => "text/html; charset=utf-8",
    }
}

/// An answer without more headers than it must have.
pub fn plain(status: u16, kind: &str, body: impl Into<Bytes>) -> AppResponse {
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    AppResponse {
        status,
        headers,
        body: body.into(),
        audit: None,
    }
}

impl AppResponse {
    /// Caches must tell partial answers from whole pages.
    pub(super) fn varying(mut self) -> Self {
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
