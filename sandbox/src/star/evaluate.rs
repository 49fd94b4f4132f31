//! Runs Starlark under the soft limits and makes plain text of its errors.
//!
//! The limits here stop honest mistakes with a clear message; what they miss, the worker's process
//! limits and the host's deadline stop.

use std::rc::Rc;
use std::sync::Arc;

use starlark::codemap::FileSpan;
use starlark::environment::{FrozenModule, Globals, GlobalsBuilder, LibraryExtension, Module};
use starlark::eval::{Evaluator, FileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::{ErrorKind, PrintHandler};
use value::{Extra, Function};

use super::context::{Common, Context};
use super::guard::{self, GuardError, Misplaced};
use super::loops;
use crate::limits::Limits;

/// Why app code did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For the app's author.
    pub message: String,
    /// `file:line:column`, empty when unknown.
    pub place: String,
    /// The outermost function and the place in it that was reached, empty when unknown.
    pub frame: String,
    /// Whether a limit of the sandbox ended it.
    pub limit: bool,
}

impl Failure {
    /// Without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: String::new(),
            frame: String::new(),
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

/// An error as text and place.
pub fn failure(error: &starlark::Error, context: &Context) -> Failure {
    let place = |span: &FileSpan| place(span, &context.common);
    let found = error.span().map(place).unwrap_or_default();
    let failure = Failure {
        frame: frame(error, &found, place),
        place: found,
        ..Failure::new("")
    };
    if let Some(broken) = context.progress.broken() {
        return Failure {
            message: broken,
            ..failure
        };
    }
    if let ErrorKind::Other(other) = error.kind()
        && let Some(misplaced) = other.downcast_ref::<Misplaced>()
    {
        return Failure {
            message: misplaced.reason.clone(),
            place: misplaced.place.clone(),
            ..failure
        };
    }
    let text = error.without_diagnostic().to_string();
    let limit = is_limit(error, &text);
    Failure {
        message: if limit {
            explain(&text)
        } else {
            familiar(&text)
        },
        limit,
        ..failure
    }
}

/// `file:line:column`, counted from one.
pub fn place(span: &FileSpan, common: &Common) -> String {
    let resolved = span.resolve();
    let begin = resolved.span.begin;
    let (line, column) = common.origin(&resolved.file, begin.line, begin.column);
    format!("{}:{}:{}", resolved.file, line + 1, column + 1)
}

/// `Function <name>, Position <place>` of the first call on the stack.
fn frame(error: &starlark::Error, place: &str, of: impl Fn(&FileSpan) -> String) -> String {
    let frames = &error.call_stack().frames;
    let Some(outermost) = frames.first() else {
        return String::new();
    };
    let inside = frames.get(1).and_then(|frame| frame.location.as_ref());
    let position = inside.map_or_else(|| place.to_owned(), of);
    let name = outermost.name.rsplit('.').next().unwrap_or("");
    format!("Function {name}, Position {position}")
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
        "document" => {
            let kind = value::missed().unwrap_or_else(|| kind.to_owned());
            format!("type {kind} has no attribute '{name}'")
        }
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
