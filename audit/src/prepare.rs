//! Prepares the next segment in the background: filling 64 MiB with zeros inside a batch would
//! stall every request for the length of it.

use std::{
    fs::File,
    io,
    sync::{Arc, mpsc},
    thread,
};

use crate::{
    folder::{self, Folder},
    medium::{self, Medium},
};

/// A helper thread and at most one segment that it has made or is making.
#[derive(Debug)]
pub(crate) struct Preparer {
    asks: mpsc::SyncSender<()>,
    answers: mpsc::Receiver<io::Result<File>>,
    asked: bool,
}

impl Preparer {
    pub(crate) fn start(folder: &Folder, bytes: u64, medium: Arc<dyn Medium>) -> io::Result<Self> {
        let (asks, asked) = mpsc::sync_channel::<()>(1);
        let (answer, answers) = mpsc::sync_channel(1);
        let folder = folder.clone();
        thread::Builder::new()
            .name("audit-prepare".into())
            .spawn(move || {
                for () in asked {
                    if answer.send(prepare(&folder, bytes, &*medium)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            asks,
            answers,
            asked: false,
        })
    }

    /// Asks for one segment, unless one is under way.
    pub(crate) fn ask(&mut self) {
        self.asked = self.asked || self.asks.try_send(()).is_ok();
    }

    /// The segment that was asked for; none when there was no room for it.
    pub(crate) fn take(&mut self) -> Option<File> {
        if !std::mem::take(&mut self.asked) {
            return None;
        }
        let prepared = self.answers.recv().ok()?;
        prepared
            .inspect_err(|error| tracing::warn!(%error, "cannot prepare the next audit segment"))
            .ok()
    }
}

fn prepare(folder: &Folder, bytes: u64, medium: &dyn Medium) -> io::Result<File> {
    let path = folder.next();
    let file = folder::private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)?;
    let filled = medium::zero(medium, &file, 0, bytes).and_then(|()| file.sync_all());
    if let Err(error) = filled {
        let _ = std::fs::remove_file(&path);
        return Err(error);
    }
    Ok(file)
}
