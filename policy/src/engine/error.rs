//! Errors in policies, with the place in the file, readable in a terminal without colour and as a
//! [`miette::Diagnostic`].

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceCode};

/// Something is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    file: String,
    text: Arc<str>,
    offset: usize,
    message: String,
    help: Option<String>,
}

impl PolicyError {
    pub(super) fn new(file: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            text: text.into(),
            offset: offset.min(text.len()),
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error of Cedar, at the first place it names or else at `offset`.
    pub(super) fn from_cedar(
        file: &str,
        text: &str,
        offset: usize,
        error: &dyn Diagnostic,
    ) -> Self {
        let label = error.labels().and_then(|mut labels| labels.next());
        let at = label.as_ref().map_or(offset, LabeledSpan::offset);
        let mut message = error.to_string();
        if let Some(hint) = label.as_ref().and_then(LabeledSpan::label) {
            message = format!("{message} ({hint})");
        }
        let found = Self::new(file, text, at, message);
        match error.help() {
            Some(help) => found.with_help(help.to_string()),
            None => found,
        }
    }

    /// The file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Line and column, both from 1.
    pub fn place(&self) -> (usize, usize) {
        let before = self.text.get(..self.offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place();
        write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
        if let Some(code) = self.text.lines().nth(line - 1) {
            let margin = line.to_string().len();
            write!(f, "\n{line} | {code}\n{:margin$} | {:>column$}", "", "^")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

impl Diagnostic for PolicyError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::at_offset(
            self.offset,
            "here",
        ))))
    }
}
