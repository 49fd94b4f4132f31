//! `params.star`: what an operator can set, and the values in effect.

mod declare;
mod parse;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub use declare::types;

use super::context::Context;
use super::evaluate::{self, Failure};
use crate::inspection::ParamInfo;
use serde_json::Value as Json;

/// One declared parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    name: String,
    kind: Kind,
    description: String,
    required: bool,
    default: Json,
    display: String,
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// A JSON object.
    Dict,
    /// A JSON array.
    List,
}

/// What `param(…)` has declared so far.
#[derive(Default)]
pub struct Declarations(RefCell<Vec<Declared>>);

/// The parameters of an app with their values.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// In the order of declaration.
    pub infos: Vec<ParamInfo>,
    /// By name.
    pub values: BTreeMap<String, Json>,
}

/// Evaluates `text`, if any, and reads the operator's values by it.
pub fn load(
    text: Option<&str>,
    given: &BTreeMap<String, String>,
    context: &Rc<Context>,
) -> Result<Params, Failure> {
    let Some(text) = text else {
        return Ok(Params::default());
    };
    let declared =
        evaluate(text, context).map_err(|failure| prefixed("error loading params: ", failure));
    let params = declared.and_then(|declared| assign(&declared, given));
    params.map_err(|failure| prefixed("error reading params info: ", failure))
}

fn prefixed(prefix: &str, failure: Failure) -> Failure {
    Failure {
        message: format!("{prefix}{}", failure.message),
        ..failure
    }
}

fn evaluate(text: &str, context: &Rc<Context>) -> Result<Vec<Declared>, Failure> {
    let globals = evaluate::universe()
        .with(declare::functions)
        .with(declare::constants)
        .build();
    let run = || {
        let ast = evaluate::parse_declarations("params.star", text)?;
        evaluate::file(ast, &globals, None, context, &|_| ())
    };
    run().map_err(|error| evaluate::failure(&error, context))?;
    Ok(context.declarations.0.take())
}

fn assign(declared: &[Declared], given: &BTreeMap<String, String>) -> Result<Params, Failure> {
    let mut params = Params::default();
    for param in declared {
        let value = parse::value(param, given.get(&param.name).map(String::as_str))
            .map_err(Failure::new)?;
        params.infos.push(ParamInfo {
            name: param.name.clone(),
            kind: param.kind.name().to_owned(),
            description: param.description.clone(),
            required: param.required,
            value: parse::text(&value),
            display: param.display.clone(),
        });
        params.values.insert(param.name.clone(), value);
    }
    Ok(params)
}
