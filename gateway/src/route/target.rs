//! Where a login sends the browser back to: a path of this gateway, never another site.

use super::canonical_path;

const HOME: &str = "/";
const MAX_BYTES: usize = 2048;

/// Answers the written return target if it is a path of our own, else `/`.
///
/// Only a path our router canonicalises passes, and it passes in its canonical form, so `//evil`, `/\evil`,
/// `https:evil`, `/%09/evil` and their like end at the home page. A query is kept when it is plain ASCII.
pub fn return_target(written: &str) -> String {
    let (path, query) = match written.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (written, None),
    };
    let refused =
        written.len() > MAX_BYTES || path.starts_with("//") || written.contains(['\\', '#']);
    let Ok(path) = canonical_path(path) else {
        return HOME.into();
    };
    if refused || path.as_str().starts_with("/_sallyport/log") {
        return HOME.into();
    }
    match query {
        None => path.written(),
        Some(query) if query.bytes().all(|byte| byte.is_ascii_graphic()) => {
            format!("{}?{query}", path.written())
        }
        Some(_) => HOME.into(),
    }
}
