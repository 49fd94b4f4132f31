//! Functions templates can call besides Go's own: OpenRun's and the small ones of sprig.

mod data;
mod link;
mod number;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use gotmpl::html::Template;
use gotmpl::{FuncMap, Value, ValueFunc};

use super::mend::{FIELD, NOTHING};
use super::value::{error, field};
use crate::frame::StaticFile;

/// What Go has built in.
const BUILTIN: [&str; 18] = [
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js",
    "urlquery", "call", "eq", "ne", "lt", "le", "gt",
];

/// A function in one of the tables.
type Plain = fn(&[Value]) -> gotmpl::Result<Value>;

/// All functions of one app.
pub struct Functions(FuncMap);

impl Functions {
    /// With `static` and `fileNonEmpty` knowing the app's files.
    pub fn new(statics: &BTreeMap<String, StaticFile>, app_path: &str) -> Self {
        let mut map = FuncMap::new();
        for (name, function) in words::ALL
            .iter()
            .chain(&number::ALL)
            .chain(&data::ALL)
            .chain(&link::ALL)
        {
            map.insert((*name).to_owned(), Arc::new(*function) as ValueFunc);
        }
        let plain: [(&str, Plain); 2] = [(FIELD, field), (NOTHING, |_| Ok(Value::Nil))];
        for (name, function) in plain {
            map.insert(name.to_owned(), Arc::new(function));
        }
        let files = Arc::new(statics.clone());
        let (all, path) = (Arc::clone(&files), app_path.to_owned());
        map.insert(
            "static".to_owned(),
            Arc::new(move |args| Ok(link::hashed(&all, &path, &text(args, 0)?).into())),
        );
        map.insert(
            "fileNonEmpty".to_owned(),
            Arc::new(move |args| Ok(Value::Bool(link::non_empty(&files, &text(args, 0)?)))),
        );
        Self(map)
    }

    /// Whether templates may name it.
    pub fn has(&self, name: &str) -> bool {
        name == "ge" || BUILTIN.contains(&name) || self.0.contains_key(name)
    }

    /// Gives a template all functions.
    pub fn install(&self, template: Template) -> Template {
        template.funcs(self.0.clone())
    }
}

/// The argument at `at`.
fn argument(args: &[Value], at: usize) -> gotmpl::Result<&Value> {
    args.get(at).ok_or_else(|| {
        error(format!(
            "wrong number of args: want at least {} got {}",
            at + 1,
            args.len()
        ))
    })
}

/// The text at `at`; nothing else will do.
fn text(args: &[Value], at: usize) -> gotmpl::Result<String> {
    match argument(args, at)? {
        Value::String(text) => Ok(text.to_string()),
        Value::Safe { s, .. } => Ok(s.to_string()),
        other => Err(error(format!(
            "wrong type for value; expected string; got {}",
            other.type_name()
        ))),
    }
}

/// The whole number at `at`, from any number or numeric text; zero when it is none.
fn whole(args: &[Value], at: usize) -> gotmpl::Result<i64> {
    Ok(to_whole(argument(args, at)?))
}

fn to_whole(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or(0),
        Value::Bool(truth) => i64::from(*truth),
        other => other.as_int().unwrap_or(0),
    }
}

/// The number at `at`, from any number or numeric text; zero when it is none.
fn float(args: &[Value], at: usize) -> gotmpl::Result<f64> {
    Ok(match argument(args, at)? {
        Value::String(text) => text.trim().parse().unwrap_or(0.0),
        Value::Int(whole) => *whole as f64,
        other => other.as_float().unwrap_or(0.0),
    })
}

/// The list at `at`.
fn list(args: &[Value], at: usize) -> gotmpl::Result<Arc<[Value]>> {
    match argument(args, at)? {
        Value::List(items) => Ok(Arc::clone(items)),
        Value::Nil => Ok(Arc::from([])),
        other => Err(error(format!(
            "wrong type for value; expected list; got {}",
            other.type_name()
        ))),
    }
}
