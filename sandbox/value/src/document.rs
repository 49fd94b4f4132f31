//! A typed document, as `doc.note(…)` makes it and the store gives it back.
//!
//! Its fields can be changed as long as the run lasts that made it. With its module it is frozen like
//! any other value: what one request leaves there would be seen by the next, or not, as workers come
//! and go.

use std::cell::{Cell, RefCell};
use std::fmt;

use allocative::Allocative;
use starlark::values::{
    AllocValue, Freeze, FreezeResult, Freezer, FrozenValue, Heap, NoSerialize, ProvidesStaticType,
    StarlarkPagablePanic, StarlarkValue, Trace, Value, ValueLike, starlark_value,
};

use crate::raise;

thread_local! {
    /// The type of the document in which an attribute was last looked for in vain: the interpreter's
    /// own message knows only that it was a document.
    static MISSED: Cell<Option<String>> = const { Cell::new(None) };
}

/// Takes the type of the document in which an attribute was last looked for in vain.
pub fn missed() -> Option<String> {
    MISSED.take()
}

/// A document of a run.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Document<'v> {
    kind: String,
    fields: RefCell<Vec<(String, Value<'v>)>>,
}

/// A document of a module.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, StarlarkPagablePanic)]
pub struct FrozenDocument {
    kind: String,
    fields: Vec<(String, FrozenValue)>,
}

impl<'v> Document<'v> {
    /// Of the type `kind` with these fields.
    pub fn new(kind: &str, fields: Vec<(String, Value<'v>)>) -> Self {
        Self {
            kind: kind.to_owned(),
            fields: RefCell::new(fields),
        }
    }
}

/// The type and the fields of `value`, if it is a document.
pub fn document<'v>(value: Value<'v>) -> Option<(&'v str, Vec<(String, Value<'v>)>)> {
    if let Some(found) = value.downcast_ref::<Document<'v>>() {
        return Some((&found.kind, found.fields.borrow().clone()));
    }
    let found = value.downcast_ref::<FrozenDocument>()?;
    let field = |(name, value): &(String, FrozenValue)| (name.clone(), value.to_value());
    Some((&found.kind, found.fields.iter().map(field).collect()))
}

/// The type of `value`, if it is a document.
pub fn document_kind(value: Value<'_>) -> Option<&str> {
    let live = value.downcast_ref::<Document<'_>>();
    let frozen = || value.downcast_ref::<FrozenDocument>();
    live.map(|found| found.kind.as_str())
        .or_else(|| frozen().map(|found| found.kind.as_str()))
}

fn unknown(kind: &str, attribute: &str) -> starlark::Error {
    raise(format!("type {kind} has no attribute '{attribute}'"))
}

#[starlark_value(type = "document", StarlarkTypeRepr, UnpackValue)]
impl<'v> StarlarkValue<'v> for Document<'v> {
    fn get_attr(&self, attribute: &str, _heap: Heap<'v>) -> Option<Value<'v>> {
        let fields = self.fields.borrow();
        let found = fields.iter().find(|(name, _)| name == attribute);
        if found.is_none() {
            MISSED.set(Some(self.kind.clone()));
        }
        found.map(|(_, value)| *value)
    }

    fn set_attr(&self, attribute: &str, new: Value<'v>) -> starlark::Result<()> {
        let mut fields = self.fields.borrow_mut();
        match fields.iter_mut().find(|(name, _)| name == attribute) {
            Some((_, value)) => {
                *value = new;
                Ok(())
            }
            None => Err(unknown(&self.kind, attribute)),
        }
    }

    fn dir_attr(&self) -> Vec<String> {
        let fields = self.fields.borrow();
        fields.iter().map(|(name, _)| name.clone()).collect()
    }
}

#[starlark_value(type = "document")]
impl<'v> StarlarkValue<'v> for FrozenDocument {
    type Canonical = Document<'v>;

    fn get_attr(&self, attribute: &str, _heap: Heap<'v>) -> Option<Value<'v>> {
        let found = self.fields.iter().find(|(name, _)| name == attribute);
        if found.is_none() {
            MISSED.set(Some(self.kind.clone()));
        }
        found.map(|(_, value)| value.to_value())
    }

    fn set_attr(&self, attribute: &str, _new: Value<'v>) -> starlark::Result<()> {
        if !self.fields.iter().any(|(name, _)| name == attribute) {
            return Err(unknown(&self.kind, attribute));
        }
        Err(raise(format!(
            "a {} at module level cannot be changed by a handler; make it in a function",
            self.kind
        )))
    }

    fn dir_attr(&self) -> Vec<String> {
        self.fields.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl<'v> AllocValue<'v> for Document<'v> {
    fn alloc_value(self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc_complex(self)
    }
}

impl Freeze for Document<'_> {
    type Frozen = FrozenDocument;

    fn freeze(self, freezer: &Freezer) -> FreezeResult<FrozenDocument> {
        let field = |(name, value): (String, Value<'_>)| Ok((name, value.freeze(freezer)?));
        let fields = self.fields.into_inner().into_iter().map(field);
        Ok(FrozenDocument {
            kind: self.kind,
            fields: fields.collect::<FreezeResult<_>>()?,
        })
    }
}

impl fmt::Display for Document<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "type {}", self.kind)
    }
}

impl fmt::Display for FrozenDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "type {}", self.kind)
    }
}
