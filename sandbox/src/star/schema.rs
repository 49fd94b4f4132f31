//! `schema.star`: the types of documents an app stores, and what it can do with them: `doc` and `table`.

mod build;
mod declare;

use std::cell::RefCell;
use std::rc::Rc;

use starlark::environment::GlobalsBuilder;
use starlark::values::structs::AllocStruct;
use store::{Schema, Type, etag};
use value::Function;

use super::context::Context;
use super::evaluate::{self, Failure};
use super::params;
use build::Constructor;

/// What `type(…)` has declared so far.
#[derive(Default)]
pub struct Types(RefCell<Vec<Type>>);

/// Evaluates `text`, the content of the file `name`.
pub fn load(name: &str, text: &str, context: &Rc<Context>) -> Result<Schema, Failure> {
    let globals = evaluate::universe()
        .with(declare::functions)
        .with(params::types)
        .build();
    let run = || {
        let ast = evaluate::parse_declarations(name, text)?;
        evaluate::file(ast, &globals, None, context, &|_| ())
    };
    run().map_err(|error| {
        let failure = evaluate::failure(&error, context);
        let prefix = "error reading schema info: error loading app schema: ";
        Failure {
            message: format!("{prefix}{}", failure.message),
            ..failure
        }
    })?;
    Ok(Schema {
        types: context.types.0.take(),
        etag: etag(text),
    })
}

/// Adds `doc` and `table` for the types declared.
pub fn globals(builder: &mut GlobalsBuilder, schema: &Schema) {
    if schema.types.is_empty() {
        return;
    }
    let constructor = |kind: &Type| {
        (
            kind.name.clone(),
            Function::new(&kind.name, Constructor::new(kind)),
        )
    };
    let doc = builder.alloc(AllocStruct(
        schema.types.iter().map(constructor).collect::<Vec<_>>(),
    ));
    builder.set("doc", doc);
    let table = |kind: &Type| (kind.name.clone(), kind.name.clone());
    let table = builder.alloc(AllocStruct(
        schema.types.iter().map(table).collect::<Vec<_>>(),
    ));
    builder.set("table", table);
}
