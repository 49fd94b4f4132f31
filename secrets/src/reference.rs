//! A reference to a secret, as an app or an operator writes it: `{{secret "A" "B"}}`.
//!
//! Only literals count. Pipelines and other template code are left alone as plain text, because
//! evaluating templates in arguments is how one app's key ends up in another one's request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a secret: an optional provider and one or more keys the provider joins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The provider that was named; `None` means the default one.
    pub provider: Option<String>,
    /// The keys, in the order written.
    pub keys: Vec<String>,
}

/// Shows the reference the way it is written in an app.
impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.provider {
            None => formatter.write_str("{{secret")?,
            Some(provider) => write!(formatter, "{{{{secret_from \"{provider}\"")?,
        }
        for key in &self.keys {
            write!(formatter, " \"{key}\"")?;
        }
        formatter.write_str("}}")
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    fn check(provider: Option<&str>, keys: &[&str], expected: &str) {
        let reference = Reference {
            provider: provider.map(str::to_owned),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        assert_eq!(reference.to_string(), expected);
    }

    #[test]
    fn is_shown_as_written() {
        check(None, &["K"], r#"{{secret "K"}}"#);
        check(
            Some("vault"),
            &["a", "b"],
            r#"{{secret_from "vault" "a" "b"}}"#,
        );
    }
}
