//! Files of an app, answered without running it: `/static/*`, `static_root/` and static-only apps.
//!
//! Files come from the snapshot that was installed, never from disk. A name with the right content hash
//! may be cached for ever, a stale one does not exist.

mod answer;
mod hash;
mod kind;
mod range;
mod variants;

use std::collections::BTreeMap;

use bytes::Bytes;
use sandbox::{Inspection, Source};

pub use answer::{File, answer};
pub use hash::Hashes;
pub use variants::Variants;

/// What a path means among the files.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A file of the snapshot.
    File {
        /// Its name in the snapshot.
        name: String,
        /// The content hash the client named; it has to be right.
        hash: Option<String>,
    },
    /// A folder; never listed.
    Folder,
    /// Nothing, or nothing that is shown.
    Missing,
}

/// The pattern under which `/static/*` is decided and recorded.
pub const PATTERN: &str = "/static/*";

/// Whether the app has files under `/static/` at all.
pub fn has_files(source: &Source) -> bool {
    has_folder(&source.files, "static")
}

/// Finds `rest` below `/static`.
pub fn find(source: &Source, rest: &str) -> Found {
    let name = rest.trim_matches('/');
    if let Some((plain, hash)) = split_hash(name)
        && source.files.contains_key(&plain)
    {
        return Found::File {
            name: plain,
            hash: Some(hash),
        };
    }
    plain(source, name)
}

/// The file of `static_root/` that has exactly this path.
pub fn find_root(source: &Source, rest: &str) -> Option<Found> {
    let name = format!("static_root{rest}");
    (rest.len() > 1 && source.files.contains_key(&name)).then_some(Found::File { name, hash: None })
}

/// Finds `rest` in an app that consists of files only. Starlark source is not shown.
pub fn find_only(source: &Source, inspection: &Inspection, rest: &str) -> Found {
    let name = rest.trim_matches('/');
    if inspection.single_file && !name.is_empty() {
        return Found::Missing;
    }
    match plain(source, name) {
        Found::Folder => {
            let folder = if name.is_empty() {
                String::new()
            } else {
                format!("{name}/")
            };
            let given = Some(inspection.index.as_str()).filter(|index| !index.is_empty());
            let index = given.into_iter().chain(["index.html", "index.htm"]);
            let mut names = index.map(|index| format!("{folder}{index}"));
            match names.find(|name| source.files.contains_key(name)) {
                Some(name) => Found::File { name, hash: None },
                None => Found::Folder,
            }
        }
        Found::File { name, .. } if name.ends_with(".star") => Found::Missing,
        found @ (Found::File { .. } | Found::Missing) => found,
    }
}

fn plain(source: &Source, name: &str) -> Found {
    if source.files.contains_key(name) {
        return Found::File {
            name: name.to_owned(),
            hash: None,
        };
    }
    if name.is_empty() || has_folder(&source.files, name) {
        Found::Folder
    } else {
        Found::Missing
    }
}

fn has_folder(files: &BTreeMap<String, Bytes>, name: &str) -> bool {
    let prefix = format!("{name}/");
    files
        .range(prefix.clone()..)
        .next()
        .is_some_and(|(file, _)| file.starts_with(&prefix))
}

/// Splits `css/a-<64 hex>.css` into `css/a.css` and the hash, which stands before the first dot.
fn split_hash(name: &str) -> Option<(String, String)> {
    let base = name.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, file) = name.split_at_checked(base)?;
    let (stem, ending) = file.split_at_checked(file.find('.').unwrap_or(file.len()))?;
    let (stem, hash) = stem.rsplit_once('-')?;
    let is_hash = hash.len() == 64
        && hash
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then(|| (format!("{folder}{stem}{ending}"), hash.to_owned()))
}

#[cfg(test)]
mod tests;
