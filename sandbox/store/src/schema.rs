//! What `schema.star` declares: types of documents, their fields and indexes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Everything one `schema.star` declares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// In the order written.
    pub types: Vec<Type>,
    /// Identifies the text they were read from, see [`etag`].
    pub etag: String,
}

/// A type of documents; each has a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Type {
    /// The name, also of its table.
    pub name: String,
    /// In the order written.
    pub fields: Vec<Field>,
    /// In the order written.
    pub indexes: Vec<Index>,
}

/// A field that every new document of a type has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The attribute of documents.
    pub name: String,
    /// What it is meant to hold; values are not held to it.
    pub kind: Kind,
    /// Written beside it; never applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
}

/// What a field is meant to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Int,
    Float,
    String,
    Boolean,
    Datetime,
    Dict,
    List,
}

/// An index of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Most significant first.
    pub fields: Vec<IndexField>,
    /// Whether no two documents may agree in all of them.
    pub unique: bool,
}

/// A field of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexField {
    /// The name of the field.
    pub name: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Schema {
    /// The type of this name.
    pub fn named(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|kind| kind.name == name)
    }
}

impl Kind {
    /// The kind written as `INT`, `STRING` and so on.
    pub fn of(text: &str) -> Option<Kind> {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
    }
}

impl Index {
    /// The names of its fields, for messages.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| &*field.name).collect();
        names.join(", ")
    }
}

/// The mark of a `schema.star`: SHA-256 of its text in hexadecimal.
pub fn etag(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, etag};

    #[test]
    fn kinds_are_written_in_capitals() {
        assert_eq!(Kind::of("INT"), Some(Kind::Int));
        assert_eq!(Kind::of("DATETIME"), Some(Kind::Datetime));
        assert_eq!(Kind::of("int"), None);
    }

    #[test]
    fn text_has_a_mark() {
        assert_eq!(
            etag(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
