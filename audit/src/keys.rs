//! The key of keyed hashes: values that must be comparable but not readable are recorded under
//! it. It never leaves the directory and is made by the first open.

use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
};

use crate::{
    OpenError, detail,
    folder::{self, Folder},
    hex,
};

/// A secret key; it has no printed form.
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn open(folder: &Folder) -> Result<Self, OpenError> {
        let path = folder.key();
        if let Err(source) = create(folder) {
            return Err(OpenError::Io {
                deed: "create the key",
                path,
                source,
            });
        }
        let text = fs::read_to_string(&path).map_err(OpenError::io("read the key", &path))?;
        let mode = fs::metadata(&path)
            .map_err(OpenError::io("read the key", &path))?
            .mode();
        if mode & 0o077 != 0 {
            return Err(OpenError::Key {
                path,
                what: "is readable by others; set its mode to 0600",
            });
        }
        let key = hex::decode(text.trim_end()).and_then(|key| key.try_into().ok());
        let what = "does not hold 32 bytes in hex; restore it from a copy";
        key.map(Self).ok_or(OpenError::Key { path, what })
    }

    pub(crate) fn hash(&self, value: &str) -> String {
        hex::encode(&detail::commit(&self.0, value.as_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// Makes the key unless there is one; a key that was interrupted in the making is not used.
fn create(folder: &Folder) -> io::Result<()> {
    let path = folder.key();
    if path.try_exists()? {
        return Ok(());
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    let draft = path.with_extension("tmp");
    let mut file = folder::private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&draft)?;
    writeln!(file, "{}", hex::encode(&key))?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    path.parent().map_or(Ok(()), folder::sync_dir)
}
