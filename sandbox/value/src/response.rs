//! What a plugin call gives to app code, with the rule that a failure must not go unseen.
//!
//! A failed call leaves a pending error; reading `.error` or testing the response clears it. A
//! pending error fails the next plugin call, the reading of `.value`, and the request at its end.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use allocative::Allocative;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::starlark_module;
use starlark::values::{
    AllocValue, Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Trace, Value, starlark_value,
};

use crate::raise;

/// The error of the last plugin call as long as nobody has looked at it.
#[derive(Debug, Default)]
pub struct Pending(Mutex<Option<String>>);

impl Pending {
    /// Remembers or forgets.
    pub fn set(&self, error: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// The error nobody has looked at.
    pub fn error(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The response object of one call.
#[derive(Debug, ProvidesStaticType, NoSerialize, Allocative, Trace)]
pub struct Response<'v> {
    value: Value<'v>,
    error: Option<String>,
    code: i64,
    #[allocative(skip)]
    #[trace(unsafe_ignore)]
    pending: Arc<Pending>,
}

impl<'v> Response<'v> {
    /// Of a call that succeeded.
    pub fn success(value: Value<'v>, pending: Arc<Pending>) -> Self {
        pending.set(None);
        Self {
            value,
            error: None,
            code: 0,
            pending,
        }
    }

    /// Of a call that failed.
    pub fn failure(error: String, code: i64, pending: Arc<Pending>) -> Self {
        pending.set(Some(error.clone()));
        Self {
            value: Value::new_none(),
            error: Some(error),
            code,
            pending,
        }
    }
}

starlark::methods_static!(METHODS = methods);

#[starlark_value(type = "Response", StarlarkTypeRepr, UnpackValue)]
impl<'v> StarlarkValue<'v> for Response<'v> {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn to_bool(&self) -> bool {
        self.pending.set(None);
        self.error.is_none()
    }
}

impl<'v> AllocValue<'v> for Response<'v> {
    fn alloc_value(self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc_complex_no_freeze(self)
    }
}

impl fmt::Display for Response<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Response")
    }
}

#[starlark_module]
fn methods(builder: &mut MethodsBuilder) {
    #[starlark(attribute)]
    fn value<'v>(this: &Response<'v>) -> starlark::Result<Value<'v>> {
        match &this.error {
            Some(error) => Err(raise(error.clone())),
            None => Ok(this.value),
        }
    }

    #[starlark(attribute)]
    fn error<'v>(this: &Response<'v>) -> starlark::Result<String> {
        this.pending.set(None);
        Ok(this.error.clone().unwrap_or_default())
    }

    #[starlark(attribute)]
    fn error_code<'v>(this: &Response<'v>) -> starlark::Result<i64> {
        Ok(this.code)
    }

    #[starlark(attribute)]
    fn is_stream<'v>(this: &Response<'v>) -> starlark::Result<bool> {
        let _ = this;
        Ok(false)
    }
}
