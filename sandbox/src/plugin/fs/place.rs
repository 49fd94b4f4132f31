//! Where a path really is. Policy judges this path, so it must be the only one for its file.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The real path: links resolved as far as the path exists, the rest appended as written.
pub fn real_path(path: &str) -> PathBuf {
    let given = Path::new(path);
    let whole = match std::env::current_dir() {
        Ok(directory) => directory.join(given),
        Err(_) => Path::new("/").join(given),
    };
    let mut missing: Vec<OsString> = Vec::new();
    for ancestor in whole.ancestors() {
        let Ok(real) = std::fs::canonicalize(ancestor) else {
            // `ancestors` drops one component each round; remember which.
            missing.extend(
                ancestor
                    .components()
                    .next_back()
                    .map(|part| part.as_os_str().to_owned()),
            );
            continue;
        };
        let upwards = missing.iter().any(|part| part == "..");
        let rest: PathBuf = missing.iter().rev().collect();
        let path = clean(&real.join(rest));
        // Going up from something missing may arrive at something that exists, even a link.
        return if upwards {
            path.to_str().map_or(path.clone(), real_path)
        } else {
            path
        };
    }
    clean(&whole)
}

/// The absolute path as text alone, without a look at the files.
pub fn absolute(path: &str) -> PathBuf {
    clean(
        &std::env::current_dir()
            .unwrap_or_else(|_| PathBuf::from("/"))
            .join(path),
    )
}

/// Without `.`, `..` and doubled slashes.
pub fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let climbs = matches!(
                    clean.components().next_back(),
                    None | Some(Component::ParentDir)
                );
                if climbs {
                    clean.push("..");
                } else {
                    clean.pop();
                }
            }
            Component::RootDir | Component::Prefix(_) | Component::Normal(_) => clean.push(part),
        }
    }
    clean
}
