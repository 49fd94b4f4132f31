//! Typed reading of bound arguments, with the words OpenRun apps may look for when a type is wrong.

use policy::Bound;
use serde_json::Value;

/// Reads the arguments of one call by parameter name.
pub struct Arguments<'a> {
    bound: &'a Bound,
}

/// What is wrong with an argument.
pub type Problem = String;

impl<'a> Arguments<'a> {
    /// Reads from `bound`.
    pub fn new(bound: &'a Bound) -> Self {
        Self { bound }
    }

    /// The value as it is; `None` in Starlark and absent are the same.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.bound.values.get(name).filter(|value| !value.is_null())
    }

    /// A string, empty when absent.
    pub fn text(&self, name: &str) -> Result<&'a str, Problem> {
        match self.bound.values.get(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.mismatch(name, other, "string")),
        }
    }

    /// A boolean, `False` when absent.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.bound.values.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.mismatch(name, other, "bool")),
        }
    }

    /// A whole number, 0 when absent.
    pub fn number(&self, name: &str) -> Result<i64, Problem> {
        match self.bound.values.get(name) {
            None => Ok(0),
            Some(value) => value.as_i64().ok_or_else(|| self.mismatch(name, value, "int")),
        }
    }

    /// A list of strings, empty when absent.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(Vec::new());
        };
        let wrong = || self.mismatch(name, value, "list of strings");
        let items = value.as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    /// A dict of strings, empty when absent; `what` names the entries in messages.
    pub fn pairs(&self, name: &str, what: &str) -> Result<Vec<(String, String)>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(Vec::new());
        };
        let fields = value.as_object().ok_or_else(|| self.mismatch(name, value, "dict"))?;
        let pair = |(key, value): (&String, &Value)| match value {
            Value::String(text) => Ok((key.clone(), text.clone())),
            other => Err(format!(
                "expected {what} value for key '{key}' to be a string. got: '{}'",
                kind(other)
            )),
        };
        fields.iter().map(pair).collect()
    }

    fn mismatch(&self, name: &str, value: &Value, want: &str) -> Problem {
        let function = self.bound.function.name;
        format!("{function}: for parameter {name}: got {}, want {want}", kind(value))
    }
}

/// The name OpenRun gives a type.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
