//! The home directory: everything a server keeps, in one place that only its owner can read.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The directory and the names inside it.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

/// Why a home directory cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// Nobody said where it is.
    #[error("no home directory known; set `SALLYPORT_HOME` or give `--home`")]
    Unknown,
    /// The file system said no.
    #[error("cannot use the home directory at `{}`", path.display())]
    Io {
        /// The place.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server has it.
    #[error("a server runs already in `{}`; stop it first with `sallyport server stop`", .0.display())]
    Taken(PathBuf),
}

impl Home {
    /// The directory given, or `SALLYPORT_HOME`, or `~/.sallyport`.
    pub fn locate(given: Option<PathBuf>) -> Result<Home, HomeError> {
        let path = given
            .or_else(|| std::env::var_os("SALLYPORT_HOME").map(PathBuf::from))
            .or_else(|| std::env::home_dir().map(|home| home.join(".sallyport")))
            .ok_or(HomeError::Unknown)?;
        std::path::absolute(&path)
            .map(Home)
            .map_err(|source| HomeError::Io { path, source })
    }

    /// Creates the directories, each readable by the owner only.
    pub fn create(&self) -> Result<(), HomeError> {
        for dir in [
            self.path(),
            &self.policies(),
            &self.guardrails(),
            &self.grants(),
            &self.secrets(),
            &self.certs(),
            &self.keys(),
            &self.run(),
        ] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(|source| HomeError::Io {
                    path: dir.to_owned(),
                    source,
                })?;
        }
        Ok(())
    }

    /// The directories that decide who is who and who may do what, and that others can write to.
    pub fn exposed(&self) -> Vec<PathBuf> {
        let dirs = [
            self.0.clone(),
            self.policies(),
            self.guardrails(),
            self.grants(),
            self.run(),
            self.keys(),
            self.certs(),
            self.secrets(),
        ];
        let open = |dir: &PathBuf| {
            std::fs::metadata(dir).is_ok_and(|found| found.permissions().mode() & 0o022 != 0)
        };
        dirs.into_iter().filter(open).collect()
    }

    /// Takes the home for this process; it is free again when the answer is dropped.
    pub fn lock(&self) -> Result<File, HomeError> {
        let path = self.run().join("server.lock");
        let fail = |source| HomeError::Io {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(HomeError::Taken(self.0.clone())),
            Err(std::fs::TryLockError::Error(source)) => Err(fail(source)),
        }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path inside the home, or `path` itself when it is absolute.
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.join(path)
    }

    /// `sallyport.toml`.
    pub fn config(&self) -> PathBuf {
        self.join("sallyport.toml")
    }

    /// `metadata.db`.
    pub fn metadata(&self) -> PathBuf {
        self.join("metadata.db")
    }

    /// `policy/`.
    pub fn policies(&self) -> PathBuf {
        self.join("policy")
    }

    /// `policy/guardrails/`.
    pub fn guardrails(&self) -> PathBuf {
        self.join("policy/guardrails")
    }

    /// `policy/grants/`.
    pub fn grants(&self) -> PathBuf {
        self.join("policy/grants")
    }

    /// `secrets/`.
    pub fn secrets(&self) -> PathBuf {
        self.join("secrets")
    }

    /// `certs/`.
    pub fn certs(&self) -> PathBuf {
        self.join("certs")
    }

    /// `keys/`.
    pub fn keys(&self) -> PathBuf {
        self.join("keys")
    }

    /// `run/`.
    pub fn run(&self) -> PathBuf {
        self.join("run")
    }

    /// `run/sallyport.sock`.
    pub fn socket(&self) -> PathBuf {
        self.join("run/sallyport.sock")
    }
}

/// Writes a file that only the owner can read, whole or not at all.
#[cfg(feature = "saml")]
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&fresh)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_write_to_is_exposed() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home(dir.path().join("home"));
        home.create().unwrap();
        assert!(home.exposed().is_empty());
        std::fs::set_permissions(home.grants(), std::fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(home.exposed(), [home.grants()]);
        std::fs::set_permissions(home.keys(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(home.exposed(), [home.grants(), home.keys()]);
    }
}
