//! Append-only side files, one framed JSON object per line: erasable details and cited texts.
//!
//! Unlike the log they have no seals and no order that matters. A line that does not read is
//! skipped: it was torn, or somebody erased it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    folder,
    frame::{self, Item},
    medium::Medium,
};

/// A side file open for appending.
#[derive(Debug)]
pub(crate) struct Lines {
    file: File,
    path: PathBuf,
    end: u64,
    dirty: bool,
}

impl Lines {
    /// Opens or creates the file and drops a line that was never finished.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let bytes = read(&path)?;
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last as u64 + 1);
        let file = folder::private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        if end < bytes.len() as u64 {
            file.set_len(end)?;
        }
        file.sync_all()?;
        path.parent().map_or(Ok(()), folder::sync_dir)?;
        Ok(Self {
            file,
            path,
            end,
            dirty: false,
        })
    }

    /// Appends framed lines and answers the offset of the first; not yet durable.
    pub(crate) fn append(&mut self, frames: &[u8], medium: &dyn Medium) -> io::Result<u64> {
        let at = self.end;
        if !frames.is_empty() {
            medium.write(&self.file, frames, at)?;
            self.end += frames.len() as u64;
            self.dirty = true;
        }
        Ok(at)
    }

    /// Makes what was appended durable.
    pub(crate) fn sync(&mut self, medium: &dyn Medium) -> io::Result<()> {
        if self.dirty {
            medium.sync(&self.file)?;
            self.dirty = false;
        }
        Ok(())
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The whole file, empty when there is none.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

/// Every line that reads, with its offset, and the offset after the last line that has ended.
pub(crate) fn each(bytes: &[u8], visit: &mut dyn FnMut(u64, &[u8])) -> u64 {
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            break;
        }
        if let (Item::Record(body, _), _) = frame::next(line) {
            visit(offset, body);
        }
        offset += line.len() as u64;
    }
    offset
}
