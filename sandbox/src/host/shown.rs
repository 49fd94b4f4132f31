//! Responses on their way out: a token of a secret becomes the reference the author wrote.
//!
//! Tokens mean something to the host, so none may leave it. The reference is escaped for where it
//! lands, because it contains quotes and braces.

use std::sync::Arc;

use bytes::Bytes;
use secrets::Tokens;
use serde_json::Value as Json;

use crate::error::AppError;
use crate::inspection::Inspection;
use crate::request::{AppResponse, CustomAudit};

/// Bodies longer than this are searched off the async threads.
const LONG: usize = 256 << 10;

/// [`response`], elsewhere when that takes long.
pub async fn off_thread(made: AppResponse, tokens: &Arc<Tokens>) -> Result<AppResponse, AppError> {
    if made.body.len() <= LONG {
        return Ok(response(made, tokens));
    }
    let tokens = Arc::clone(tokens);
    let shown = tokio::task::spawn_blocking(move || response(made, &tokens)).await;
    shown.map_err(|_| AppError::Unavailable("the request was given up".to_owned()))
}

/// What an app declares, with references instead of tokens: tokens are drawn anew each time, and what is
/// declared is stored, compared and shown to an approver.
pub fn inspection(found: &Inspection, tokens: &Tokens) -> serde_json::Result<Inspection> {
    let mut declared = serde_json::to_value(found)?;
    show(&mut declared, tokens);
    serde_json::from_value(declared)
}

fn show(value: &mut Json, tokens: &Tokens) {
    match value {
        Json::String(text) => *text = tokens.show(text),
        Json::Array(items) => items.iter_mut().for_each(|item| show(item, tokens)),
        Json::Object(fields) => fields.values_mut().for_each(|field| show(field, tokens)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The response with references instead of tokens.
fn response(response: AppResponse, tokens: &Tokens) -> AppResponse {
    let escape = escape_for(kind(&response));
    let body = bytes(response.body, tokens, escape);
    let headers = response
        .headers
        .into_iter()
        .map(|(name, value)| (name, tokens.show(&value)));
    let audit = response.audit.map(|event| CustomAudit {
        operation: tokens.show(&event.operation),
        target: tokens.show(&event.target),
        detail: tokens.show(&event.detail),
        success: event.success,
    });
    AppResponse {
        status: response.status,
        headers: headers.collect(),
        body,
        audit,
    }
}

/// How a reference is written where it lands.
pub type Escape = fn(&str) -> String;

/// A body, or a piece of one, with references instead of tokens.
pub fn bytes(body: Bytes, tokens: &Tokens, escape: Escape) -> Bytes {
    match std::str::from_utf8(&body) {
        Ok(text) if !tokens.find(text).is_empty() => Bytes::from(replaced(text, tokens, escape)),
        Ok(_) | Err(_) => body,
    }
}

/// The content type of a response, or nothing.
pub fn kind(response: &AppResponse) -> &str {
    let kind = response
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kind.map_or("", |(_, kind)| kind)
}

/// The way to write a reference in a body of this content type.
pub fn escape_for(kind: &str) -> Escape {
    match kind.split(';').next().unwrap_or("").trim() {
        "application/json" => |text| Json::from(text).to_string().trim_matches('"').to_owned(),
        "text/html" => gotemplate::html_escaped,
        _ => str::to_owned,
    }
}

fn replaced(text: &str, tokens: &Tokens, escape: Escape) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (range, reference) in tokens.find(text) {
        out.push_str(text.get(end..range.start).unwrap_or_default());
        out.push_str(&escape(&reference.to_string()));
        end = range.end;
    }
    out.push_str(text.get(end..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, expected: &str) {
        let mut tokens = Tokens::new();
        let hidden = tokens.hide(r#"a {{secret "K"}} b"#);
        assert!(!hidden.contains("secret \"K\""));
        let headers = vec![
            ("Content-Type".to_owned(), kind.to_owned()),
            ("X".to_owned(), hidden.clone()),
        ];
        let made = AppResponse {
            status: 200,
            headers,
            body: Bytes::from(hidden),
            audit: None,
        };
        let shown = response(made, &tokens);
        assert_eq!(std::str::from_utf8(&shown.body).unwrap(), expected);
        assert_eq!(shown.headers.last().unwrap().1, r#"a {{secret "K"}} b"#);
    }

    #[test]
    fn references_are_escaped_for_where_they_land() {
        check("text/plain", r#"a {{secret "K"}} b"#);
        check("application/json", r#"a {{secret \"K\"}} b"#);
        check("text/html; charset=utf-8", "a {{secret &#34;K&#34;}} b");
    }
}
