//! One file or directory as apps see it.

use rustix::fs::{FileType, RawMode, Stat};
use serde_json::{Value, json};

/// A file or directory.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Bytes, in whole blocks of 4 KiB.
    pub size: u64,
    /// The path the app gave, joined with the name.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Type and permissions in the numbers OpenRun uses.
    pub mode: u32,
}

impl Entry {
    /// The dict an app receives.
    pub fn into_value(self) -> Value {
        json!({ "name": self.name, "size": self.size, "is_dir": self.is_dir, "mode": self.mode })
    }
}

/// What is kept of a file while walking.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Bytes.
    pub size: u64,
    raw_mode: RawMode,
}

impl Facts {
    /// The facts the system tells.
    pub fn new(stat: &Stat) -> Self {
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            raw_mode: stat.st_mode,
        }
    }

    /// Whether it is a directory; a link to one is not.
    pub fn is_dir(self) -> bool {
        FileType::from_raw_mode(self.raw_mode) == FileType::Directory
    }

    /// Bytes as stored: whole blocks.
    pub fn blocks(self) -> u64 {
        self.size.div_ceil(4096).saturating_mul(4096)
    }

    /// Type and permissions in Go's numbering.
    pub fn mode(self) -> u32 {
        let kind = match FileType::from_raw_mode(self.raw_mode) {
            FileType::Directory => 1 << 31,
            FileType::Symlink => 1 << 27,
            FileType::BlockDevice => 1 << 26,
            FileType::CharacterDevice => (1 << 26) | (1 << 21),
            FileType::Fifo => 1 << 25,
            FileType::Socket => 1 << 24,
            FileType::RegularFile => 0,
            FileType::Unknown => 1 << 19,
        };
        let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
        let special = special
            .iter()
            .filter(|(bit, _)| self.raw_mode & bit != 0)
            .map(|(_, mode)| mode);
        (self.raw_mode & 0o777) | kind | special.sum::<u32>()
    }
}
