//! Output of a program in a temporary file, for what is too large or too binary for app code.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::process::Running;
use crate::plugin::carried::Revealed;

/// Lines longer than this are searched for secrets in parts.
const PART: usize = 1 << 20;

/// A file with the output of `running`, and how long it is. It is in `folder`, which is made when it does
/// not exist, and readable by the gateway alone.
pub async fn gather(
    running: &mut Running,
    folder: PathBuf,
    revealed: &Revealed,
    limit: u64,
) -> Result<(TempPath, u64), String> {
    let failed = |error: io::Error| format!("cannot write a temporary file: {error}");
    let made = tokio::task::spawn_blocking(move || make(&folder)).await;
    let (mut file, path) = made
        .map_err(io::Error::other)
        .and_then(|made| made)
        .map_err(failed)?;
    let mut length = 0;
    while let Some(part) = part(running, revealed).await {
        length += part.len() as u64;
        if length > limit {
            return Err(format!("the output is longer than {limit} bytes"));
        }
        let written = tokio::task::spawn_blocking(move || {
            file.write_all(&part)?;
            Ok(file)
        });
        let written = written.await.map_err(io::Error::other);
        file = written.and_then(|written| written).map_err(failed)?;
    }
    Ok((path, length))
}

/// The next part: any bytes when there are no secrets, else a line without them.
async fn part(running: &mut Running, revealed: &Revealed) -> Option<Vec<u8>> {
    if revealed.is_empty() {
        return running.chunk().await;
    }
    let mut line = Vec::new();
    let some = running.line(&mut line, PART).await;
    some.then(|| revealed.redact_line(&line).into_owned())
}

/// A new file in `folder`.
fn make(folder: &Path) -> io::Result<(File, TempPath)> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let folder = std::fs::canonicalize(folder)?;
    let mut builder = tempfile::Builder::new();
    let file: NamedTempFile = builder.prefix("openrun-exec-stdout-").tempfile_in(folder)?;
    Ok(file.into_parts())
}
