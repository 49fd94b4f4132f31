//! What is compared: a column or a field of the document on one side, a plain value on the other.
//!
//! Values are brought into the form that both kinds of database compare alike: truth is 1 and 0, a
//! number beside a text column is text, and text beside a number column is a number where it is one.

use serde_json::Value;

use crate::problem::Problem;

/// Longest name of a field.
const NAME: usize = 128;
/// Longest pattern of `$like`, in bytes.
const PATTERN: usize = 1000;

/// Where a value is found in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A column of whole numbers.
    Number(&'static str),
    /// A column of text.
    Text(&'static str),
    /// A field of the document; its name is safe between single quotes.
    Field(String),
}

/// A value that is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Compares with nothing.
    Null,
    /// A whole number.
    Whole(i64),
    /// Another number.
    Real(f64),
    /// Text.
    Text(String),
}

impl Place {
    /// The place an app names.
    pub fn named(name: &str) -> Result<Place, Problem> {
        Ok(match name {
            "_id" => Place::Number("_id"),
            "_version" => Place::Number("_version"),
            "_created_at" => Place::Number("_created_at"),
            "_updated_at" => Place::Number("_updated_at"),
            "_created_by" => Place::Text("_created_by"),
            "_updated_by" => Place::Text("_updated_by"),
            "_json" => {
                return Err(Problem::Invalid(
                    "querying _json directly is not supported".to_owned(),
                ));
            }
            name => Place::Field(field(name)?.to_owned()),
        })
    }
}

/// Refuses names that a database would read as more than the name of a field.
fn field(name: &str) -> Result<&str, Problem> {
    let wrong = |what: &str| {
        Err(Problem::Invalid(format!(
            "field path cannot {what}: {name}"
        )))
    };
    for letter in ["'", "\"", "\\"] {
        if name.contains(letter) {
            return wrong(&format!("contain {letter}"));
        }
    }
    match name.chars().next() {
        None => wrong("be empty"),
        Some(first @ ('$' | '[')) => wrong(&format!("begin with {first}")),
        Some(_) if name.contains(char::is_control) => wrong("contain control characters"),
        Some(_) if name.len() > NAME => wrong(&format!("be longer than {NAME} bytes")),
        Some(_) => Ok(name),
    }
}

impl Scalar {
    /// Reads a plain value; `name` is the field it is for.
    pub fn read(name: &str, value: &Value) -> Result<Scalar, Problem> {
        match value {
            Value::Null => Ok(Scalar::Null),
            Value::Bool(truth) => Ok(Scalar::Whole(i64::from(*truth))),
            Value::Number(number) => Ok(match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Scalar::Whole(whole),
                (None, Some(real)) => Scalar::real(real),
                (None, None) => Scalar::Null,
            }),
            Value::String(text) if text.contains('\0') => Err(Problem::Invalid(format!(
                "the value for {name} contains a NUL character"
            ))),
            Value::String(text) => Ok(Scalar::Text(text.clone())),
            Value::Array(_) | Value::Object(_) => Err(Problem::Invalid(format!(
                "invalid query condition for {name}, only plain values can be compared"
            ))),
        }
    }

    /// A number, whole where it is.
    fn real(real: f64) -> Scalar {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if real.fract() == 0.0 && real.abs() <= EXACT {
            return Scalar::Whole(real as i64);
        }
        Scalar::Real(real)
    }

    /// The same as compared with a column of one type.
    #[must_use]
    pub fn beside(self, place: &Place) -> Scalar {
        match (place, self) {
            (Place::Number(_), Scalar::Text(text)) => number(&text).unwrap_or(Scalar::Text(text)),
            (Place::Text(_), scalar @ (Scalar::Whole(_) | Scalar::Real(_))) => {
                Scalar::Text(scalar.print())
            }
            (_, scalar) => scalar,
        }
    }

    /// The same as the pattern of `$like`.
    pub fn pattern(self) -> Result<Scalar, Problem> {
        match self {
            Scalar::Null => Ok(Scalar::Null),
            scalar => {
                let text = scalar.print();
                if text.len() > PATTERN {
                    return Err(Problem::Invalid(format!(
                        "a pattern of $like is longer than {PATTERN} bytes"
                    )));
                }
                Ok(Scalar::Text(text))
            }
        }
    }

    /// The value in print.
    pub fn print(&self) -> String {
        match self {
            Scalar::Null => String::new(),
            Scalar::Whole(whole) => whole.to_string(),
            Scalar::Real(real) => real.to_string(),
            Scalar::Text(text) => text.clone(),
        }
    }
}

fn number(text: &str) -> Option<Scalar> {
    let text = text.trim();
    let real = || text.parse::<f64>().ok().filter(|real| real.is_finite());
    match text.parse::<i64>() {
        Ok(whole) => Some(Scalar::Whole(whole)),
        Err(_) => real().map(Scalar::real),
    }
}
