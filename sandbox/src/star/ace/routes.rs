//! Pages, fragments, APIs, proxies, and what a handler may return instead of data.

use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::structs::AllocStruct;

use super::{
    Field, SOURCE, arguments, describe, filled, flag, int, list, one_of, optional, place, required,
    text,
};
use crate::star::unpack::Kind;

const HTML: [Field; 6] = [
    required("path", Kind::Text),
    text("full", ""),
    text("partial", ""),
    optional("handler", Kind::Callable),
    list("fragments"),
    text("method", "GET"),
];

const FRAGMENT: [Field; 4] = [
    required("path", Kind::Text),
    text("partial", ""),
    optional("handler", Kind::Callable),
    text("method", "GET"),
];

const API: [Field; 4] = [
    required("path", Kind::Text),
    optional("handler", Kind::Callable),
    text("method", "GET"),
    text("type", "JSON"),
];

const PROXY: [Field; 2] = [required("path", Kind::Text), required("config", Kind::Any)];
const REDIRECT: [Field; 3] = [
    required("url", Kind::Text),
    int("code", 303),
    flag("refresh", false),
];

const RESPONSE: [Field; 9] = [
    required("data", Kind::Any),
    text("block", ""),
    text("type", ""),
    int("code", 200),
    text("retarget", ""),
    text("reswap", ""),
    text("redirect", ""),
    text("download", ""),
    text("content_type", ""),
];

/// Adds the functions of this file.
#[starlark_module]
pub fn functions(globals: &mut GlobalsBuilder) {
    fn html<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("html", &HTML, args, eval)
    }

    fn fragment<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("fragment", &FRAGMENT, args, eval)
    }

    fn api<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let given = arguments("api", &API, args, heap)?;
        let kind = one_of(
            given.text("type", "JSON"),
            &["JSON", "TEXT"],
            "invalid API type specified",
        )?;
        Ok(heap.alloc(AllocStruct([
            ("path", heap.alloc(given.text("path", ""))),
            (
                "handler",
                given.value("handler").unwrap_or_else(Value::new_none),
            ),
            ("method", heap.alloc(given.text("method", "GET"))),
            ("type", heap.alloc(kind)),
            (SOURCE, heap.alloc(place(eval)?)),
        ])))
    }

    fn proxy<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("proxy", &PROXY, args, eval)
    }

    fn redirect<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("redirect", &REDIRECT, args, eval)
    }

    fn response<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let given = arguments("response", &RESPONSE, args, eval.heap())?;
        one_of(
            given.text("type", ""),
            &["", "HTML", "JSON", "TEXT"],
            "invalid type specified",
        )?;
        let fields = filled(&given, &RESPONSE, eval.heap());
        Ok(eval.heap().alloc(AllocStruct(fields)))
    }
}
