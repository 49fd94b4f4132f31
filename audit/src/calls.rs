//! Which permitted calls have not ended, as far as the log knows.

use std::collections::{BTreeMap, HashMap};

use crate::{
    RecordId,
    record::{Change, OpenCall},
};

/// Open calls by id and by position.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    by_id: HashMap<RecordId, u64>,
    by_seq: BTreeMap<u64, OpenCall>,
}

/// What a change did, so that it can be undone when its batch is refused.
#[derive(Debug)]
pub(crate) enum Undo {
    Open(RecordId),
    Close(u64, OpenCall),
    Nothing,
}

impl Calls {
    pub(crate) fn apply(&mut self, seq: u64, change: &Change) -> Undo {
        match change {
            Change::Opens(call) => {
                self.by_id.insert(call.id.clone(), seq);
                self.by_seq.insert(seq, call.clone());
                Undo::Open(call.id.clone())
            }
            Change::Closes(id) => self
                .close(id)
                .map_or(Undo::Nothing, |(seq, call)| Undo::Close(seq, call)),
            Change::Nothing => Undo::Nothing,
        }
    }

    pub(crate) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Open(id) => drop(self.close(&id)),
            Undo::Close(seq, call) => drop(self.apply(seq, &Change::Opens(call))),
            Undo::Nothing => {}
        }
    }

    /// The lowest position of an open call, or `size` when there is none.
    pub(crate) fn lowest(&self, size: u64) -> u64 {
        self.by_seq.keys().next().copied().unwrap_or(size)
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = &OpenCall> {
        self.by_seq.values()
    }

    fn close(&mut self, id: &RecordId) -> Option<(u64, OpenCall)> {
        let seq = self.by_id.remove(id)?;
        self.by_seq.remove_entry(&seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_was_never_done() {
        let call = |time| OpenCall {
            id: RecordId::new(time).unwrap(),
            trace: String::new(),
            action: String::new(),
        };
        let (first, second) = (call(1), call(2));
        let mut calls = Calls::default();
        calls.apply(3, &Change::Opens(first.clone()));
        let opened = calls.apply(4, &Change::Opens(second));
        let closed = calls.apply(5, &Change::Closes(first.id.clone()));
        assert_eq!(calls.lowest(6), 4);
        calls.undo(closed);
        calls.undo(opened);
        assert_eq!(calls.lowest(6), 3);
        assert_eq!(calls.open().collect::<Vec<_>>(), [&first]);
        calls.apply(6, &Change::Closes(first.id));
        assert_eq!(calls.lowest(7), 7);
    }
}
