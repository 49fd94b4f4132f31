//! Runs Starlark under the soft limits.
//!
//! The limits here stop honest mistakes with a clear message; what they miss, the worker's process
//! limits and the host's deadline stop.

mod failure;

use std::rc::Rc;
use std::sync::Arc;

use starlark::PrintHandler;
use starlark::environment::{FrozenModule, Globals, GlobalsBuilder, LibraryExtension, Module};
use starlark::eval::{Evaluator, FileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use value::{Extra, Function};

use super::context::Context;
use super::guard::{self, GuardError};
use super::loops;
use crate::limits::Limits;

pub use failure::{Failure, failure, place};

/// What OpenRun apps are written in, as far as this interpreter has it.
const DIALECT: Dialect = Dialect {
    enable_def: true,
    enable_lambda: true,
    enable_load: true,
    enable_keyword_only_arguments: true,
    enable_positional_only_arguments: false,
    enable_types: DialectTypes::Disable,
    enable_load_reexport: false,
    enable_top_level_stmt: false,
    enable_f_strings: true,
    _non_exhaustive: (),
};

/// Passes `print` on to the host.
struct Printer(Rc<Context>);

impl PrintHandler for Printer {
    fn println(&self, text: &str) -> starlark::Result<()> {
        self.0.bridge.print(text);
        Ok(())
    }
}

/// The names every file can use: those of Starlark, `print`, and `type` for our kinds of value too.
pub fn universe() -> GlobalsBuilder {
    let mut globals = GlobalsBuilder::extended_by(&[LibraryExtension::Print]);
    globals.set("type", Function::new("type", super::kind::Type));
    globals
}

/// Parses one file, in which `while` may stand.
pub fn parse(name: &str, text: &str, context: &Context) -> starlark::Result<AstModule> {
    let at = |error: GuardError| starlark::Error::new_other(error.within(name));
    guard::check(text).map_err(at)?;
    let rewritten = loops::rewrite(text).map_err(at)?;
    context.common.rewritten(name, rewritten.lines);
    AstModule::parse(name, rewritten.text, &DIALECT)
}

/// Parses a file of declarations, in which neither `while` nor `load` may stand.
pub fn parse_declarations(name: &str, text: &str) -> starlark::Result<AstModule> {
    let at = |error: GuardError| starlark::Error::new_other(error.within(name));
    guard::check(text).map_err(at)?;
    loops::refuse(text).map_err(at)?;
    let dialect = Dialect {
        enable_load: false,
        ..DIALECT
    };
    AstModule::parse(name, text.to_owned(), &dialect)
}

/// Evaluates one parsed file and freezes its globals; `finish` may add to them before.
pub fn file(
    ast: AstModule,
    globals: &Globals,
    loader: Option<&dyn FileLoader>,
    context: &Rc<Context>,
    finish: &dyn Fn(&Module<'_>),
) -> starlark::Result<FrozenModule> {
    Module::with_temp_heap(|module| {
        let printer = Printer(Rc::clone(context));
        let extra = Extra::new(Rc::clone(context));
        {
            let mut eval = Evaluator::new(&module);
            eval.extra = Some(&extra);
            eval.set_print_handler(&printer);
            if let Some(loader) = loader {
                eval.set_loader(loader);
            }
            bound(&mut eval, context)?;
            eval.eval_module(ast, globals)?;
        }
        finish(&module);
        module
            .freeze()
            .map_err(|error| starlark::Error::new_other(value::Message(error.err_msg)))
    })
}

/// Runs `run` with an evaluator for handlers.
pub fn handler<R>(
    context: &Rc<Context>,
    run: impl for<'v> FnOnce(&mut Evaluator<'v, '_, '_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    Module::with_temp_heap(|module| {
        let printer = Printer(Rc::clone(context));
        let extra = Extra::new(Rc::clone(context));
        let mut eval = Evaluator::new(&module);
        eval.extra = Some(&extra);
        eval.set_print_handler(&printer);
        bound(&mut eval, context).map_err(|error| failure(&error, context))?;
        run(&mut eval)
    })
}

fn bound<'a>(eval: &mut Evaluator<'_, 'a, '_>, context: &Rc<Context>) -> starlark::Result<()> {
    let limits: &Limits = &context.common.limits;
    let heap = usize::try_from(limits.heap_bytes).unwrap_or(usize::MAX);
    let progress = Arc::clone(&context.progress);
    eval.set_check_cancelled(Box::new(move || progress.is_over()));
    let set = eval
        .set_max_callstack_size(limits.call_depth.max(1))
        .and_then(|()| eval.set_max_heap_size(heap.max(1)))
        .and_then(|()| eval.set_max_tick_count(limits.ticks.max(1)));
    set.map_err(starlark::Error::new_other)
}
