//! A folder named in the configuration: an absolute path, or the folder for temporary files.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Stands for the folder for temporary files of the system.
const TEMPORARY: &str = "$TEMPDIR";

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(String);

impl Folder {
    /// The usual places for files that are not kept.
    pub fn temporary() -> Vec<Folder> {
        vec![Folder(TEMPORARY.to_owned()), Folder("/tmp".to_owned())]
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        match self.0.as_str() {
            TEMPORARY => std::env::temp_dir(),
            path => PathBuf::from(path),
        }
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == TEMPORARY || text.starts_with('/') {
            return Ok(Folder(text));
        }
        Err(D::Error::custom(format!(
            "`{}` is not a folder; give a path from `/`, or `{TEMPORARY}`",
            text.escape_debug()
        )))
    }
}

impl Serialize for Folder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
