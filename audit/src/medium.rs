//! The two operations that make a record durable, behind a seam where tests put a failing disk.

use std::{fs::File, io, os::unix::fs::FileExt as _};

/// Writes and syncs; the only way in which bytes of the log reach a file.
pub(crate) trait Medium: Send + Sync {
    /// Writes all of `bytes` at an offset.
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Returns once everything written to the file is durable.
    fn sync(&self, file: &File) -> io::Result<()>;
}

/// The disk.
#[derive(Debug)]
pub(crate) struct Disk;

impl Medium for Disk {
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}

/// Writes zeros over a range, so that a later write there needs no new space.
pub(crate) fn zero(medium: &dyn Medium, file: &File, from: u64, to: u64) -> io::Result<()> {
    const BLOCK: usize = 1 << 16;
    let zeros = [0; BLOCK];
    let mut at = from;
    while at < to {
        let length = usize::try_from(to - at).unwrap_or(BLOCK).min(BLOCK);
        medium.write(file, zeros.get(..length).unwrap_or(&zeros), at)?;
        at += length as u64;
    }
    Ok(())
}
