//! The names `params.star` can use.

use serde_json::{Value as Json, json};
use starlark::environment::GlobalsBuilder;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::NoneType;
use value::raise;

use super::{Declared, Kind};
use crate::star::ace::config;
use crate::star::context::Context;
use crate::star::convert::{Budget, to_json};
use crate::star::unpack::{Kind as Accept, Param, Unpacked, may, need, unpack};

const PARAM: [Param; 6] = [
    need("name", Accept::Text),
    may("type", Accept::Text),
    may("default", Accept::Any),
    may("description", Accept::Text),
    may("required", Accept::Bool),
    may("display_type", Accept::Text),
];

const CONFIG: [Param; 2] = [need("key", Accept::Text), need("default", Accept::Any)];

/// Largest default.
const MAX_DEFAULT: usize = 1 << 20;

/// Adds the constants for types, which are called as they are written.
pub fn types(globals: &mut GlobalsBuilder) {
    for name in ["INT", "STRING", "BOOLEAN", "DICT", "LIST"] {
        globals.set(name, name);
    }
}

/// Adds the constants for types and displays.
pub fn constants(globals: &mut GlobalsBuilder) {
    types(globals);
    for (name, value) in [
        ("PASSWORD", "password"),
        ("TEXTAREA", "textarea"),
        ("FILE", "file"),
        ("COMBO", "combo"),
    ] {
        globals.set(name, value);
    }
}

/// Adds `param` and `config`.
#[starlark_module]
pub fn functions(globals: &mut GlobalsBuilder) {
    fn param<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let given = unpack("param", &PARAM, args, eval.heap())?;
        let declared = declared(&given)?;
        let context = Context::of(eval)?;
        let mut all = context.declarations.0.borrow_mut();
        if all.iter().any(|other| other.name == declared.name) {
            return Err(raise(format!("param {:?} already defined", declared.name)));
        }
        all.push(declared);
        Ok(NoneType)
    }

    fn config<'v>(
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let given = unpack("config", &CONFIG, args, eval.heap())?;
        let context = Context::of(eval)?;
        config::value(&given, &context.common.surroundings, eval.heap())
    }
}

fn declared(given: &Unpacked<'_>) -> starlark::Result<Declared> {
    let name = given.text("name", "").to_owned();
    if name.is_empty() {
        return Err(raise("param name is required"));
    }
    if name.contains(char::is_whitespace) {
        return Err(raise(format!("param name {name:?} has spaces")));
    }
    let word = given.text("type", "STRING");
    let kind =
        Kind::parse(word).ok_or_else(|| raise(format!("unknown type {word} for {name:?}")))?;
    let required = given
        .value("required")
        .and_then(Value::unpack_bool)
        .unwrap_or(true);
    let default = given.value("default").filter(|value| !value.is_none());
    let default = match default {
        Some(value) => {
            to_json(value, &mut Budget::json(MAX_DEFAULT)).map_err(starlark::Error::new_other)?
        }
        None if required => Json::Null,
        None => kind.zero(),
    };
    let display = given.text("display_type", "").to_owned();
    if !default.is_null() {
        fits(&name, kind, &default)?;
    }
    displays(&name, kind, &display)?;
    Ok(Declared {
        name,
        kind,
        description: given.text("description", "").to_owned(),
        required,
        default,
        display,
    })
}

fn fits(name: &str, kind: Kind, default: &Json) -> starlark::Result<()> {
    let (fits, word) = match kind {
        Kind::Int => (default.is_i64(), "int"),
        Kind::Text => (default.is_string(), "string"),
        Kind::Bool => (default.is_boolean(), "bool"),
        Kind::Dict => (default.is_object(), "dict"),
        Kind::List => (default.is_array(), "list"),
    };
    let article = if kind == Kind::Int { "an" } else { "a" };
    if fits {
        return Ok(());
    }
    Err(raise(format!(
        "param {name} is of type {word} but default value is not {article} {word}"
    )))
}

fn displays(name: &str, kind: Kind, display: &str) -> starlark::Result<()> {
    let word = display.split(':').next().unwrap_or("");
    if word.is_empty() {
        return Ok(());
    }
    if !matches!(word, "password" | "textarea" | "file" | "combo") {
        return Err(raise(format!("unknown display type {word} for {name}")));
    }
    if kind != Kind::Text {
        return Err(raise(format!(
            "display_type {word} is allowed for string type {name} only"
        )));
    }
    Ok(())
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        [Self::Int, Self::Text, Self::Bool, Self::Dict, Self::List]
            .into_iter()
            .find(|kind| kind.name() == word)
    }

    /// As written in `params.star`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Text => "STRING",
            Self::Bool => "BOOLEAN",
            Self::Dict => "DICT",
            Self::List => "LIST",
        }
    }

    fn zero(self) -> Json {
        match self {
            Self::Int => json!(0),
            Self::Text => json!(""),
            Self::Bool => json!(false),
            Self::Dict => json!({}),
            Self::List => json!([]),
        }
    }
}
