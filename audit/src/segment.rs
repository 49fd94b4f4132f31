//! The segment that is being written: a file filled with zeros ahead, so that a sync moves data
//! and never the file's size. That keeps other processes' journal traffic out of our latency.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    folder::{self, Folder},
    medium::{self, Medium},
};

/// The active segment.
#[derive(Debug)]
pub(crate) struct Segment {
    file: File,
    path: PathBuf,
    identity: (u64, u64),
    /// Offset after the last durable seal.
    end: u64,
    /// Offset up to which zeros are written ahead.
    ahead: u64,
}

impl Segment {
    /// Creates the segment from the prepared file, or from nothing when there is none.
    pub(crate) fn create(folder: &Folder, first: u64, prepared: Option<File>) -> io::Result<Self> {
        let path = folder.segment(first);
        let file = match prepared {
            Some(file) => {
                fs::rename(folder.next(), &path)?;
                file
            }
            None => folder::private()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path)?,
        };
        folder::sync_dir(folder.path())?;
        let ahead = file.metadata()?.len();
        let identity = folder::identity(&path)?;
        Ok(Self {
            file,
            path,
            identity,
            end: 0,
            ahead,
        })
    }

    /// Opens an existing segment whose last durable seal ends at `end`, and undoes what follows:
    /// zeros first, because that keeps the space, and by cutting the file when there is none.
    ///
    /// Up to `suspect` the zeros are written even where some are read: after a failed sync what
    /// is read is not what is on the disk.
    pub(crate) fn reopen(
        path: PathBuf,
        end: u64,
        suspect: u64,
        medium: &dyn Medium,
    ) -> io::Result<Self> {
        let bytes = fs::read(&path)?;
        let tail = usize::try_from(end).ok().and_then(|end| bytes.get(end..));
        let tail = tail.ok_or_else(|| io::Error::other("the segment is shorter than it was"))?;
        let dirty = tail
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(end, |last| end + last as u64 + 1);
        let dirty = dirty.max(suspect.min(bytes.len() as u64));
        let undo = dirty > end || suspect > end;
        let file = File::options()
            .read(true)
            .write(undo || is_writable(&path)?)
            .open(&path)?;
        let mut ahead = bytes.len() as u64;
        if undo {
            if medium::zero(medium, &file, end, dirty)
                .and_then(|()| medium.sync(&file))
                .is_err()
            {
                file.set_len(end)?;
                ahead = end;
            }
            medium.sync(&file)?;
            file.sync_all()?;
        }
        let identity = folder::identity(&path)?;
        Ok(Self {
            file,
            path,
            identity,
            end,
            ahead,
        })
    }

    /// Writes zeros ahead until `bytes` more fit, and some for later.
    ///
    /// A batch does not depend on it: when only the room for later is missing, the write itself
    /// still succeeds. Recovery does, so that a full disk does not flap.
    pub(crate) fn reserve(&mut self, bytes: u64, step: u64, medium: &dyn Medium) -> io::Result<()> {
        let needed = self.end + bytes;
        if needed <= self.ahead {
            return Ok(());
        }
        let goal = needed + step;
        medium::zero(medium, &self.file, self.ahead.max(self.end), goal)?;
        self.ahead = goal;
        Ok(())
    }

    /// Makes a batch durable. After an error this descriptor must not be used again.
    pub(crate) fn write(&mut self, batch: &[u8], medium: &dyn Medium) -> io::Result<()> {
        medium.write(&self.file, batch, self.end)?;
        medium.sync(&self.file)?;
        self.check_in_place()?;
        self.end += batch.len() as u64;
        self.ahead = self.ahead.max(self.end);
        Ok(())
    }

    /// Whether the path still names this file: a durable write to a removed file is no record.
    pub(crate) fn check_in_place(&self) -> io::Result<()> {
        if folder::identity(&self.path)? == self.identity {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "`{}` was replaced",
                self.path.display()
            )))
        }
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Whether it was ended before.
    pub(crate) fn is_closed(&self) -> io::Result<bool> {
        is_writable(&self.path).map(|writable| !writable)
    }

    /// Ends the segment for ever: no zeros, durable, read-only.
    pub(crate) fn close(self) -> io::Result<()> {
        if self.file.metadata()?.len() != self.end {
            self.file.set_len(self.end)?;
        }
        self.file.set_permissions(Permissions::from_mode(0o444))?;
        self.file.sync_all()
    }
}

fn is_writable(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o200 != 0)
}
