//! Secrets as files in one directory. The kernel resolves the whole path beneath that directory
//! without following any link, and the checks are made on the opened file, so nothing can be
//! exchanged between looking and reading.

use std::io::Read as _;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2};
use rustix::io::Errno;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::{BoxFuture, Provider, ProviderError};

/// Largest value read from a file.
const LIMIT: usize = 64 * 1024;

/// The `file` provider; several keys are joined with `/`.
#[derive(Debug, Clone)]
pub struct Files {
    directory: Arc<Path>,
}

impl Files {
    /// Serves the files below `directory`, which must exist by the time one is read.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory: directory.into(),
        }
    }
}

impl Provider for Files {
    fn name(&self) -> &str {
        "file"
    }

    fn join(&self, keys: &[String]) -> String {
        keys.join("/")
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>> {
        let (directory, owned) = (Arc::clone(&self.directory), path.to_owned());
        Box::pin(async move {
            tokio::task::spawn_blocking(move || read(&directory, &owned))
                .await
                .unwrap_or_else(|stopped| {
                    Err(ProviderError::Read {
                        path: path.to_owned(),
                        source: std::io::Error::other(stopped),
                    })
                })
        })
    }
}

fn read(directory: &Path, path: &str) -> Result<SecretString, ProviderError> {
    if !super::canonical(path) {
        return Err(ProviderError::Name(
            path.to_owned(),
            "use letters, digits, `_`, `-`, `.` and single `/` between names, without `..`",
        ));
    }
    let file = open_beneath(directory, path)?;
    check(&file, path)?;
    let failed = |source| ProviderError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    std::fs::File::from(file)
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    text(&bytes, path)
}

fn open_beneath(directory: &Path, path: &str) -> Result<OwnedFd, ProviderError> {
    let failed = |errno: Errno| match errno {
        Errno::NOENT => ProviderError::Missing(path.to_owned()),
        Errno::LOOP | Errno::XDEV => ProviderError::Unsafe {
            path: path.to_owned(),
            problem: "it is or passes through a symbolic link; put the file itself there",
        },
        other => ProviderError::Read {
            path: path.to_owned(),
            source: other.into(),
        },
    };
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let top = open(directory, flags, Mode::empty()).map_err(failed)?;
    let stat = fstat(top.as_fd()).map_err(failed)?;
    if stat.st_mode & 0o022 != 0 {
        return Err(ProviderError::Unsafe {
            path: path.to_owned(),
            problem: "others can write to the secrets directory; run `chmod 700` on it",
        });
    }
    // NONBLOCK: opening a named pipe must not wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(&top, path, flags, Mode::empty(), resolve).map_err(failed)
}

fn check(file: &OwnedFd, path: &str) -> Result<(), ProviderError> {
    let stat = fstat(file).map_err(|errno| ProviderError::Read {
        path: path.to_owned(),
        source: errno.into(),
    })?;
    let us = rustix::process::geteuid().as_raw();
    let problem = if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        "it is not a regular file"
    } else if !matches!(stat.st_mode & 0o7777, 0o600 | 0o400) {
        "others may read it; run `chmod 600` on it"
    } else if stat.st_uid != us && stat.st_uid != 0 {
        "it belongs to another user; run `chown` on it"
    } else {
        return Ok(());
    };
    Err(ProviderError::Unsafe {
        path: path.to_owned(),
        problem,
    })
}

fn text(bytes: &[u8], path: &str) -> Result<SecretString, ProviderError> {
    let refuse = |problem| ProviderError::Value {
        path: path.to_owned(),
        problem,
    };
    if bytes.len() > LIMIT {
        return Err(refuse("it is longer than 64 KiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not valid UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(ProviderError::Empty(path.to_owned()));
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests;
