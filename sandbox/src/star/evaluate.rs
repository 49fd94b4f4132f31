//! Runs Starlark under the soft limits and makes plain text of its errors.
//!
//! The limits here stop honest mistakes with a clear message; what they miss, the worker's process
//! limits and the host's deadline stop.

use std::rc::Rc;

use starlark::codemap::FileSpan;
use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::{Evaluator, FileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::{ErrorKind, PrintHandler};
use value::Extra;

use super::context::Context;
use crate::limits::Limits;

/// Why app code did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For the app's author.
    pub message: String,
    /// `file:line:column`, empty when unknown.
    pub place: String,
    /// Whether a limit of the sandbox ended it.
    pub limit: bool,
}

impl Failure {
    /// Without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: String::new(),
            limit: false,
        }
    }

    /// Place and message as one line.
    pub fn located(&self) -> String {
        if self.place.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.place, self.message)
        }
    }
}

/// What OpenRun apps are written in, as far as this interpreter has it.
pub const DIALECT: Dialect = Dialect {
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

/// Parses one file.
pub fn parse(name: &str, text: &str, dialect: &Dialect) -> starlark::Result<AstModule> {
    super::guard::check(text).map_err(|error| value::raise(format!("{name}:{error}")))?;
    AstModule::parse(name, text.to_owned(), dialect)
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
        bound(&mut eval, context).map_err(|error| failure(&error))?;
        run(&mut eval)
    })
}

fn bound<'a>(eval: &mut Evaluator<'_, 'a, '_>, context: &Rc<Context>) -> starlark::Result<()> {
    let limits: &Limits = &context.limits;
    let heap = usize::try_from(limits.heap_bytes).unwrap_or(usize::MAX);
    let late = Rc::clone(context);
    eval.set_check_cancelled(Box::new(move || late.is_late()));
    let set = eval
        .set_max_callstack_size(limits.call_depth.max(1))
        .and_then(|()| eval.set_max_heap_size(heap.max(1)))
        .and_then(|()| eval.set_max_tick_count(limits.ticks.max(1)));
    set.map_err(starlark::Error::new_other)
}

/// An error as text and place.
pub fn failure(error: &starlark::Error) -> Failure {
    let text = error.without_diagnostic().to_string();
    let limit = is_limit(error, &text);
    let place = error.span().map(place).unwrap_or_default();
    Failure {
        message: if limit {
            explain(&text)
        } else {
            familiar(&text)
        },
        place,
        limit,
    }
}

/// `file:line:column`, counted from one.
fn place(span: &FileSpan) -> String {
    let resolved = span.resolve();
    let begin = resolved.span.begin;
    format!("{}:{}:{}", resolved.file, begin.line + 1, begin.column + 1)
}

fn is_limit(error: &starlark::Error, text: &str) -> bool {
    let other = matches!(
        error.kind(),
        ErrorKind::Other(_) | ErrorKind::Native(_) | ErrorKind::Internal(_)
    );
    other && LIMITS.iter().any(|(theirs, _)| text.starts_with(theirs))
}

/// The interpreter's words for its limits, and ours.
const LIMITS: [(&str, &str); 3] = [
    (
        "Evaluation cancelled",
        "the code took too long and was stopped",
    ),
    (
        "Heap memory limit",
        "the code used too much memory and was stopped",
    ),
    (
        "Execution duration limit",
        "the code took too many steps and was stopped",
    ),
];

fn explain(text: &str) -> String {
    let ours = LIMITS.iter().find(|(theirs, _)| text.starts_with(theirs));
    ours.map_or_else(|| text.to_owned(), |(_, ours)| (*ours).to_owned())
}

/// Missing attributes in the words OpenRun apps know.
fn familiar(text: &str) -> String {
    attribute(text).unwrap_or_else(|| text.to_owned())
}

fn attribute(text: &str) -> Option<String> {
    let (kind, rest) = text
        .strip_prefix("Object of type `")?
        .split_once("` has no attribute `")?;
    let (name, hint) = rest.split_once('`')?;
    Some(match kind {
        "struct" => format!("struct has no .{name} attribute{hint}"),
        "Request" | "Response" | "Output" => {
            format!("{} has no attribute '{name}'{hint}", kind.to_lowercase())
        }
        other => format!("{other} has no .{name} field or method{hint}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_attributes_read_as_in_openrun() {
        let check = |text: &str, expected: &str| assert_eq!(familiar(text), expected);
        check(
            "Object of type `Request` has no attribute `x`",
            "request has no attribute 'x'",
        );
        check(
            "Object of type `struct` has no attribute `block`",
            "struct has no .block attribute",
        );
        check("something else", "something else");
    }
}
