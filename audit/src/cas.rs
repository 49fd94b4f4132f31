//! Texts by their hash. A text is durable before any record that cites it, and is kept once.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde::Deserialize;

use crate::{
    Blob, canonical,
    core::lock,
    frame,
    lines::{self, Lines},
    medium::Medium,
};

/// Where the text of a hash lies: offset and length of its line's body.
pub(crate) type Places = Arc<Mutex<HashMap<String, (u64, usize)>>>;

/// The store, open for adding.
#[derive(Debug)]
pub(crate) struct Cas {
    lines: Lines,
    places: Places,
}

/// A line of the store.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    pub(crate) hash: String,
    pub(crate) text: String,
}

impl Cas {
    /// Opens the store and learns what it holds.
    pub(crate) fn open(path: PathBuf, places: Places) -> io::Result<Self> {
        let lines = Lines::open(path)?;
        let bytes = lines::read(lines.path())?;
        let mut known = lock(&places);
        known.clear();
        lines::each(&bytes, &mut |offset, body| {
            if let Ok(kept) = serde_json::from_slice::<Kept>(body) {
                known.insert(kept.hash, (offset + frame::PREFIX as u64, body.len()));
            }
        });
        drop(known);
        Ok(Self { lines, places })
    }

    /// Adds what is new and makes it durable.
    pub(crate) fn add<'a>(
        &mut self,
        blobs: impl Iterator<Item = &'a Arc<Blob>>,
        medium: &dyn Medium,
    ) -> io::Result<()> {
        let mut frames = Vec::new();
        let mut fresh: Vec<(String, (u64, usize))> = Vec::new();
        for blob in blobs {
            let known = lock(&self.places).contains_key(blob.hash())
                || fresh.iter().any(|(hash, _)| hash == blob.hash());
            if !known {
                let text = canonical::quoted(blob.text());
                let line = format!("{{\"hash\":\"{}\",\"text\":{text}}}", blob.hash());
                fresh.push((
                    blob.hash().to_owned(),
                    ((frames.len() + frame::PREFIX) as u64, line.len()),
                ));
                frame::push(&line, &mut frames);
            }
        }
        let at = self.lines.append(&frames, medium)?;
        self.lines.sync(medium)?;
        let placed = fresh
            .into_iter()
            .map(|(hash, (offset, length))| (hash, (at + offset, length)));
        lock(&self.places).extend(placed);
        Ok(())
    }
}
