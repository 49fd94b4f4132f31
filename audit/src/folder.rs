//! The directory of a log: what is where, and who may write there.
//!
//! `seg-<first record>.log` are the log. `detail/` holds what may be erased, `cas/` texts that
//! records cite, `keys/` the key of keyed hashes, `index.db` a query index that can be deleted,
//! `next.tmp` the next segment, `lock` the lock of the one writer, and `refused`, when it is
//! there, the size beyond which nothing was acknowledged.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    OpenError,
    frame::{self, Item, Tip},
    hex,
};

/// The paths of a log.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    index: PathBuf,
}

impl Folder {
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let index = dir.join("index.db");
        Self { dir, index }
    }

    /// The same log with its index elsewhere: reading a log need not write into it.
    pub(crate) fn indexed_at(self, index: PathBuf) -> Self {
        Self { index, ..self }
    }

    /// Creates what is missing, each entry durable.
    pub(crate) fn create(&self) -> io::Result<()> {
        let parent = self
            .dir
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        for path in [
            &self.dir,
            &self.dir.join("detail"),
            &self.dir.join("cas"),
            &self.dir.join("keys"),
        ] {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        }
        sync_dir(&self.dir)?;
        parent.map_or(Ok(()), sync_dir)
    }

    /// Takes the lock; it is held as long as the file is open.
    pub(crate) fn lock(&self) -> Result<File, OpenError> {
        let path = self.dir.join("lock");
        let file = private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = file.map_err(OpenError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked(self.dir.clone())),
            Err(TryLockError::Error(source)) => Err(OpenError::Io {
                deed: "lock",
                path,
                source,
            }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn segment(&self, first: u64) -> PathBuf {
        self.dir.join(format!("seg-{first:016}.log"))
    }

    pub(crate) fn detail(&self, first: u64) -> PathBuf {
        self.dir.join("detail").join(format!("seg-{first:016}.log"))
    }

    pub(crate) fn next(&self) -> PathBuf {
        self.dir.join("next.tmp")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.dir.join("cas").join("blobs.log")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.dir.join("keys").join("hmac")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.index.clone()
    }

    /// First records of all segments, in order.
    pub(crate) fn segments(&self) -> io::Result<Vec<u64>> {
        let mut firsts = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            firsts.extend(entry?.file_name().to_str().and_then(segment_first));
        }
        firsts.sort_unstable();
        Ok(firsts)
    }

    /// The size beyond which nothing was acknowledged, when a writer left it behind.
    pub(crate) fn refused(&self) -> io::Result<Option<u64>> {
        match fs::read_to_string(self.dir.join("refused")) {
            Ok(text) => Ok(text.trim_end().parse().ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn mark_refused(&self, size: u64) -> io::Result<()> {
        let path = self.dir.join("refused");
        let mut file = private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        io::Write::write_all(&mut file, format!("{size}\n").as_bytes())?;
        file.sync_all()?;
        sync_dir(&self.dir)
    }

    pub(crate) fn clear_refused(&self) -> io::Result<()> {
        match fs::remove_file(self.dir.join("refused")) {
            Ok(()) => sync_dir(&self.dir),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("seg-")?.strip_suffix(".log")?;
    (digits.len() == 16).then(|| digits.parse().ok()).flatten()
}

/// The tip and the open mark in the last seal of a closed segment.
pub(crate) fn last_seal(path: &Path) -> io::Result<Option<(Tip, u64)>> {
    let bytes = fs::read(path)?;
    let start = bytes.windows(7).rposition(|window| window == b"\n=seal ");
    let line = start
        .and_then(|start| bytes.get(start + 1..))
        .unwrap_or(&[]);
    let (Item::Seal(seal), _) = frame::next(line) else {
        return Ok(None);
    };
    let hash = hex::decode(&seal.hash).and_then(|hash| hash.try_into().ok());
    Ok(hash.map(|hash| {
        (
            Tip {
                size: seal.size,
                hash,
            },
            seal.open,
        )
    }))
}

/// Makes the entries of a directory durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// What a path names at this moment.
pub(crate) fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

/// Options for files that only the gateway may read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}
