//! Functions written in Rust that carry data of their own.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_simple_value;
use starlark::values::{
    NoSerialize, ProvidesStaticType, StarlarkPagablePanic, StarlarkValue, Value, starlark_value,
};

/// What a [`Function`] does when called.
pub trait NativeCall: Send + Sync + 'static {
    /// Runs with the arguments of one call.
    fn call<'v>(
        &self,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>>;
}

/// A callable value.
#[derive(Clone, ProvidesStaticType, NoSerialize, Allocative, StarlarkPagablePanic)]
pub struct Function {
    name: String,
    #[allocative(skip)]
    call: Arc<dyn NativeCall>,
}

impl Function {
    /// Named `name` when printed.
    pub fn new(name: impl Into<String>, call: impl NativeCall) -> Self {
        Self {
            name: name.into(),
            call: Arc::new(call),
        }
    }
}

starlark_simple_value!(Function);

#[starlark_value(type = "function")]
impl<'v> StarlarkValue<'v> for Function {
    fn invoke(
        &self,
        _me: Value<'v>,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        self.call.call(args, eval)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<built-in function {}>", self.name)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
