//! An app's files as one snapshot: read once, hashed, never read from disk again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The files of one version of an app, by path relative to its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Path with forward slashes to content.
    pub files: BTreeMap<String, Bytes>,
}

/// How large an app folder may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLimits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Number of files and folders.
    pub files: usize,
    /// Nesting of folders.
    pub depth: usize,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            bytes: 20 << 20,
            files: 2000,
            depth: 32,
        }
    }
}

/// Why a folder cannot be an app.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file system said no.
    #[error("cannot read `{path}`")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A link points out of the folder, so what it names is not part of the app.
    #[error("`{0}` is a symbolic link that leaves the app folder; copy the file into the folder")]
    Link(PathBuf),
    /// Another folder than the one that was named.
    #[error("a link in `{0}` leads to another folder; remove the link, or create the app again")]
    Elsewhere(PathBuf),
    /// Neither file nor folder.
    #[error("`{0}` is neither a file nor a folder")]
    Special(PathBuf),
    /// Names must be text to be routed and recorded.
    #[error("the name of `{0}` is not UTF-8")]
    Name(PathBuf),
    /// Over a limit.
    #[error("the app folder has more than {0}; remove what the app does not need")]
    TooLarge(String),
}

impl Source {
    /// Reads a folder. Names starting with a dot are left out, but for `.well-known`.
    pub fn read_dir(path: &Path, limits: SourceLimits) -> Result<Self, SourceError> {
        let root = fs::canonicalize(path).map_err(|source| read_error(path, source))?;
        let mut walk = Walk {
            root: root.clone(),
            limits,
            bytes: 0,
            seen: 0,
            files: BTreeMap::new(),
        };
        walk.folder(&root, "", 0)?;
        Ok(Self { files: walk.files })
    }

    /// Reads the folder at its real path. A link on the way is refused: whoever could place it could have any
    /// folder read.
    pub fn read_real(path: &Path, limits: SourceLimits) -> Result<Self, SourceError> {
        let real = fs::canonicalize(path).map_err(|source| read_error(path, source))?;
        if real != path {
            return Err(SourceError::Elsewhere(path.to_owned()));
        }
        Self::read_dir(path, limits)
    }

    /// SHA-256 in hex over path, length and SHA-256 of each file, sorted by path.
    pub fn hash(&self) -> String {
        let mut all = Sha256::new();
        for (path, content) in &self.files {
            all.update((path.len() as u64).to_be_bytes());
            all.update(path.as_bytes());
            all.update((content.len() as u64).to_be_bytes());
            all.update(Sha256::digest(content));
        }
        format!("{:x}", all.finalize())
    }

    /// The text of a file, if it is there and UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files
            .get(path)
            .and_then(|content| std::str::from_utf8(content).ok())
    }
}

struct Walk {
    root: PathBuf,
    limits: SourceLimits,
    bytes: u64,
    /// Files and folders so far: links between folders make a few of them very many.
    seen: usize,
    files: BTreeMap<String, Bytes>,
}

/// Whether a file or folder is no part of the app; `.well-known` is what sites publish.
fn hidden(name: &str) -> bool {
    name.starts_with('.') && name != ".well-known"
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), SourceError> {
        if depth > self.limits.depth {
            return Err(SourceError::TooLarge(format!(
                "{} nested folders",
                self.limits.depth
            )));
        }
        let entries = fs::read_dir(folder).map_err(|source| read_error(folder, source))?;
        for entry in entries {
            let path = entry.map_err(|source| read_error(folder, source))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name
                .ok_or_else(|| SourceError::Name(path.clone()))?
                .to_owned();
            if !hidden(&name) {
                self.entry(&path, &format!("{prefix}{name}"), depth)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), SourceError> {
        let real = self.inside(path)?;
        let facts = fs::metadata(&real).map_err(|source| read_error(path, source))?;
        self.count(if facts.is_dir() { 0 } else { facts.len() })?;
        if facts.is_dir() {
            return self.folder(&real, &format!("{name}/"), depth + 1);
        }
        if !facts.is_file() {
            return Err(SourceError::Special(path.to_owned()));
        }
        let content = fs::read(&real).map_err(|source| read_error(path, source))?;
        self.files.insert(name.to_owned(), Bytes::from(content));
        Ok(())
    }

    /// The real path, which must be below the app's folder also after following links.
    fn inside(&self, path: &Path) -> Result<PathBuf, SourceError> {
        let real = fs::canonicalize(path).map_err(|source| read_error(path, source))?;
        let hidden = real.strip_prefix(&self.root).map_or(true, |rest| {
            rest.components()
                .any(|part| hidden(&part.as_os_str().to_string_lossy()))
        });
        if hidden {
            Err(SourceError::Link(path.to_owned()))
        } else {
            Ok(real)
        }
    }

    fn count(&mut self, length: u64) -> Result<(), SourceError> {
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > self.limits.bytes {
            return Err(SourceError::TooLarge(format!(
                "{} bytes",
                self.limits.bytes
            )));
        }
        self.seen += 1;
        if self.seen > self.limits.files {
            return Err(SourceError::TooLarge(format!(
                "{} files and folders",
                self.limits.files
            )));
        }
        Ok(())
    }
}

fn read_error(path: &Path, source: std::io::Error) -> SourceError {
    SourceError::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("sallyport-source-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("app/static")).unwrap();
        fs::write(folder.join("app/app.star"), "app = 1").unwrap();
        fs::write(folder.join("app/static/a.css"), "a{}").unwrap();
        fs::write(folder.join("outside"), "secret").unwrap();
        folder
    }

    fn read(folder: &Path, limits: SourceLimits) -> Result<Source, SourceError> {
        Source::read_dir(&folder.join("app"), limits)
    }

    #[test]
    fn a_folder_that_was_exchanged_for_a_link_is_refused() {
        let folder = fs::canonicalize(scratch("exchanged")).unwrap();
        let (app, limits) = (folder.join("app"), SourceLimits::default());
        assert!(Source::read_real(&app, limits).is_ok());
        fs::rename(&app, folder.join("other")).unwrap();
        std::os::unix::fs::symlink(folder.join("other"), &app).unwrap();
        assert!(Source::read_dir(&app, limits).is_ok());
        assert!(matches!(
            Source::read_real(&app, limits),
            Err(SourceError::Elsewhere(_))
        ));
    }

    #[test]
    fn reads_files_and_leaves_dot_files_out() {
        let folder = scratch("plain");
        fs::create_dir(folder.join("app/.git")).unwrap();
        fs::write(folder.join("app/.git/config"), "x").unwrap();
        let source = read(&folder, SourceLimits::default()).unwrap();
        assert_eq!(
            source.files.keys().collect::<Vec<_>>(),
            ["app.star", "static/a.css"]
        );
        assert_eq!(source.hash().len(), 64);
        let mut changed = source.clone();
        changed
            .files
            .insert("app.star".into(), Bytes::from_static(b"app = 2"));
        assert_ne!(source.hash(), changed.hash());
    }

    #[test]
    fn links_must_stay_inside() {
        let folder = scratch("links");
        std::os::unix::fs::symlink("app.star", folder.join("app/copy.star")).unwrap();
        assert_eq!(
            read(&folder, SourceLimits::default())
                .unwrap()
                .text("copy.star"),
            Some("app = 1")
        );
        std::os::unix::fs::symlink("../outside", folder.join("app/evil")).unwrap();
        assert!(matches!(
            read(&folder, SourceLimits::default()),
            Err(SourceError::Link(_))
        ));
    }

    #[test]
    fn folders_linked_in_a_circle_end() {
        let folder = scratch("circle");
        std::os::unix::fs::symlink(".", folder.join("app/again")).unwrap();
        assert!(matches!(
            read(&folder, SourceLimits::default()),
            Err(SourceError::TooLarge(_))
        ));
    }

    /// Two links double the folders at every level, without one more file.
    #[test]
    fn folders_without_files_are_counted() {
        let folder = scratch("doubling");
        fs::create_dir(folder.join("app/static/empty")).unwrap();
        for name in ["a", "b"] {
            std::os::unix::fs::symlink(".", folder.join("app/static/empty").join(name)).unwrap();
        }
        assert!(matches!(
            read(&folder, SourceLimits { depth: 20, ..SourceLimits::default() }),
            Err(SourceError::TooLarge(what)) if what.contains("folders")
        ));
    }

    #[test]
    fn limits_hold() {
        let folder = scratch("limits");
        let small = SourceLimits {
            bytes: 5,
            ..SourceLimits::default()
        };
        assert!(matches!(
            read(&folder, small),
            Err(SourceError::TooLarge(_))
        ));
        let few = SourceLimits {
            files: 1,
            ..SourceLimits::default()
        };
        assert!(matches!(read(&folder, few), Err(SourceError::TooLarge(_))));
    }
}
