//! Redirects, also the one after a form was posted without HTMX.

use bytes::Bytes;
use url::Url;

use super::{header, status};
use crate::request::{AppRequest, AppResponse};
use crate::star::request;

/// A redirect to `url`, which may be relative to the request's path.
pub fn to(
    request: &AppRequest,
    url: &str,
    code: i64,
    refresh: bool,
) -> Result<AppResponse, String> {
    let target = header(&ascii(&resolve(&request.path, url)))?;
    let mut headers = vec![("Location".to_owned(), target.clone())];
    if refresh {
        headers.insert(0, ("HX-Refresh".to_owned(), "true".to_owned()));
    }
    let mut body = Bytes::new();
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        headers.push((
            "Content-Type".to_owned(),
            "text/html; charset=utf-8".to_owned(),
        ));
        body = Bytes::from(format!(
            "<a href=\"{}\">Redirect</a>.\n",
            gotemplate::html_escaped(&target)
        ));
    }
    Ok(AppResponse {
        status: status(code)?,
        headers,
        body,
        audit: None,
    })
}

/// An address of another site as it is; else a clean path of this one, so that neither dots nor a
/// second slash lead elsewhere.
fn resolve(path: &str, url: &str) -> String {
    if Url::parse(url).is_ok() {
        return url.to_owned();
    }
    let (relative, query) = url
        .split_at_checked(url.find('?').unwrap_or(url.len()))
        .unwrap_or((url, ""));
    let folder = if url.starts_with('/') { "" } else { path };
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let last = relative.ends_with('/') || relative.is_empty();
    let slash = if last && !parts.is_empty() { "/" } else { "" };
    format!("/{}{slash}{query}", parts.join("/"))
}

/// Bytes that headers do not carry well are percent-encoded.
fn ascii(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Where the form came from, if that is this very site.
pub fn referer(request: &AppRequest) -> Option<String> {
    let referer = request::header(request, "referer")?;
    let own = Url::parse(&format!("{}://{}/", request.scheme, request.host)).ok()?;
    let from = if referer.starts_with('/') {
        own.join(referer).ok()?
    } else {
        Url::parse(referer).ok()?
    };
    if from.origin() != own.origin() || from.path().starts_with("//") || referer.starts_with("//") {
        return None;
    }
    let query = from
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let fragment = from
        .fragment()
        .map(|fragment| format!("#{fragment}"))
        .unwrap_or_default();
    Some(format!("{}{query}{fragment}", from.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_targets_are_below_the_requests_folder() {
        let check = |url, expected: &str| assert_eq!(resolve("/app/notes/1", url), expected);
        check("2", "/app/notes/2");
        check("../x?a=b", "/app/x?a=b");
        check("/y", "/y");
        check("https://example.com/", "https://example.com/");
        check("", "/app/notes/");
        check("?a=b", "/app/notes/?a=b");
        check("//evil.example/x", "/evil.example/x");
        check("/a/../b//c/", "/b/c/");
        check("mailto:x@example.com", "mailto:x@example.com");
        assert_eq!(ascii("/é"), "/%C3%A9");
    }

    #[test]
    fn only_the_same_site_is_gone_back_to() {
        let check = |referer: &str, expected: Option<&str>| {
            let request = AppRequest {
                scheme: "https".into(),
                host: "a.example:8443".into(),
                headers: vec![("Referer".into(), referer.into())],
                ..AppRequest::default()
            };
            assert_eq!(super::referer(&request).as_deref(), expected, "{referer}");
        };
        check("https://a.example:8443/x?y#z", Some("/x?y#z"));
        check("https://a.example:8443", Some("/"));
        check("/x", Some("/x"));
        check("//evil/x", None);
        check("https://a.example/x", None);
        check("https://a.example:8443//evil", None);
        check("http://a.example:8443/x", None);
    }
}
