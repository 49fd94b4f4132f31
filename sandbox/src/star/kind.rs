//! The name of a value's type. Documents and cursors have names of their own, which the
//! interpreter's `type` cannot know.

use starlark::eval::{Arguments, Evaluator};
use starlark::values::Value;
use value::{Cursor, NativeCall, document_kind};

use starlark::values::ValueLike;

/// What `type(value)` answers.
pub fn kind_of(value: Value<'_>) -> String {
    if let Some(kind) = document_kind(value) {
        return kind.to_owned();
    }
    match value.downcast_ref::<Cursor>() {
        Some(cursor) => cursor.kind(),
        None => value.get_type().to_owned(),
    }
}

/// The builtin `type`.
pub struct Type;

impl NativeCall for Type {
    fn call<'v>(
        &self,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        args.no_named_args()?;
        let value = args.positional1(eval.heap())?;
        Ok(eval.heap().alloc(kind_of(value)))
    }
}
