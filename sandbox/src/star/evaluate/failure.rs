//! Why app code did not come to its end: the interpreter's errors as plain text with their place, in the words that
//! authors of apps know.

use starlark::ErrorKind;
use starlark::codemap::FileSpan;

use crate::star::context::{Common, Context};
use crate::star::guard::Misplaced;

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
