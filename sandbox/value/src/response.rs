//! What a plugin call gives to app code, with the rule that a failure must not go unseen.
//!
//! A failed call leaves a pending error; reading `.error` or testing the response clears it. A
//! pending error fails the next plugin call, the reading of `.value`, and the request at its end.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use allocative::Allocative;
use starlark::coerce::Coerce;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::none::NoneOr;
use starlark::values::{
    Freeze, NoSerialize, ProvidesStaticType, StarlarkPagablePanic, StarlarkValue, Trace, Value,
    ValueLifetimeless, ValueLike, starlark_value,
};
use starlark::{starlark_complex_value, starlark_module};

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
#[derive(
    Debug, ProvidesStaticType, NoSerialize, Allocative, Trace, Freeze, Coerce, StarlarkPagablePanic,
)]
#[repr(C)]
pub struct ResponseGen<V: ValueLifetimeless> {
    value: V,
    #[freeze(identity)]
    error: Option<String>,
    #[freeze(identity)]
    code: i64,
    #[freeze(identity)]
    stream: Option<u64>,
    #[allocative(skip)]
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    pending: Arc<Pending>,
}

starlark_complex_value!(pub Response);

impl<'v> Response<'v> {
    /// Of a call that succeeded.
    pub fn success(value: Value<'v>, pending: Arc<Pending>) -> Self {
        pending.set(None);
        Self {
            value,
            error: None,
            code: 0,
            stream: None,
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
            stream: None,
            pending,
        }
    }

    /// Of a call whose items go to the client as they arrive.
    pub fn stream(stream: u64, pending: Arc<Pending>) -> Self {
        Self {
            stream: Some(stream),
            ..Self::success(Value::new_none(), pending)
        }
    }

    /// What names the stream, if this is one.
    pub fn as_stream(&self) -> Option<u64> {
        self.stream
    }

    /// The value, or the error in its place, without any effect on what is pending.
    pub fn outcome(&self) -> Result<Value<'v>, &str> {
        match &self.error {
            Some(error) => Err(error),
            None => Ok(self.value),
        }
    }

    /// 0 for success, else the code of the error.
    pub fn code(&self) -> i64 {
        self.code
    }
}

starlark::methods_static!(METHODS = methods);

#[starlark_value(type = "Response")]
impl<'v, V: ValueLike<'v>> StarlarkValue<'v> for ResponseGen<V>
where
    Self: ProvidesStaticType<'v>,
{
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    fn to_bool(&self) -> bool {
        self.pending.set(None);
        self.error.is_none()
    }
}

impl<V: ValueLifetimeless> fmt::Display for ResponseGen<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Response")
    }
}

#[starlark_module]
fn methods(builder: &mut MethodsBuilder) {
    #[starlark(attribute)]
    fn value<'v>(this: &Response<'v>) -> starlark::Result<Value<'v>> {
        if this.stream.is_some() {
            return Err(raise(
                "stream value cannot be accessed in Starlark, return the response object instead",
            ));
        }
        this.outcome().map_err(raise)
    }

    #[starlark(attribute)]
    fn error<'v>(this: &Response<'v>) -> starlark::Result<NoneOr<String>> {
        this.pending.set(None);
        Ok(NoneOr::from_option(this.error.clone()))
    }

    #[starlark(attribute)]
    fn error_code<'v>(this: &Response<'v>) -> starlark::Result<i64> {
        Ok(this.code)
    }

    #[starlark(attribute)]
    fn is_stream<'v>(this: &Response<'v>) -> starlark::Result<bool> {
        Ok(this.stream.is_some())
    }
}
