//! Walks directories by descriptor: each step opens a name inside an open directory without
//! following links, so nothing below can lead outside. Bounded in entries, depth and time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, ResolveFlags, fstat, openat2, statat};
use rustix::io::Errno;

use super::entry::{Entry, Facts};
use super::place::clean;
use crate::plugin::Bounds;

/// Deepest nesting walked; each level holds a descriptor.
const DEPTH: usize = 200;

/// Most entries of one list.
const LISTED: usize = 100_000;

/// Why a walk ends early.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A file cannot be looked at; may be ignored.
    #[error("open {0}: {text}", text = plain(*.1))]
    File(String, Errno),
    /// A bound is reached; never ignored.
    #[error("{0}")]
    Limit(String),
}

/// What the system says, without its number.
fn plain(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string().to_lowercase();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_owned(),
        None => text,
    }
}

/// A walk under way.
pub struct Walk {
    /// Whether files that cannot be looked at are left out.
    pub ignore: bool,
    left: u64,
    until: Instant,
    cancelled: Arc<AtomicBool>,
}

/// Opens the directory at a real path; `given` is its name in messages.
pub fn open(path: &Path, given: &str) -> Result<OwnedFd, Trouble> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(CWD, path, FLAGS, Mode::empty(), resolve)
        .map_err(|errno| Trouble::File(given.to_owned(), errno))
}

const FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

impl Walk {
    /// A walk within `bounds` that stops when `cancelled` is set.
    pub fn new(bounds: &Bounds, cancelled: Arc<AtomicBool>) -> Self {
        Self {
            ignore: false,
            left: bounds.entries,
            until: Instant::now() + bounds.walk,
            cancelled,
        }
    }

    /// The entries of `directory`, and at last the directory itself with their total.
    pub fn list(
        &mut self,
        directory: &OwnedFd,
        given: &str,
        recursive: bool,
    ) -> Result<Vec<Entry>, Trouble> {
        let inside = self.read(directory, given)?;
        if inside.len() > LISTED {
            return Err(Trouble::Limit(format!(
                "more than {LISTED} files in {given}; use find"
            )));
        }
        let mut entries = Vec::with_capacity(inside.len() + 1);
        for (name, facts) in inside {
            let path = join(given, &name);
            let size = match facts.is_dir() && recursive {
                true => self.total(directory, &name, &path, DEPTH)?,
                false => facts.blocks(),
            };
            entries.push(Entry {
                name: path,
                size,
                is_dir: facts.is_dir(),
                mode: facts.mode(),
            });
        }
        let itself = fstat(directory).map_err(|errno| Trouble::File(given.to_owned(), errno))?;
        let size = entries
            .iter()
            .fold(0, |sum: u64, entry| sum.saturating_add(entry.size));
        entries.push(Entry {
            name: given.to_owned(),
            size,
            is_dir: true,
            mode: Facts::new(&itself).mode(),
        });
        Ok(entries)
    }

    /// The files below `directory` that are `wanted`; the largest when there are more than `limit`.
    pub fn find(
        &mut self,
        directory: &OwnedFd,
        given: &str,
        limit: usize,
        wanted: &dyn Fn(&str, u64) -> bool,
    ) -> Result<Vec<Entry>, Trouble> {
        let mut found = Found {
            limit,
            smallest_first: BinaryHeap::new(),
        };
        self.search(directory, given, wanted, (&mut found, DEPTH))?;
        Ok(found.into_entries())
    }

    fn search(
        &mut self,
        directory: &OwnedFd,
        given: &str,
        wanted: &dyn Fn(&str, u64) -> bool,
        (found, depth): (&mut Found, usize),
    ) -> Result<(), Trouble> {
        for (name, facts) in self.read(directory, given)? {
            let path = join(given, &name);
            if !facts.is_dir() {
                if wanted(&name.to_string_lossy(), facts.size) {
                    found.add(Entry {
                        name: path,
                        size: facts.blocks(),
                        is_dir: false,
                        mode: facts.mode(),
                    });
                }
            } else if let Some(inner) = self.enter(directory, &name, &path, depth)? {
                self.search(&inner, &path, wanted, (found, depth.saturating_sub(1)))?;
            }
        }
        Ok(())
    }

    fn total(
        &mut self,
        directory: &OwnedFd,
        name: &CStr,
        path: &str,
        depth: usize,
    ) -> Result<u64, Trouble> {
        let Some(inner) = self.enter(directory, name, path, depth)? else {
            return Ok(0);
        };
        let mut total: u64 = 0;
        for (name, facts) in self.read(&inner, path)? {
            let size = match facts.is_dir() {
                true => self.total(&inner, &name, &join(path, &name), depth.saturating_sub(1))?,
                false => facts.blocks(),
            };
            total = total.saturating_add(size);
        }
        Ok(total)
    }

    fn enter(
        &mut self,
        directory: &OwnedFd,
        name: &CStr,
        path: &str,
        depth: usize,
    ) -> Result<Option<OwnedFd>, Trouble> {
        if depth == 0 {
            return Err(Trouble::Limit(format!(
                "{path}: more than {DEPTH} directories deep"
            )));
        }
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = openat2(directory, name, FLAGS, Mode::empty(), resolve);
        self.or_ignored(opened, path)
    }

    /// Names and facts of everything in `directory`.
    fn read(&mut self, directory: &OwnedFd, path: &str) -> Result<Vec<(CString, Facts)>, Trouble> {
        let mut inside = Vec::new();
        let Some(listing) = self.or_ignored(Dir::read_from(directory), path)? else {
            return Ok(inside);
        };
        for entry in listing {
            self.tick()?;
            let Some(entry) = self.or_ignored(entry, path)? else {
                continue;
            };
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
            if let Some(stat) = self.or_ignored(stat, path)? {
                inside.push((name.to_owned(), Facts::new(&stat)));
            }
        }
        Ok(inside)
    }

    fn or_ignored<T>(&self, result: Result<T, Errno>, path: &str) -> Result<Option<T>, Trouble> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.ignore => Ok(None),
            Err(errno) => Err(Trouble::File(path.to_owned(), errno)),
        }
    }

    fn tick(&mut self) -> Result<(), Trouble> {
        let stop = |why: &str| Err(Trouble::Limit(why.to_owned()));
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return stop("too many files; name a smaller directory"),
        };
        if self.left.is_multiple_of(256) {
            if self.cancelled.load(Ordering::Relaxed) {
                return stop("the call was given up");
            }
            if Instant::now() > self.until {
                return stop("the directory takes too long to read; name a smaller one");
            }
        }
        Ok(())
    }
}

/// The files found so far, never more than the limit.
struct Found {
    limit: usize,
    smallest_first: BinaryHeap<Reverse<Entry>>,
}

impl Found {
    fn add(&mut self, entry: Entry) {
        self.smallest_first.push(Reverse(entry));
        if self.smallest_first.len() > self.limit {
            self.smallest_first.pop();
        }
    }

    /// Largest first; with fewer than the limit the order means nothing.
    fn into_entries(self) -> Vec<Entry> {
        self.smallest_first
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse(entry)| entry)
            .collect()
    }
}

fn join(given: &str, name: &CStr) -> String {
    clean(&Path::new(given).join(OsStr::from_bytes(name.to_bytes())))
        .display()
        .to_string()
}
