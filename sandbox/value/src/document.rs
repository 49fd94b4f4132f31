//! A typed document, as `doc.note(…)` makes it and the store gives it back.
//!
//! It can be changed wherever it stands. What is frozen with its module cannot hold values of a later
//! run, so there a change is kept as plain data.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allocative::Allocative;
use starlark::values::{
    AllocValue, Freeze, FreezeResult, Freezer, FrozenValue, Heap, NoSerialize, ProvidesStaticType,
    StarlarkPagablePanic, StarlarkValue, Trace, Value, ValueLike, starlark_value,
};

use crate::{Message, raise};

thread_local! {
    /// The type of the document in which an attribute was last looked for in vain: the interpreter's
    /// own message knows only that it was a document.
    static MISSED: Cell<Option<String>> = const { Cell::new(None) };
}

/// Takes the type of the document in which an attribute was last looked for in vain.
pub fn missed() -> Option<String> {
    MISSED.take()
}

/// Plain data that outlives the run it comes from.
pub trait Kept: Any + Send + Sync {
    /// A fresh value of it.
    fn value<'v>(&self, heap: Heap<'v>) -> Value<'v>;
}

/// Takes plain data out of a value.
pub type Keep = fn(Value<'_>) -> Result<Arc<dyn Kept>, Message>;

/// A document of a run.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Document<'v> {
    kind: String,
    fields: RefCell<Vec<(String, Value<'v>)>>,
    #[allocative(skip)]
    #[trace(unsafe_ignore)]
    keep: Keep,
}

/// A document of a module.
#[derive(ProvidesStaticType, NoSerialize, Allocative, StarlarkPagablePanic)]
pub struct FrozenDocument {
    kind: String,
    fields: Vec<(String, FrozenValue)>,
    #[allocative(skip)]
    changed: Mutex<Vec<(String, Arc<dyn Kept>)>>,
    #[allocative(skip)]
    keep: Keep,
}

impl<'v> Document<'v> {
    /// Of the type `kind` with these fields; `keep` is for changes after it has been frozen.
    pub fn new(kind: &str, fields: Vec<(String, Value<'v>)>, keep: Keep) -> Self {
        Self {
            kind: kind.to_owned(),
            fields: RefCell::new(fields),
            keep,
        }
    }
}

/// What a field of a document holds.
pub enum Field<'v> {
    /// A value like any other.
    Value(Value<'v>),
    /// What was assigned to a document of a module.
    Kept(Arc<dyn Kept>),
}

/// The type and the fields of `value`, if it is a document.
pub fn document<'v>(value: Value<'v>) -> Option<(&'v str, Vec<(String, Field<'v>)>)> {
    if let Some(found) = value.downcast_ref::<Document<'v>>() {
        let fields = found.fields.borrow();
        let field = |(name, value): &(String, Value<'v>)| (name.clone(), Field::Value(*value));
        return Some((&found.kind, fields.iter().map(field).collect()));
    }
    let found = value.downcast_ref::<FrozenDocument>()?;
    let changed = found.changed();
    let field = |(name, value): &(String, FrozenValue)| {
        let kept = changed.iter().find(|(other, _)| other == name);
        let field = kept.map(|(_, kept)| Field::Kept(Arc::clone(kept)));
        (
            name.clone(),
            field.unwrap_or_else(|| Field::Value(value.to_value())),
        )
    };
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

impl FrozenDocument {
    fn get<'v>(&self, attribute: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let changed = self.changed();
        if let Some((_, kept)) = changed.iter().find(|(name, _)| name == attribute) {
            return Some(kept.value(heap));
        }
        let found = self.fields.iter().find(|(name, _)| name == attribute);
        found.map(|(_, value)| value.to_value())
    }

    fn changed(&self) -> MutexGuard<'_, Vec<(String, Arc<dyn Kept>)>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[starlark_value(type = "document")]
impl<'v> StarlarkValue<'v> for FrozenDocument {
    type Canonical = Document<'v>;

    fn get_attr(&self, attribute: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let found = self.get(attribute, heap);
        if found.is_none() {
            MISSED.set(Some(self.kind.clone()));
        }
        found
    }

    fn set_attr(&self, attribute: &str, new: Value<'v>) -> starlark::Result<()> {
        if !self.fields.iter().any(|(name, _)| name == attribute) {
            return Err(unknown(&self.kind, attribute));
        }
        let kept = (self.keep)(new).map_err(starlark::Error::new_other)?;
        let mut changed = self.changed();
        changed.retain(|(name, _)| name != attribute);
        changed.push((attribute.to_owned(), kept));
        Ok(())
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
            changed: Mutex::default(),
            keep: self.keep,
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

impl fmt::Debug for FrozenDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
