//! The functions of the language itself.

mod compare;
mod escape;
mod index;

use crate::fit::fit;
use crate::format;
use crate::functions::{Call, Evaluation, Function};
use crate::value::{Kind, Type, Value};

pub use escape::html_escaped;
pub(crate) use escape::{escape_html, escape_js, escape_query};

/// All of them.
pub(crate) fn all() -> Vec<Function> {
    let anything = || Type::Anything;
    vec![
        Function::new("and", [anything()], last)
            .and_more(anything())
            .evaluating(Evaluation::And),
        Function::new("or", [anything()], last)
            .and_more(anything())
            .evaluating(Evaluation::Or),
        Function::new("not", [anything()], |call| {
            Ok(Value::Bool(!call.argument(0).truth()))
        }),
        Function::new("call", [anything()], call_value).and_more(anything()),
        Function::new("len", [anything()], |call| index::length(call.argument(0))),
        Function::new("index", [anything()], |call| index::index(call.arguments))
            .and_more(anything()),
        Function::new("slice", [anything()], |call| index::slice(call.arguments))
            .and_more(anything()),
        Function::new("eq", [anything()], |call| {
            compare::equal(call.arguments).map(Value::Bool)
        })
        .and_more(anything()),
        Function::new("ne", [anything(), anything()], |call| {
            compare::equal(call.arguments).map(|same| Value::Bool(!same))
        }),
        Function::new("lt", [anything(), anything()], |call| {
            compare::less(call).map(Value::Bool)
        }),
        Function::new("le", [anything(), anything()], |call| {
            compare::less_or_equal(call).map(Value::Bool)
        }),
        Function::new("gt", [anything(), anything()], |call| {
            compare::less_or_equal(call).map(|less| Value::Bool(!less))
        }),
        Function::new("ge", [anything(), anything()], |call| {
            compare::less(call).map(|less| Value::Bool(!less))
        }),
        Function::new("print", [], |call| {
            Ok(written(|out| format::print(call.arguments, out)))
        })
        .and_more(Type::Any),
        Function::new("println", [], |call| {
            Ok(written(|out| format::print_line(call.arguments, out)))
        })
        .and_more(Type::Any),
        Function::new("printf", [Type::Text], print_format).and_more(Type::Any),
        Function::new("html", [], |call| {
            Ok(written(|out| escape_html(&joined(call.arguments), out)))
        })
        .and_more(Type::Any),
        Function::new("js", [], |call| {
            Ok(written(|out| escape_js(&joined(call.arguments), out)))
        })
        .and_more(Type::Any),
        Function::new("urlquery", [], |call| {
            Ok(written(|out| escape_query(&joined(call.arguments), out)))
        })
        .and_more(Type::Any),
    ]
}

/// Of arguments that are evaluated one by one, the last one that was.
fn last(call: &Call<'_>) -> Result<Value, String> {
    Ok(call.arguments.last().cloned().unwrap_or_default())
}

fn call_value(call: &Call<'_>) -> Result<Value, String> {
    let function = match call.argument(0) {
        Value::Function(function) => function,
        Value::Missing | Value::Nil => return Err("call of nil".to_owned()),
        value => {
            return Err(format!(
                "non-function {} of type {}",
                format::text(value),
                value.type_name()
            ));
        }
    };
    let given = call.arguments.get(1..).unwrap_or_default();
    let name = function.name();
    function.accepts(given.len()).map_err(|wanted| {
        format!(
            "wrong number of args for {name}: want {wanted} got {}",
            given.len()
        )
    })?;
    let mut arguments = Vec::with_capacity(given.len());
    for (position, value) in given.iter().enumerate() {
        let wanted = function.parameter(position).unwrap_or(&Type::Any);
        arguments
            .push(fit(value.clone(), wanted).map_err(|error| format!("arg {position}: {error}"))?);
    }
    function.call(&Call {
        arguments: &arguments,
        now: call.now,
    })
}

fn print_format(call: &Call<'_>) -> Result<Value, String> {
    let values = call.arguments.get(1..).unwrap_or_default();
    let format = call.argument(0).as_bytes().unwrap_or_default();
    Ok(written(|out| format::print_format(format, values, out)))
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    Value::string_of_bytes(&out)
}

/// Arguments as one text, as the escaping functions of templates see them.
fn joined(arguments: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    if let [one @ (Value::Text(_) | Value::Broken(_))] = arguments {
        out.extend_from_slice(one.as_bytes().unwrap_or_default());
        return out;
    }
    let is_text =
        |value: &Value| value.kind() == Kind::Text || matches!(value, Value::Missing | Value::Nil);
    let mut before: Option<&Value> = None;
    for value in arguments {
        if before.is_some_and(|before| !is_text(before) && !is_text(value)) {
            out.push(b' ');
        }
        match value {
            Value::Missing | Value::Nil => out.extend_from_slice(b"<no value>"),
            Value::Record(_) => {
                out.extend_from_slice(format::text(value).trim_start_matches('&').as_bytes())
            }
            value => format::append(value, &mut out),
        }
        before = Some(value);
    }
    out
}
