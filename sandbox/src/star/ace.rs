//! The `ace` module: constructors that only describe. What they describe is read back by attribute
//! presence, as OpenRun does it, so apps may pass the structs around freely.

mod actions;
pub mod config;
mod field;
mod routes;

use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_module;
use starlark::values::none::NoneType;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use value::{Output, raise};

use super::context::Context;
use super::evaluate;
use super::unpack::{Kind, Param, Unpacked, unpack};
use crate::request::CustomAudit;
use field::{Field, dict, flag, int, list, optional, required, text};

/// Names of the module with text values.
const CONSTANTS: [(&str, &str); 13] = [
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("DELETE", "DELETE"),
    ("JSON", "JSON"),
    ("TEXT", "TEXT"),
    ("READ", "READ"),
    ("WRITE", "WRITE"),
    ("AUTO", "AUTO"),
    ("TABLE", "TABLE"),
    ("DOWNLOAD", "DOWNLOAD"),
    ("IMAGE", "IMAGE"),
    ("CONTAINER_URL", "<CONTAINER_URL>"),
];

/// Adds everything below `ace.` to the globals.
pub fn module(globals: &mut GlobalsBuilder) {
    for (name, value) in CONSTANTS {
        globals.set(name, value);
    }
    app_functions(globals);
    routes::functions(globals);
    actions::functions(globals);
}

/// Unpacks with the prefix authors know: `error unpacking <what> args: …`.
fn arguments<'v>(
    what: &str,
    fields: &[Field],
    args: &Arguments<'v, '_>,
    heap: Heap<'v>,
) -> starlark::Result<Unpacked<'v>> {
    // The name inside the message of a style is `fragment`, as in OpenRun.
    let inner = if what == "style" { "fragment" } else { what };
    let params: Vec<Param> = fields.iter().map(|(param, _)| *param).collect();
    unpack(inner, &params, args, heap).map_err(|error| {
        raise(format!(
            "error unpacking {what} args: {}",
            error.without_diagnostic()
        ))
    })
}

/// All fields with what was given for them.
fn filled<'v>(
    given: &Unpacked<'v>,
    fields: &[Field],
    heap: Heap<'v>,
) -> Vec<(&'static str, Value<'v>)> {
    let field = |(param, default): &Field| {
        let given = given.value(param.name());
        (param.name(), given.unwrap_or_else(|| default.alloc(heap)))
    };
    fields.iter().map(field).collect()
}

/// The attribute under which a described thing says where it stands, for errors found later.
pub const SOURCE: &str = "_source";

/// A struct of all fields, and of where it stands.
fn describe<'v>(
    what: &str,
    fields: &[Field],
    args: &Arguments<'v, '_>,
    eval: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Value<'v>> {
    let heap = eval.heap();
    let given = arguments(what, fields, args, heap)?;
    let mut filled = filled(&given, fields, heap);
    filled.push((SOURCE, heap.alloc(place(eval)?)));
    Ok(heap.alloc(AllocStruct(filled)))
}

/// `file:line:column` of the call that is being evaluated.
fn place(eval: &Evaluator<'_, '_, '_>) -> starlark::Result<String> {
    let context = Context::of(eval)?;
    let span = eval.call_stack_top_location();
    Ok(span.map_or_else(String::new, |span| evaluate::place(&span, &context.common)))
}

/// The upper case of `given` when it is one of `known`, else an error that starts with `complaint`.
fn one_of(given: &str, known: &[&str], complaint: &str) -> starlark::Result<String> {
    let upper = given.to_uppercase();
    match known.contains(&upper.as_str()) {
        true => Ok(upper),
        false => Err(raise(format!("{complaint} : {upper}"))),
    }
}

const APP: [Field; 13] = [
    required("name", Kind::Text),
    list("routes"),
    optional("style", Kind::Struct),
    list("permissions"),
    list("libraries"),
    dict("settings"),
    flag("custom_layout", false),
    optional("container", Kind::Any),
    list("actions"),
    flag("static_only", false),
    text("index", ""),
    flag("single_file", false),
    flag("redirect_bare_path", false),
];

const STYLE: [Field; 6] = [
    required("library", Kind::Text),
    list("themes"),
    flag("disable_watcher", false),
    text("light", "emerald"),
    text("dark", "night"),
    dict("custom_themes"),
];

const PERMISSION: [Field; 6] = [
    required("plugin", Kind::Text),
    required("method", Kind::Text),
    list("arguments"),
    text("type", ""),
    list("secrets"),
    list("permit"),
];

const LIBRARY: [Field; 3] = [
    required("name", Kind::Text),
    required("version", Kind::Text),
    list("args"),
];
const AUDIT: [Field; 3] = [
    required("operation", Kind::Text),
    required("target", Kind::Text),
    text("detail", ""),
];
const OUTPUT: [Field; 2] = [optional("value", Kind::Any), text("error", "")];
const CONFIG: [Field; 2] = [required("key", Kind::Text), required("default", Kind::Any)];

#[starlark_module]
fn app_functions(globals: &mut GlobalsBuilder) {
    fn app<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("app", &APP, args, eval)
    }

    fn style<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("style", &STYLE, args, eval)
    }

    fn permission<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let given = arguments("permission", &PERMISSION, args, eval.heap())?;
        let kind = given.text("type", "");
        if !matches!(kind, "" | "READ" | "WRITE") {
            return Err(raise(format!("invalid permission type specified : {kind}")));
        }
        let place = place(eval)?;
        let line = place.rsplit_once(':').map_or("", |(line, _)| line);
        let mut fields = filled(&given, &PERMISSION, eval.heap());
        fields.push((SOURCE, eval.heap().alloc(line)));
        Ok(eval.heap().alloc(AllocStruct(fields)))
    }

    fn library<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        describe("library", &LIBRARY, args, eval)
    }

    fn audit<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let given = arguments("audit", &AUDIT, args, eval.heap())?;
        let text = |name| given.text(name, "").to_owned();
        let event = CustomAudit {
            operation: text("operation"),
            target: text("target"),
            detail: text("detail"),
            success: true,
        };
        Context::of(eval)?.audit.replace(Some(event));
        Ok(NoneType)
    }

    fn output<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let given = arguments("output", &OUTPUT, args, eval.heap())?;
        let value = given.value("value").unwrap_or_else(Value::new_none);
        Ok(eval
            .heap()
            .alloc(Output::new(value, given.text("error", ""))))
    }

    fn config<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let given = arguments("config", &CONFIG, args, eval.heap())?;
        config::value(&given, &Context::of(eval)?.common.surroundings, eval.heap())
    }
}
