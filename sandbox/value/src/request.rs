//! The request object: named values that can be read and nothing else.

use std::fmt;

use allocative::Allocative;
use starlark::values::{
    AllocValue, Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Trace, Value, starlark_value,
};

/// `req` in a handler.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Request<'v> {
    names: Vec<String>,
    values: Vec<Value<'v>>,
}

impl<'v> Request<'v> {
    /// With these attributes.
    pub fn new(attributes: impl IntoIterator<Item = (String, Value<'v>)>) -> Self {
        let (names, values) = attributes.into_iter().unzip();
        Self { names, values }
    }
}

#[starlark_value(type = "Request", StarlarkTypeRepr, UnpackValue)]
impl<'v> StarlarkValue<'v> for Request<'v> {
    fn get_attr(&self, attribute: &str, _heap: Heap<'v>) -> Option<Value<'v>> {
        let at = self.names.iter().position(|name| name == attribute)?;
        self.values.get(at).copied()
    }

    fn dir_attr(&self) -> Vec<String> {
        self.names.clone()
    }
}

impl<'v> AllocValue<'v> for Request<'v> {
    fn alloc_value(self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc_complex_no_freeze(self)
    }
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Request")
    }
}
