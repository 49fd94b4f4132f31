//! Functions that make links: static files by their content, and percent encoding.

use std::collections::BTreeMap;

use gotmpl::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Plain, error, text};
use crate::frame::StaticFile;

/// What Go's `url.PathEscape` leaves alone.
const PATH: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
/// What Go's `url.QueryEscape` leaves alone; a space becomes `+`.
const QUERY: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b' ');

/// By name.
pub const ALL: [(&str, Plain); 4] = [
    ("pathEscape", |args| {
        Ok(utf8_percent_encode(&text(args, 0)?, &PATH)
            .to_string()
            .into())
    }),
    ("pathUnescape", |args| unescape(&text(args, 0)?)),
    ("queryEscape", |args| {
        Ok(utf8_percent_encode(&text(args, 0)?, &QUERY)
            .to_string()
            .replace(' ', "+")
            .into())
    }),
    ("queryUnescape", |args| {
        unescape(&text(args, 0)?.replace('+', " "))
    }),
];

fn unescape(text: &str) -> gotmpl::Result<Value> {
    let bytes = text.as_bytes();
    let broken = bytes.iter().enumerate().find(|(at, byte)| {
        let digits = bytes.get(at + 1..at + 3);
        **byte == b'%' && !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if let Some((at, _)) = broken {
        let part: String = text.get(at..).unwrap_or("").chars().take(3).collect();
        return Err(error(format!("invalid URL escape {part:?}")));
    }
    Ok(percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
        .into())
}

/// `/app/static/css/a-<sha256>.css`, the hash before the first dot; the plain path when there is no such file.
pub fn hashed(files: &BTreeMap<String, StaticFile>, app_path: &str, name: &str) -> String {
    let name = name.trim_start_matches('/');
    let Some(file) = files.get(&format!("static/{name}")) else {
        return format!("{app_path}/static/{name}");
    };
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(_, base)| {
        (name.strip_suffix(base).unwrap_or(""), base)
    });
    let dot = base.find('.').unwrap_or(base.len());
    let (stem, extension) = base.split_at(dot);
    format!(
        "{app_path}/static/{folder}{stem}-{}{extension}",
        file.sha256
    )
}

/// Whether the file exists and is not empty.
pub fn non_empty(files: &BTreeMap<String, StaticFile>, name: &str) -> bool {
    files
        .get(&format!("static/{}", name.trim_start_matches('/')))
        .is_some_and(|file| file.size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_files_are_named_by_content() {
        let file = StaticFile {
            sha256: "abc".into(),
            size: 1,
        };
        let files = BTreeMap::from([("static/css/a.min.css".to_owned(), file)]);
        let check = |name, expected: &str| assert_eq!(hashed(&files, "/app", name), expected);
        check("css/a.min.css", "/app/static/css/a-abc.min.css");
        check("/css/a.min.css", "/app/static/css/a-abc.min.css");
        check("css/b.css", "/app/static/css/b.css");
        assert!(non_empty(&files, "css/a.min.css") && !non_empty(&files, "b"));
    }
}
