//! The example apps, carried in the binary so that the demo needs nothing else.

use std::{fs, io, path::PathBuf};

use include_dir::{Dir, include_dir};

use crate::Home;

static EXAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../examples");

/// Writes the examples into the home.
pub(super) fn write(home: &Home) -> io::Result<()> {
    let folder = home.join("examples");
    fs::create_dir_all(&folder)?;
    EXAMPLES.extract(folder)
}

/// The folder of one example.
pub(super) fn folder(home: &Home, name: &str) -> PathBuf {
    home.join("examples").join(name)
}
