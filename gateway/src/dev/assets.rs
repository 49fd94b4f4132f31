//! HTMX and its extension for server-sent events as they lie inside the program, so that no page needs
//! another server. `assets/htmx/LICENSES.md` has their licences.

use bytes::Bytes;

/// Where an app has HTMX.
pub(super) const HTMX: &str = "static/gen/lib/htmx.min.js";
/// Where an app has the extension.
pub(super) const SSE: &str = "static/gen/lib/sse.js";

/// HTMX in this version.
pub(super) fn htmx(version: &str) -> Option<Bytes> {
    let text: &'static [u8] = match version {
        "2.0.3" => include_bytes!("../../assets/htmx/htmx-2.0.3.min.js"),
        "1.9.12" => include_bytes!("../../assets/htmx/htmx-1.9.12.min.js"),
        // 1.9.1 is what lock files without a version mean; it was never published.
        "1.9.2" | "1.9.1" => include_bytes!("../../assets/htmx/htmx-1.9.2.min.js"),
        _ => return None,
    };
    Some(Bytes::from_static(text))
}

/// The extension for server-sent events.
pub(super) fn sse() -> Bytes {
    Bytes::from_static(include_bytes!("../../assets/htmx/sse-2.2.2.js"))
}

/// What a well-known address of one of these would answer with.
pub(super) fn known(url: &str) -> Option<Bytes> {
    let path = ["https://unpkg.com/", "https://cdn.jsdelivr.net/npm/"]
        .iter()
        .find_map(|server| url.strip_prefix(server))?;
    if path == "htmx-ext-sse@2.2.2/sse.js" {
        return Some(sse());
    }
    let version = path.strip_prefix("htmx.org@")?;
    htmx(version.strip_suffix("/dist/htmx.min.js")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_versions_are_known_by_address() {
        let check = |url: &str, expected: bool| assert_eq!(known(url).is_some(), expected, "{url}");
        check("https://unpkg.com/htmx.org@2.0.3/dist/htmx.min.js", true);
        check(
            "https://cdn.jsdelivr.net/npm/htmx.org@1.9.2/dist/htmx.min.js",
            true,
        );
        check("https://unpkg.com/htmx-ext-sse@2.2.2/sse.js", true);
        check("https://unpkg.com/htmx.org@2.0.4/dist/htmx.min.js", false);
        check(
            "https://evil.example/htmx.org@2.0.3/dist/htmx.min.js",
            false,
        );
    }
}
