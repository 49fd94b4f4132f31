//! The handle through which builtins find the run they belong to.

use std::any::Any;
use std::rc::Rc;

use starlark::any::ProvidesStaticType;
use starlark::eval::Evaluator;

use crate::raise;

/// Put into an evaluator's `extra`; holds one value of any type.
#[derive(ProvidesStaticType)]
pub struct Extra(Rc<dyn Any>);

impl Extra {
    /// Holds `value`.
    pub fn new<T: 'static>(value: Rc<T>) -> Self {
        Self(value)
    }

    /// What the evaluator's handle holds, if it is a `T`.
    pub fn of<T: 'static>(eval: &Evaluator<'_, '_, '_>) -> starlark::Result<Rc<T>> {
        let extra = eval.extra.and_then(|extra| extra.downcast_ref::<Self>());
        let held = extra.and_then(|extra| Rc::clone(&extra.0).downcast::<T>().ok());
        held.ok_or_else(|| raise("this function is not available here"))
    }
}
