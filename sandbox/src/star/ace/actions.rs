//! Actions and their results.

use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_module;
use starlark::values::Value;

use super::{Field, describe, dict, flag, list, optional, required, text};
use crate::star::unpack::Kind;

const ACTION: [Field; 8] = [
    required("name", Kind::Text),
    required("path", Kind::Text),
    required("run", Kind::Callable),
    optional("suggest", Kind::Callable),
    text("description", ""),
    list("hidden"),
    flag("show_validate", false),
    list("permit"),
];

const RESULT: [Field; 4] = [
    text("status", ""),
    list("values"),
    text("report", "AUTO"),
    dict("param_errors"),
];

/// Adds the functions of this file.
#[starlark_module]
pub fn functions(globals: &mut GlobalsBuilder) {
    fn action<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("action", &ACTION, args, eval)
    }

    fn result<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("result", &RESULT, args, eval)
    }
}
