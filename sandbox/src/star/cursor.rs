//! Rows of a query while app code iterates over them: batches come from the host as they are needed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use starlark::values::{Heap, Value};
use value::{Document, Message, RowSource};

use super::context::{Bridge, Progress};
use super::convert::from_answer;
use crate::plugin::message;

/// The rows of one cursor.
pub struct Batches {
    name: String,
    cursor: u64,
    bridge: Arc<dyn Bridge>,
    progress: Arc<Progress>,
    state: Mutex<State>,
}

struct State {
    rows: VecDeque<message::Document>,
    /// Whether the host still has the cursor.
    more: bool,
    begun: bool,
}

impl Batches {
    /// With the first rows; `more` when the host has others.
    pub fn new(
        (cursor, name): (u64, String),
        (rows, more): (Vec<message::Document>, bool),
        (bridge, progress): (Arc<dyn Bridge>, Arc<Progress>),
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            cursor,
            bridge,
            progress,
            state: Mutex::new(State {
                rows: rows.into(),
                more,
                begun: false,
            }),
        })
    }

    /// What it is called before ` iterator`: `rows_cursor` of `store.in:rows_cursor_1`.
    pub fn kind(&self) -> &str {
        let name = self.name.rsplit(':').next().unwrap_or(&self.name);
        let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
        digits.trim_end_matches('_')
    }

    /// Its name, if nobody has iterated over it.
    pub fn leaked(&self) -> Option<&str> {
        (!self.state().begun).then_some(self.name.as_str())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RowSource for Batches {
    fn begin(&self) -> Result<(), Message> {
        let mut state = self.state();
        if state.begun {
            let kind = self.kind();
            return Err(Message(format!(
                "{kind} iterator can be iterated only once; keep its rows in a list"
            )));
        }
        state.begun = true;
        Ok(())
    }

    fn next<'v>(&self, heap: Heap<'v>) -> Option<Value<'v>> {
        let mut state = self.state();
        while state.rows.is_empty() && state.more {
            let fetched = self.progress.elsewhere(|| self.bridge.fetch(self.cursor));
            match fetched {
                Ok(rows) => (state.rows, state.more) = (rows.rows.into(), rows.more),
                Err(error) => {
                    state.more = false;
                    self.progress.fail(error);
                }
            }
        }
        state.rows.pop_front().map(|row| document(row, heap))
    }

    fn stop(&self) {
        let mut state = self.state();
        state.rows.clear();
        if std::mem::take(&mut state.more) {
            self.bridge.close(self.cursor);
        }
    }
}

/// A stored document on `heap`.
pub fn document<'v>(row: message::Document, heap: Heap<'v>) -> Value<'v> {
    let fields = row.fields.into_iter();
    let fields = fields.map(|(name, value)| (name, from_answer(&value, heap)));
    heap.alloc(Document::new(&row.kind, fields.collect()))
}
