//! Records: Go's structs. Unlike a map, a record knows its fields, and asking for another one is an error.

use std::sync::Arc;

use super::Value;

/// The names of a record's fields; made once and shared by all records of the type.
pub struct Shape {
    type_name: Arc<str>,
    fields: Vec<Arc<str>>,
}

impl Shape {
    /// A type of records with fields that hold any value.
    pub fn new(type_name: &str, fields: &[&str]) -> Arc<Shape> {
        Arc::new(Shape {
            type_name: type_name.into(),
            fields: fields.iter().map(|name| Arc::from(*name)).collect(),
        })
    }

    /// Where the field of the name is.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| &**field == name)
    }

    /// The names of the fields in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.fields.iter()
    }
}

/// A struct, or a pointer to one.
pub struct Record {
    shape: Arc<Shape>,
    values: Vec<Value>,
    pointer: bool,
}

impl Record {
    /// A record; values that the shape has no name for are dropped, names without a value are nil.
    pub fn new(shape: Arc<Shape>, mut values: Vec<Value>) -> Record {
        values.resize(shape.fields.len(), Value::Nil);
        Record {
            shape,
            values,
            pointer: false,
        }
    }

    /// The same record behind a pointer.
    #[must_use]
    pub fn behind_pointer(self) -> Record {
        Record {
            pointer: true,
            ..self
        }
    }

    /// Whether the record is reached through a pointer.
    pub fn is_pointer(&self) -> bool {
        self.pointer
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.values.get(self.shape.position(name)?)
    }

    /// Names and values in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.shape.names().zip(&self.values)
    }

    /// The name of the type, with a `*` for a pointer.
    pub fn type_name(&self) -> Arc<str> {
        if self.pointer {
            format!("*{}", self.shape.type_name).into()
        } else {
            self.shape.type_name.clone()
        }
    }
}
