//! Functions on paths with slashes. Nothing here looks at a file.

use super::family::Entry;

pub(super) const FAMILY: &[Entry] = &[
    ("base", "s", |c| Ok(base(&c.text(0)).into())),
    ("dir", "s", |c| Ok(dir(&c.text(0)).into())),
    ("clean", "s", |c| Ok(clean(&c.text(0)).into())),
    ("ext", "s", |c| Ok(ext(&c.text(0)).into())),
    ("isAbs", "s", |c| Ok(c.text(0).starts_with('/').into())),
    ("osBase", "s", |c| Ok(base(&c.text(0)).into())),
    ("osDir", "s", |c| Ok(dir(&c.text(0)).into())),
    ("osClean", "s", |c| Ok(clean(&c.text(0)).into())),
    ("osExt", "s", |c| Ok(ext(&c.text(0)).into())),
    ("osIsAbs", "s", |c| Ok(c.text(0).starts_with('/').into())),
];

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit('/').next() {
        None | Some("") => "/",
        Some(last) => last,
    }
}

fn dir(path: &str) -> String {
    let folder = path.rfind('/').map_or(0, |slash| slash + 1);
    clean(path.get(..folder).unwrap_or_default())
}

/// The shortest path that names the same place, without asking what is there.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => {
                parts.pop();
            }
            ("..", None) if rooted => {}
            (part, _) => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn ext(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.')
        .and_then(|dot| name.get(dot..))
        .unwrap_or_default()
        .to_owned()
}
