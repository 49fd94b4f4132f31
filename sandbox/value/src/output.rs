//! `ace.output`: a value or an error that helpers of an app hand to each other.

use std::fmt;

use allocative::Allocative;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::starlark_module;
use starlark::values::{
    AllocValue, Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Trace, Value, starlark_value,
};

use crate::raise;

/// A value with the error that may stand in its place.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Output<'v> {
    value: Value<'v>,
    error: String,
}

impl<'v> Output<'v> {
    /// Without an error when `error` is empty.
    pub fn new(value: Value<'v>, error: &str) -> Self {
        Self {
            value,
            error: error.to_owned(),
        }
    }
}

starlark::methods_static!(METHODS = methods);

#[starlark_value(type = "Output", StarlarkTypeRepr, UnpackValue)]
impl<'v> StarlarkValue<'v> for Output<'v> {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn to_bool(&self) -> bool {
        self.error.is_empty()
    }
}

impl<'v> AllocValue<'v> for Output<'v> {
    fn alloc_value(self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc_complex_no_freeze(self)
    }
}

impl fmt::Display for Output<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Output")
    }
}

#[starlark_module]
fn methods(builder: &mut MethodsBuilder) {
    #[starlark(attribute)]
    fn value<'v>(this: &Output<'v>) -> starlark::Result<Value<'v>> {
        if this.error.is_empty() {
            return Ok(this.value);
        }
        Err(raise(format!("output has error: {}", this.error)))
    }

    #[starlark(attribute)]
    fn error<'v>(this: &Output<'v>) -> starlark::Result<String> {
        Ok(this.error.clone())
    }
}
