//! The files of a log as its one writer sees them: segments, details, texts.
//!
//! # When a write fails
//!
//! After a failed write or sync nobody knows what is on the disk, and asking the same descriptor
//! again may answer yes although the data is gone. So the writer answers everybody who waits with
//! a refusal, notes the last acknowledged size in the file `refused`, and lets go of all
//! descriptors. Recovery ([`Store::reopen`]) opens the files anew, reads the active segment up to
//! the last acknowledged seal and compares it with what was acknowledged, overwrites what follows
//! with zeros, and makes that durable. Only then is `refused` removed and the next record taken.
//!
//! A refused record must never turn up later as a durable permit. If the process dies before the
//! zeros are written, the next open finds `refused` and undoes that one batch. Two cases remain in
//! which a refused batch stays in the log: when `refused` itself could not be written, and the
//! process dies before recovery. Then its permits are closed as `unknown`, which is what is known.
//! The note is believed only if exactly one batch follows it and that is not the record of a
//! recovery, so a note that outlived its removal cannot take acknowledged records away.

use std::{
    fs::{self, File},
    io,
    sync::Arc,
};

use crate::{
    Blob, OpenError, Options,
    calls::Calls,
    cas::{Cas, Places},
    folder::Folder,
    frame::{self, Hash, Tip},
    lines::Lines,
    medium::Medium,
    prepare::Preparer,
    scan::{Tail, scan},
    segment::Segment,
};

mod open;

/// The files, open for writing.
pub(crate) struct Store {
    folder: Folder,
    medium: Arc<dyn Medium>,
    node: String,
    segment_records: u64,
    step: u64,
    preparer: Preparer,
    files: Option<Files>,
    places: Places,
    place: Place,
    tip: Tip,
    /// Offset up to which unacknowledged bytes may be on the disk, whatever a read says.
    suspect: u64,
    /// Held, not used: the lock lasts as long as the file is open.
    _lock: File,
}

struct Files {
    segment: Segment,
    details: Lines,
    cas: Cas,
}

/// The active segment and where it ends.
#[derive(Clone, Copy, Debug)]
struct Place {
    first: u64,
    /// The chain at the end of the segment before.
    before: Hash,
    end: u64,
}

/// What an open found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Permitted calls without an outcome.
    pub(crate) calls: Calls,
    /// Bytes of a batch that was never finished.
    pub(crate) torn: u64,
    /// Records of a batch that was refused and is now undone.
    pub(crate) undone: u64,
}

/// Records that become durable together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) frames: Vec<u8>,
    pub(crate) count: u64,
    /// Lowest open call after it.
    pub(crate) open: u64,
    pub(crate) details: Vec<u8>,
    pub(crate) blobs: Vec<Arc<Blob>>,
}

impl Store {
    pub(crate) fn open(
        options: &Options,
        medium: Arc<dyn Medium>,
        places: Places,
    ) -> Result<(Self, Found), OpenError> {
        let folder = Folder::new(&options.dir);
        let fault = |deed| OpenError::io(deed, folder.path());
        folder.create().map_err(fault("create"))?;
        let lock = folder.lock()?;
        let end = open::find_end(&folder)?;
        let preparer = Preparer::start(&folder, options.preallocate_bytes, medium.clone());
        let mut store = Self {
            folder: folder.clone(),
            medium,
            node: options.node.clone(),
            segment_records: options.segment_records,
            step: options.preallocate_bytes.clamp(1 << 12, 1 << 20),
            preparer: preparer.map_err(fault("start the helper of"))?,
            files: None,
            places,
            place: end.place,
            tip: end.tip,
            suspect: if end.is_suspect { u64::MAX } else { 0 },
            _lock: lock,
        };
        if end.is_new {
            store.preparer.ask();
            store
                .create(end.place)
                .map_err(fault("create a segment in"))?;
        } else {
            store.reopen().map_err(fault("open the last segment of"))?;
        }
        store.preparer.ask();
        Ok((store, end.found))
    }

    /// Makes a batch durable: texts first, then details, then the records that cite them.
    pub(crate) fn write(&mut self, batch: &Batch) -> io::Result<()> {
        let Some(files) = &mut self.files else {
            return Err(io::Error::other("the log is not open"));
        };
        files.cas.add(batch.blobs.iter(), &*self.medium)?;
        files.details.append(&batch.details, &*self.medium)?;
        let (mut bytes, chain) = if self.place.end == 0 {
            let (head, chain) = frame::head(&self.node, self.tip);
            (head.into_bytes(), chain)
        } else {
            (Vec::new(), self.tip.hash)
        };
        let size = self.tip.size + batch.count;
        let (seal, tip) = frame::seal(chain, &batch.frames, batch.open, size);
        bytes.extend_from_slice(&batch.frames);
        bytes.extend_from_slice(seal.as_bytes());
        if let Err(error) = files
            .segment
            .reserve(bytes.len() as u64, self.step, &*self.medium)
        {
            tracing::warn!(%error, "no room ahead in the audit segment");
        }
        self.suspect = self.place.end + bytes.len() as u64;
        files.segment.write(&bytes, &*self.medium)?;
        self.place.end = files.segment.end();
        self.tip = tip;
        Ok(())
    }

    /// Makes texts durable that no record cites yet.
    pub(crate) fn keep(&mut self, blobs: &[Arc<Blob>]) -> io::Result<()> {
        self.files
            .as_mut()
            .map_or(Ok(()), |files| files.cas.add(blobs.iter(), &*self.medium))
    }

    /// Records that still fit into the active segment.
    pub(crate) fn room(&self) -> u64 {
        self.segment_records
            .saturating_sub(self.tip.size - self.place.first)
    }

    /// Closes the active segment and begins the next one.
    pub(crate) fn roll(&mut self) -> io::Result<()> {
        if let Some(mut files) = self.files.take() {
            files.details.sync(&*self.medium)?;
            files.segment.close()?;
        }
        self.create(Place {
            first: self.tip.size,
            before: self.tip.hash,
            end: 0,
        })?;
        self.preparer.ask();
        Ok(())
    }

    /// Makes details durable; they trail the records by at most the writer's tick.
    pub(crate) fn sync_details(&mut self) -> io::Result<()> {
        self.files
            .as_mut()
            .map_or(Ok(()), |files| files.details.sync(&*self.medium))
    }

    pub(crate) fn has_unsynced_details(&self) -> bool {
        self.files
            .as_ref()
            .is_some_and(|files| files.details.is_dirty())
    }

    /// Whether the active segment is still where it was.
    pub(crate) fn check_in_place(&self) -> io::Result<()> {
        self.files
            .as_ref()
            .map_or(Ok(()), |files| files.segment.check_in_place())
    }

    /// Lets go of everything after a failure and notes what was acknowledged.
    pub(crate) fn abandon(&mut self) {
        self.files = None;
        if let Err(error) = self.folder.mark_refused(self.tip.size) {
            tracing::warn!(%error, "cannot note which audit records were refused");
        }
    }

    /// Opens the files anew, checks what was acknowledged and undoes everything else.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        self.files = None;
        let path = self.folder.segment(self.place.first);
        self.check_acknowledged()?;
        let mut segment = Segment::reopen(path, self.place.end, self.suspect, &*self.medium)?;
        let is_full = self.room() == 0 || segment.is_closed()?;
        if !is_full {
            segment.reserve(self.step, self.step, &*self.medium)?;
        }
        self.open_files(segment)?;
        self.folder.clear_refused()?;
        if is_full { self.roll() } else { Ok(()) }
    }

    pub(crate) fn tip(&self) -> Tip {
        self.tip
    }

    fn check_acknowledged(&self) -> io::Result<()> {
        let bytes = fs::read(self.folder.segment(self.place.first))?;
        let end = usize::try_from(self.place.end).map_err(io::Error::other)?;
        let kept = bytes
            .get(..end)
            .ok_or_else(|| io::Error::other("the segment lost records"))?;
        let before = Tip {
            size: self.place.first,
            hash: self.place.before,
        };
        let scan = scan(kept, before, &mut |_| {});
        if scan.tail == Tail::Clean && scan.tip == self.tip && scan.end == end {
            Ok(())
        } else {
            Err(io::Error::other("the segment is not what was written"))
        }
    }

    fn create(&mut self, place: Place) -> io::Result<()> {
        let prepared = self.preparer.take();
        let segment = Segment::create(&self.folder, place.first, prepared)?;
        self.place = place;
        self.open_files(segment)
    }

    fn open_files(&mut self, segment: Segment) -> io::Result<()> {
        let details = Lines::open(self.folder.detail(self.place.first))?;
        let cas = Cas::open(self.folder.blobs(), self.places.clone())?;
        self.files = Some(Files {
            segment,
            details,
            cas,
        });
        Ok(())
    }
}
