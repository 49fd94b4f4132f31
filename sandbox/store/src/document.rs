//! Documents on their way to a table and back: what is stored as JSON, what in columns of its own,
//! and the numbers, which come back as floats.

use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// A typed document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The name of its type, and of its table.
    pub kind: String,
    /// Its fields; those that begin with `_` are the store's own and whole numbers.
    pub fields: Map<String, Value>,
}

/// One stored entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: i64,
    pub version: i64,
    pub created_by: String,
    pub updated_by: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub json: String,
}

/// What is written of a document.
pub struct Draft {
    /// The entry it was read as; 0 for a new one.
    pub id: i64,
    /// As the app has it.
    pub version: i64,
    /// As the app has it.
    pub updated_by: String,
    /// When it was last changed as far as the app knows.
    pub updated_at: i64,
    /// Its own fields.
    pub json: String,
}

impl Row {
    /// The document, as app code sees it.
    pub fn document(self, kind: &str) -> Result<Document, Problem> {
        let unreadable = || {
            Problem::Refused(format!(
                "entry {} in table \"{kind}\" is not a document",
                self.id
            ))
        };
        let stored: Value = serde_json::from_str(&self.json).map_err(|_| unreadable())?;
        let Value::Object(stored) = stored else {
            return Err(unreadable());
        };
        let mut fields = Map::new();
        for (name, value) in stored {
            fields.insert(name, floating(value));
        }
        for (name, value) in [
            ("_id", self.id.into()),
            ("_version", self.version.into()),
            ("_created_by", self.created_by.into()),
            ("_updated_by", self.updated_by.into()),
            ("_created_at", self.created_at.into()),
            ("_updated_at", self.updated_at.into()),
        ] {
            fields.insert(name.to_owned(), value);
        }
        Ok(Document {
            kind: kind.to_owned(),
            fields,
        })
    }

    /// About what it takes in memory and on its way.
    pub fn weight(&self) -> usize {
        self.json.len() + self.created_by.len() + self.updated_by.len() + 200
    }
}

impl Draft {
    /// Takes a document apart; its JSON is at most `limit` bytes long.
    pub fn new(fields: Map<String, Value>, limit: usize) -> Result<Draft, Problem> {
        let mut own = Map::new();
        let mut kept = Map::new();
        for (name, value) in fields {
            match name.starts_with('_') {
                true => own.insert(name, value),
                false => kept.insert(name.clone(), storable(&name, value)?),
            };
        }
        let json = Value::Object(kept).to_string();
        if json.len() > limit {
            return Err(Problem::TooLong(format!(
                "the document is longer than {limit} bytes; store large files elsewhere"
            )));
        }
        Ok(Draft {
            id: whole(&own, "_id")?,
            version: whole(&own, "_version")?,
            updated_at: whole(&own, "_updated_at")?,
            updated_by: match own.get("_updated_by") {
                Some(Value::String(text)) => plain("_updated_by", text.clone())?,
                Some(_) | None => String::new(),
            },
            json,
        })
    }
}

/// A field of the store's own; a float that is whole will do.
fn whole(fields: &Map<String, Value>, name: &str) -> Result<i64, Problem> {
    let Some(value) = fields.get(name) else {
        return Ok(0);
    };
    let float = || {
        value
            .as_f64()
            .filter(|float| float.fract() == 0.0 && float.abs() < 9e15)
    };
    let whole = value.as_i64().or_else(|| float().map(|float| float as i64));
    whole.ok_or_else(|| Problem::Invalid(format!("invalid {name} value: {value}")))
}

/// The value as both kinds of database keep it.
fn storable(name: &str, value: Value) -> Result<Value, Problem> {
    Ok(match value {
        Value::String(text) => Value::String(plain(name, text)?),
        Value::Number(number) if number.is_u64() && !number.is_i64() => float(&number),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| storable(name, item));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(entries) if entries.contains_key("$entry") => {
            return Err(Problem::Invalid(format!(
                "field {name} holds a document; store it as one of its own and keep its _id"
            )));
        }
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let entries =
                entries.map(|(key, value)| Ok((plain(name, key)?, storable(name, value)?)));
            Value::Object(entries.collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    })
}

fn plain(name: &str, text: String) -> Result<String, Problem> {
    if text.contains('\0') {
        return Err(Problem::Invalid(format!(
            "field {name} contains a NUL character, which cannot be stored"
        )));
    }
    Ok(text)
}

/// The value with all numbers as floats.
fn floating(value: Value) -> Value {
    match value {
        Value::Number(number) => float(&number),
        Value::Array(items) => items.into_iter().map(floating).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, floating(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

fn float(number: &Number) -> Value {
    let float = number.as_f64().and_then(Number::from_f64);
    float.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Draft, Row};

    fn draft(fields: Value) -> Result<Draft, String> {
        Draft::new(fields.as_object().unwrap().clone(), 100).map_err(|problem| problem.to_string())
    }

    #[test]
    fn numbers_come_back_as_floats() {
        let row = Row {
            id: 7,
            version: 1,
            created_by: "a".into(),
            updated_by: "b".into(),
            created_at: 5,
            updated_at: 6,
            json: r#"{"n":3,"l":[1,{"x":2}],"t":"3","b":true,"z":null}"#.into(),
        };
        let document = row.document("note").unwrap();
        assert_eq!(
            Value::Object(document.fields)
                .to_string()
                .replace(' ', "")
                .len(),
            json!({"n":3.0,"l":[1.0,{"x":2.0}],"t":"3","b":true,"z":null,"_id":7,"_version":1,
                "_created_by":"a","_updated_by":"b","_created_at":5,"_updated_at":6})
            .to_string()
            .len()
        );
    }

    #[test]
    fn documents_are_taken_apart() {
        let draft = draft(
            json!({"_id": 3.0, "_version": 2, "_updated_at": 9, "_x": 1, "a": 1, "b": u64::MAX}),
        );
        let draft = draft.unwrap();
        assert_eq!((draft.id, draft.version, draft.updated_at), (3, 2, 9));
        assert_eq!(draft.json, r#"{"a":1,"b":1.8446744073709552e+19}"#);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let refused = |fields: Value| draft(fields).err().unwrap();
        assert!(refused(json!({"a": "x\u{0}"})).contains("NUL"));
        assert!(refused(json!({"a": {"x\u{0}": 1}})).contains("NUL"));
        assert!(refused(json!({"a": [{"$entry": {}}]})).contains("holds a document"));
        assert!(refused(json!({"a": "x".repeat(100)})).contains("longer than 100 bytes"));
        assert!(refused(json!({"_id": "x"})).contains("invalid _id value"));
    }
}
