//! Files that an app has registered to be downloaded through the gateway, and the store that remembers
//! them. The store is the gateway's, so that a link outlives a restart.
//!
//! What is served is the file that was judged: its device and inode are remembered, and a link or
//! another file put in its place is refused.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use policy::InstanceId;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use serde::{Deserialize, Serialize};

/// Who may download a file, besides being allowed to use the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// The user with this id, who was acting when it was registered.
    User(String),
    /// Everyone who may use the app.
    App,
}

/// One registered file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedFile {
    /// The app instance that registered it, and below whose path it is served.
    pub instance: InstanceId,
    /// Its real path.
    pub path: PathBuf,
    /// Device and inode of the file that was judged.
    pub identity: (u64, u64),
    /// The name it is downloaded under.
    pub name: String,
    /// Its content type, as the app gave it.
    pub mime_type: String,
    /// Who may download it.
    pub visibility: Visibility,
    /// Until when, in seconds since 1970; `None` for ever.
    pub expires: Option<i64>,
    /// Whether it can be downloaded once only.
    pub single_access: bool,
    /// Whether the file is to be removed from disk when it can be downloaded no more.
    pub remove: bool,
}

/// What a store answers to a request for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// This one. When it is for a single access the store has forgotten it, and nobody gets it again.
    File(ServedFile),
    /// There is one, for another user; it stays.
    Forbidden,
    /// There is none with this id for this app, or its time is over.
    Missing,
}

/// A store could not be read or written; the text is for operators.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store of served files failed: {0}")]
pub struct ServedError(pub String);

/// Remembers registered files. Called off the async threads; may block for a disk.
pub trait Served: Send + Sync {
    /// Remembers `file` under `id`, which nobody can guess. Refuses when an app has too many.
    fn put(&self, id: &str, file: &ServedFile) -> Result<(), ServedError>;

    /// Looks a file up for a user at a time; see [`ServedFile::for_whom`]. A single access is atomic: of
    /// two that come at once one gets the file.
    fn take(
        &self,
        id: &str,
        instance: &InstanceId,
        user: &str,
        now: Timestamp,
    ) -> Result<Taken, ServedError>;

    /// Forgets what has expired, and answers it, so that files can be removed from disk.
    fn expire(&self, now: Timestamp) -> Result<Vec<ServedFile>, ServedError>;
}

impl ServedFile {
    /// What to answer when `user` of the app `instance` asks for this file at `now`.
    pub fn for_whom(&self, instance: &InstanceId, user: &str, now: Timestamp) -> Taken {
        if self.instance != *instance || self.is_over(now) {
            return Taken::Missing;
        }
        match &self.visibility {
            Visibility::User(owner) if owner != user => Taken::Forbidden,
            Visibility::User(_) | Visibility::App => Taken::File(self.clone()),
        }
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now.as_second())
    }

    /// Opens the file that was judged and answers its length; blocks.
    pub fn open(&self) -> std::io::Result<(File, u64)> {
        let (file, identity, length) = open_plain(&self.path)?;
        if identity == self.identity {
            Ok((file, length))
        } else {
            Err(std::io::Error::other("the file was replaced"))
        }
    }

    /// Removes the file from disk when that is wanted and it is still the one that was judged; blocks.
    pub fn discard(&self) {
        if self.remove && self.open().is_ok() {
            // Gone already is as good.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Opens a regular file at its real path: no link is followed on the way and no device is opened.
/// Answers its device and inode and its length.
pub(crate) fn open_plain(path: &Path) -> std::io::Result<(File, (u64, u64), u64)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = openat2(CWD, path, flags, Mode::empty(), resolve)?;
    let stat = fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let length = u64::try_from(stat.st_size).unwrap_or(0);
    Ok((File::from(file), (stat.st_dev, stat.st_ino), length))
}

/// A store that forgets everything when the process ends.
#[derive(Default)]
pub struct Forgetful(Mutex<HashMap<String, ServedFile>>);

impl Served for Forgetful {
    fn put(&self, id: &str, file: &ServedFile) -> Result<(), ServedError> {
        const MOST: usize = 10_000;
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() >= MOST {
            return Err(ServedError(format!("more than {MOST} files are served")));
        }
        files.insert(id.to_owned(), file.clone());
        Ok(())
    }

    fn take(
        &self,
        id: &str,
        instance: &InstanceId,
        user: &str,
        now: Timestamp,
    ) -> Result<Taken, ServedError> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = files.get(id) else {
            return Ok(Taken::Missing);
        };
        let taken = file.for_whom(instance, user, now);
        if matches!(&taken, Taken::File(file) if file.single_access) {
            files.remove(id);
        }
        Ok(taken)
    }

    fn expire(&self, now: Timestamp) -> Result<Vec<ServedFile>, ServedError> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let expired = files.extract_if(|_, file| file.is_over(now));
        Ok(expired.map(|(_, file)| file).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path, visibility: Visibility) -> ServedFile {
        ServedFile {
            instance: InstanceId::from("app_a@prod"),
            path: path.to_owned(),
            identity: open_plain(path).unwrap().1,
            name: "x.txt".to_owned(),
            mime_type: "text/plain".to_owned(),
            visibility,
            expires: Some(100),
            single_access: true,
            remove: true,
        }
    }

    #[test]
    fn only_the_right_user_of_the_right_app_gets_it_once_and_in_time() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().canonicalize().unwrap().join("x");
        std::fs::write(&path, "x").unwrap();
        let store = Forgetful::default();
        let put = |id: &str, visibility| store.put(id, &file(&path, visibility)).unwrap();
        put("mine", Visibility::User("u1".to_owned()));
        put("ours", Visibility::App);
        let check = |id: &str, app: &str, user: &str, now: i64, expected: &str| {
            let now = Timestamp::from_second(now).unwrap();
            let taken = store.take(id, &InstanceId::from(app), user, now).unwrap();
            let taken = format!("{taken:?}");
            assert!(taken.starts_with(expected), "{id} {app} {user}: {taken}");
        };
        check("none", "app_a@prod", "u1", 1, "Missing");
        check("mine", "app_b@prod", "u1", 1, "Missing");
        check("mine", "app_a@prod", "u2", 1, "Forbidden");
        check("mine", "app_a@prod", "u1", 100, "Missing");
        check("mine", "app_a@prod", "u1", 99, "File");
        check("mine", "app_a@prod", "u1", 99, "Missing");
        check("ours", "app_a@prod", "u2", 1, "File");
        put("late", Visibility::App);
        let late = Timestamp::from_second(100).unwrap();
        assert_eq!(store.expire(late).unwrap().len(), 1);
    }

    #[test]
    fn another_file_in_its_place_is_refused() {
        let dir = tempfile::TempDir::new().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let path = root.join("x");
        std::fs::write(&path, "mine").unwrap();
        let served = file(&path, Visibility::App);
        assert_eq!(served.open().unwrap().1, 4);
        std::fs::write(root.join("y"), "secret").unwrap();
        std::fs::rename(&path, root.join("old")).unwrap();
        std::os::unix::fs::symlink("y", &path).unwrap();
        assert!(served.open().is_err());
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(root.join("y"), &path).unwrap();
        assert!(served.open().is_err());
        served.discard();
        assert!(path.exists(), "another file is not removed");
        assert!(open_plain(&root).is_err());
    }
}
