//! Opens a log: finds its end, starts its threads, and records the start before anybody is let in.

use std::{
    io,
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::json;

use super::Log;
use crate::{
    OpenError, Options, Query,
    core::{Core, Shared},
    entry::Entry,
    folder::Folder,
    index,
    keys::Key,
    lanes::Lanes,
    medium::{Disk, Medium},
    record::{Change, OpenCall, Origin},
    store::{Found, Store},
    writer::Writer,
};

impl Log {
    /// Opens or creates the log in a directory and takes its lock.
    ///
    /// A batch that an earlier run did not finish is dropped, the start is recorded, and every
    /// permitted call that has no outcome gets one that says `unknown`. All of that is durable
    /// when this returns.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        Self::open_on(&options, Arc::new(Disk), Duration::from_secs(1))
    }

    pub(crate) fn open_on(
        options: &Options,
        medium: Arc<dyn Medium>,
        tick: Duration,
    ) -> Result<Self, OpenError> {
        check(options)?;
        let folder = Folder::new(&options.dir);
        let places = Arc::default();
        let (store, found) = Store::open(options, medium, Arc::clone(&places))?;
        let key = Key::open(&folder)?;
        let origin = Origin::new(options).map_err(OpenError::Boot)?;
        let core = Arc::new(Core::new(
            origin,
            key,
            Arc::new(Lanes::new(options)),
            places,
        ));
        let (sender, receiver) = mpsc::channel();
        let mut writer = Writer {
            core: core.clone(),
            store,
            calls: crate::calls::Calls::default(),
            receiver,
            tick,
            held: Vec::new(),
            illness: None,
            last_ns: core.origin.now(),
            details_since: Instant::now(),
        };
        boot(&mut writer, options, found)?;
        let fault = |deed| OpenError::io(deed, &options.dir);
        let index = index::start(&folder, core.progress.clone()).map_err(OpenError::Index)?;
        let lanes = core.lanes.clone();
        let waits =
            spawn("audit-waits", move || lanes.keep_deadlines()).map_err(fault("wait for"))?;
        let writes = spawn("audit-writer", move || writer.run()).map_err(fault("write to"))?;
        let query = Query::new(folder, core.progress.clone(), core.places.clone());
        let threads = Arc::new(Mutex::new(vec![writes, waits, index]));
        Ok(Self {
            shared: Arc::new(Shared { core, sender }),
            query,
            threads,
        })
    }
}

fn check(options: &Options) -> Result<(), OpenError> {
    let rules = [
        ("segment_records", options.segment_records > 0, "at least 1"),
        ("queue", options.queue > 0, "at least 1"),
        ("open_limit", options.open_limit > 0, "at least 1"),
        (
            "share_percent",
            (1..=100).contains(&options.share_percent),
            "between 1 and 100",
        ),
    ];
    rules.into_iter().try_for_each(|(name, holds, rule)| {
        if holds {
            Ok(())
        } else {
            Err(OpenError::Option(name, rule))
        }
    })
}

/// Records the start and closes what an earlier run left open, before anybody is let in.
fn boot(writer: &mut Writer, options: &Options, found: Found) -> Result<(), OpenError> {
    let tip = writer.store.tip();
    let open: Vec<OpenCall> = found.calls.open().cloned().collect();
    let facts = json!({
        "version": options.boot.version, "binary": options.boot.binary, "config": options.boot.config,
        "policy": options.boot.policy,
        "size": tip.size, "hash": crate::hex::encode(&tip.hash),
        "torn_bytes": found.torn, "undone": found.undone, "unknown": open.len(),
    });
    let origin = &writer.core.origin;
    let mut entries = vec![Entry::own(
        origin.own("boot", facts).map_err(OpenError::Boot)?,
        Change::Nothing,
    )];
    for call in &open {
        let record = origin.unknown(call).map_err(OpenError::Boot)?;
        entries.push(Entry::own(record, Change::Closes(call.id.clone())));
    }
    writer.calls = found.calls;
    writer.write_all(entries);
    writer.core.check_writable().map_err(OpenError::Boot)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run)
}
