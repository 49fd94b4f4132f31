//! The page of an app that does not run as it is in its folder. It stays connected, and goes when the
//! mistake does.

use base64::Engine as _;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::failure::Failure;
use crate::{
    page::Html,
    respond::{self, Reply},
};

/// Reloads the page with the app; the same text on every page, so that its hash can be permitted.
const SCRIPT: &str = "new EventSource(document.currentScript.dataset.events).addEventListener(\"openrun_reload\",function(){location.reload()});";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem;color:#222;background:#fff}h1{font-size:1.3rem}pre{background:#f4f4f4;padding:1rem;overflow:auto;border-left:4px solid #b00}.hint{color:#666}";

/// The answer of a broken app; `events` is where its pages hear of a reload.
pub(super) fn broken(failure: &Failure, headers: &HeaderMap, events: &str) -> Reply {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let partial = headers.contains_key("hx-request");
    let mut reply = if respond::reads_html(headers) && !partial {
        let mut reply = respond::page(status, document(failure, events));
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT));
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            let headers = reply.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        reply
    } else {
        respond::text(status, failure.to_string())
    };
    respond::guard_own_kept(reply.headers_mut());
    reply
}

fn document(failure: &Failure, events: &str) -> String {
    let mut page = Html::new();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>The app does not load</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n<h1>The app does not load</h1>\n");
    if let Some(place) = &failure.place {
        page.raw("<p><code>")
            .text(&place.file)
            .raw("</code>, line ")
            .text(&place.line.to_string());
        if place.column > 0 {
            page.raw(", column ").text(&place.column.to_string());
        }
        page.raw("</p>\n");
    }
    page.raw("<pre>")
        .text(&failure.to_string())
        .raw("</pre>\n<p class=\"hint\">This page reloads when a file of the app changes.</p>\n<script data-events=\"")
        .text(events)
        .raw("\">")
        .raw(SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_text() {
        let failure = Failure {
            text: "<script>alert(1)</script>".to_owned(),
            place: None,
        };
        let text = document(&failure, "/a\"b/_openrun_app/sse");
        assert!(text.contains("&lt;script&gt;alert(1)") && !text.contains("<script>alert"));
        assert!(text.contains("data-events=\"/a&quot;b/_openrun_app/sse\""));
    }
}
