//! Rows that come in batches while app code iterates over them.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::values::{
    AllocValue, Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Trace, Value, starlark_value,
};

use crate::{Message, raise};

/// Where the rows come from.
pub trait RowSource: Send + Sync {
    /// Begins the only iteration.
    fn begin(&self) -> Result<(), Message>;
    /// The next row.
    fn next<'v>(&self, heap: Heap<'v>) -> Option<Value<'v>>;
    /// The iteration is over, perhaps early.
    fn stop(&self);
}

/// An iterable of rows.
#[derive(ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Cursor {
    name: String,
    #[allocative(skip)]
    #[trace(unsafe_ignore)]
    rows: Arc<dyn RowSource>,
}

impl Cursor {
    /// Called `<name> iterator`.
    pub fn new(name: &str, rows: Arc<dyn RowSource>) -> Self {
        Self {
            name: name.to_owned(),
            rows,
        }
    }

    /// What `type` says of it.
    pub fn kind(&self) -> String {
        format!("{} iterator", self.name)
    }
}

#[starlark_value(type = "iterator", StarlarkTypeRepr, UnpackValue)]
impl<'v> StarlarkValue<'v> for Cursor {
    // SAFETY: the iterator is the cursor itself, which holds no lock and no pointer to other values; the
    // rows it yields are allocated afresh on the heap given. The functions are called in the order the
    // trait describes, and any other order only ends the iteration early.
    unsafe fn iterate(&self, me: Value<'v>, _heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        self.rows
            .begin()
            .map(|()| me)
            .map_err(|Message(text)| raise(text))
    }

    unsafe fn iter_next(&self, _index: usize, heap: Heap<'v>) -> Option<Value<'v>> {
        self.rows.next(heap)
    }

    unsafe fn iter_stop(&self) {
        self.rows.stop();
    }
}

impl<'v> AllocValue<'v> for Cursor {
    fn alloc_value(self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc_complex_no_freeze(self)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind())
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
