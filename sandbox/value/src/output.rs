//! `ace.output`: a value or an error that helpers of an app hand to each other.

use std::fmt;

use allocative::Allocative;
use starlark::coerce::Coerce;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::{
    Freeze, NoSerialize, ProvidesStaticType, StarlarkPagablePanic, StarlarkValue, Trace, Value,
    ValueLifetimeless, ValueLike, starlark_value,
};
use starlark::{starlark_complex_value, starlark_module};

use crate::raise;

/// A value with the error that may stand in its place.
#[derive(
    Debug, ProvidesStaticType, NoSerialize, Allocative, Trace, Freeze, Coerce, StarlarkPagablePanic,
)]
#[repr(C)]
pub struct OutputGen<V: ValueLifetimeless> {
    value: V,
    #[freeze(identity)]
    error: String,
}

starlark_complex_value!(pub Output);

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

#[starlark_value(type = "Output")]
impl<'v, V: ValueLike<'v>> StarlarkValue<'v> for OutputGen<V>
where
    Self: ProvidesStaticType<'v>,
{
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn to_bool(&self) -> bool {
        self.error.is_empty()
    }
}

impl<V: ValueLifetimeless> fmt::Display for OutputGen<V> {
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
