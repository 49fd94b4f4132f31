//! One file or directory as apps see it.

use rustix::fs::{FileType, Stat};
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

/// Whether it is a directory; a link to one is not.
pub fn is_dir(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Bytes as stored: whole blocks.
pub fn blocks(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0).div_ceil(4096).saturating_mul(4096)
}

/// Go's numbering of types and special bits.
pub fn mode(stat: &Stat) -> u32 {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => 1 << 31,
        FileType::Symlink => 1 << 27,
        FileType::BlockDevice => 1 << 26,
        FileType::CharacterDevice => (1 << 26) | (1 << 21),
        FileType::Fifo => 1 << 25,
        FileType::Socket => 1 << 24,
        FileType::RegularFile => 0,
        _ => 1 << 19,
    };
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let special = special.iter().filter(|(bit, _)| stat.st_mode & bit != 0).map(|(_, mode)| mode);
    (stat.st_mode & 0o777) | kind | special.sum::<u32>()
}
