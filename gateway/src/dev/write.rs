//! Writes generated files into an app's folder, and never outside it: each folder on the way is opened
//! without following links, and a file appears whole or not at all.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

use audit::Outcome;
use bytes::Bytes;
use policy::{DevCall, DevTarget, Permit};
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2, renameat, unlinkat},
    io::Errno,
};

use super::{DevError, blocking, hands::Hands, plan::Made};

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Makes the file as it has to be.
pub(super) async fn make(hands: &Hands<'_>, made: Made) -> Result<(), DevError> {
    let path = made.path.clone();
    let target = DevTarget::Write(hands.root.join(&path));
    let permit = hands
        .admit(DevCall {
            target,
            cargo: made,
        })
        .await?;
    let root = hands.root.clone();
    let done = blocking(move || spend(permit, &root)).await;
    done.map_err(|error| {
        DevError(format!(
            "cannot write `{path}` into the app's folder: {error}"
        ))
    })
}

fn spend(permit: Permit<DevCall<Made>>, root: &Path) -> io::Result<()> {
    let since = Instant::now();
    let (call, open) = permit.spend();
    let Made { path, content } = call.cargo;
    let done = match &content {
        Some(content) => put(root, &path, content),
        None => remove(root, &path),
    };
    let class = done.is_err().then_some("dev.write");
    open.close(Outcome {
        bytes: content.map_or(0, |content| content.len() as u64),
        ..Outcome::of(class, since.elapsed())
    });
    done
}

fn put(root: &Path, path: &str, content: &Bytes) -> io::Result<()> {
    let (folder, name) = folder(root, path, true)?;
    // The dot keeps the watcher from looking at it.
    let draft = format!(".{name}.sallyport");
    let flags =
        OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(
        &folder,
        draft.as_str(),
        flags,
        Mode::from_raw_mode(0o644),
    )?);
    file.write_all(content)?;
    renameat(&folder, draft.as_str(), &folder, name)?;
    Ok(())
}

fn remove(root: &Path, path: &str) -> io::Result<()> {
    let (folder, name) = folder(root, path, false)?;
    match unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The folder of `path` below `root`, and the name in it.
fn folder<'p>(root: &Path, path: &'p str, create: bool) -> io::Result<(OwnedFd, &'p str)> {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    if !path.split('/').all(plain) {
        return Err(io::Error::other("it is not a plain path"));
    }
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut folder = openat2(CWD, root, FOLDER, Mode::empty(), ResolveFlags::NO_SYMLINKS)?;
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        if create {
            match mkdirat(&folder, part, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        folder = openat(&folder, part, FOLDER, Mode::empty())?;
    }
    Ok((folder, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_inside_and_appear_whole() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("app");
        std::fs::create_dir(&root).unwrap();
        let content = Bytes::from_static(b"x");
        put(&root, "static/gen/css/style.css", &content).unwrap();
        assert_eq!(
            std::fs::read(root.join("static/gen/css/style.css")).unwrap(),
            b"x"
        );
        remove(&root, "static/gen/css/style.css").unwrap();
        remove(&root, "static/gen/css/style.css").unwrap();
        std::os::unix::fs::symlink(dir.path(), root.join("out")).unwrap();
        for path in ["out/x", "../x", "/x", "a//x", "a/./x", ""] {
            assert!(put(&root, path, &content).is_err(), "{path}");
        }
        let link = dir.path().join("another");
        std::os::unix::fs::symlink(&root, &link).unwrap();
        assert!(put(&link, "x", &content).is_err());
        assert!(put(&link.join("static"), "x", &content).is_err());
        std::fs::write(dir.path().join("victim"), "v").unwrap();
        std::os::unix::fs::symlink(dir.path().join("victim"), root.join("link")).unwrap();
        put(&root, "link", &content).unwrap();
        assert_eq!(std::fs::read(dir.path().join("victim")).unwrap(), b"v");
    }
}
