//! Secrets from the server's own environment. A missing or empty variable is an error: a silent
//! empty value has started many a service with no password at all.

use std::ffi::OsString;

use secrecy::SecretString;

use super::{BoxFuture, Provider, ProviderError};

/// The `env` provider; several keys are joined with `_`.
#[derive(Debug, Clone, Copy)]
pub struct Env {
    lookup: fn(&str) -> Option<OsString>,
}

impl Env {
    /// Reads the variables of this process.
    pub fn new() -> Self {
        Self {
            lookup: |name| std::env::var_os(name),
        }
    }

    fn value(&self, path: &str) -> Result<SecretString, ProviderError> {
        if path.is_empty()
            || !path
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Err(ProviderError::Name(
                path.to_owned(),
                "variable names use letters, digits and `_`",
            ));
        }
        let value = (self.lookup)(path).ok_or_else(|| ProviderError::Missing(path.to_owned()))?;
        let value = value.into_string().map_err(|_| ProviderError::Value {
            path: path.to_owned(),
            problem: "the variable is not valid UTF-8",
        })?;
        if value.is_empty() {
            return Err(ProviderError::Empty(path.to_owned()));
        }
        Ok(SecretString::from(value))
    }
}

impl Default for Env {
    fn default() -> Self {
        Self::new()
    }
}

impl Provider for Env {
    fn name(&self) -> &str {
        "env"
    }

    fn join(&self, keys: &[String]) -> String {
        keys.join("_")
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>> {
        Box::pin(async move { self.value(path) })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::Env;
    use crate::Provider;

    fn fixture() -> Env {
        Env {
            lookup: |name| match name {
                "SHOP_KEY" => Some("v4lue".into()),
                "EMPTY" => Some("".into()),
                _ => None,
            },
        }
    }

    fn check(path: &str, expected: &str) {
        let answer = match fixture().value(path) {
            Ok(value) => value.expose_secret().to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(answer.starts_with(expected), "{path}: {answer}");
    }

    #[test]
    fn missing_and_empty_are_errors() {
        check("SHOP_KEY", "v4lue");
        check("EMPTY", "secret `EMPTY` is empty");
        check("OTHER", "secret `OTHER` does not exist");
        check("A=B", "secret name `A=B` is not allowed");
        check("", "secret name `` is not allowed");
    }

    #[test]
    fn keys_are_joined_with_underscores() {
        let keys = ["SHOP".to_owned(), "KEY".to_owned()];
        assert_eq!(fixture().join(&keys), "SHOP_KEY");
        assert_eq!(
            fixture()
                .value(&fixture().join(&keys))
                .unwrap()
                .expose_secret(),
            "v4lue"
        );
    }
}
