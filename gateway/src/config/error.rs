//! What is wrong with a configuration file, and where.

use std::{path::PathBuf, sync::Arc};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// A configuration that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file exists and cannot be read.
    #[error("cannot read the configuration file `{}`", path.display())]
    #[diagnostic(help(
        "check its permissions; it must be readable by the user who runs the server"
    ))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// The text.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where.
        #[label("here")]
        span: Option<SourceSpan>,
        /// What to write instead.
        #[help]
        hint: Option<String>,
    },
}

impl ConfigError {
    pub(super) fn invalid(name: &str, text: &str, error: &toml::de::Error) -> ConfigError {
        let message = error.message().to_owned();
        ConfigError::Invalid {
            hint: hint(&message),
            span: error.span().map(|range| (range.start, range.len()).into()),
            text: Arc::new(NamedSource::new(name, text.to_owned()).with_language("toml")),
            message,
        }
    }
}

/// The nearest allowed word, read from serde's "expected" list.
fn hint(message: &str) -> Option<String> {
    let (wrong, expected) = message.split_once(", expected ")?;
    let wrong = wrong.split('`').nth(1)?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    match known
        .iter()
        .map(|word| (distance(wrong, word), word))
        .min()?
    {
        (far, word) if far <= 1 + wrong.len() / 3 => Some(format!("did you mean `{word}`?")),
        _ => None,
    }
}

/// Edit distance; words here are short.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut last = i + 1;
        let mut next = vec![last];
        for ((y, above), corner) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            last = (above + 1).min(last + 1).min(corner + usize::from(x != y));
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
