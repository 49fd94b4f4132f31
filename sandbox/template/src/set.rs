//! A set of templates that call one another. Texts are parsed once, when they are added; a set for HTML is escaped when a
//! template is first executed, and the outcome is kept, be it good or bad.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::error::Error;
use crate::functions::Functions;
use crate::lex::Delimiters;
use crate::tree::{Source, Tree};
use crate::value::Value;

/// Parsed templates by name.
pub type Templates = HashMap<Arc<str>, Arc<Tree>>;

/// What an execution may use, and the time it happens at.
#[derive(Clone, Debug)]
pub struct Run {
    /// The most bytes of output.
    pub output: usize,
    /// The most nodes and rounds.
    pub steps: u64,
    /// How deep templates may call one another.
    pub depth: usize,
    /// The time of the request.
    pub now: jiff::Timestamp,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            output: 32 << 20,
            steps: 10_000_000,
            depth: 1000,
            now: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}

/// What a key that is not there gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value.
    #[default]
    Invalid,
    /// What a variable of the map's type begins with.
    Zero,
    /// An error.
    Error,
}

/// Whether output is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Text,
    Html,
}

type Escaped = Result<Arc<Templates>, Error>;

/// Templates, the functions they may call, and how they are read.
pub struct Set {
    mode: Mode,
    functions: Arc<Functions>,
    delimiters: Delimiters,
    missing_key: MissingKey,
    templates: Templates,
    /// Escaped templates by the name that was executed; the lock is held for a look or an insertion only.
    escaped: RwLock<HashMap<Arc<str>, Arc<OnceLock<Escaped>>>>,
}

impl Set {
    /// An empty set whose output is escaped for HTML.
    pub fn html(functions: Arc<Functions>) -> Set {
        Set::new(Mode::Html, functions)
    }

    /// An empty set whose output is written as it is.
    pub fn text(functions: Arc<Functions>) -> Set {
        Set::new(Mode::Text, functions)
    }

    fn new(mode: Mode, functions: Arc<Functions>) -> Set {
        Set {
            mode,
            functions,
            delimiters: Delimiters::default(),
            missing_key: MissingKey::default(),
            templates: Templates::new(),
            escaped: RwLock::default(),
        }
    }

    /// The set with other delimiters; an empty one is the usual one.
    #[must_use]
    pub fn with_delimiters(self, left: &str, right: &str) -> Set {
        let usual = Delimiters::default();
        let left = if left.is_empty() {
            usual.left
        } else {
            left.to_owned()
        };
        let right = if right.is_empty() {
            usual.right
        } else {
            right.to_owned()
        };
        Set {
            delimiters: Delimiters { left, right },
            ..self
        }
    }

    /// The set with another answer to missing keys.
    #[must_use]
    pub fn with_missing_key(self, missing_key: MissingKey) -> Set {
        Set {
            missing_key,
            ..self
        }
    }

    /// Parses a text and adds the templates in it. A template that prints nothing replaces none.
    ///
    /// # Errors
    /// When the text is no template, or templates of the set were executed already.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if self.mode == Mode::Html
            && !self
                .escaped
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
        {
            return Err(Error::Parse(format!(
                "html/template: cannot parse {name} after the set was executed; copy it before"
            )));
        }
        let source = Source {
            name: name.into(),
            text: text.into(),
        };
        for tree in crate::parse::parse(source, &self.functions, &self.delimiters)? {
            if !tree.is_empty() || !self.has(&tree.name) {
                self.templates.insert(tree.name.clone(), Arc::new(tree));
            }
        }
        Ok(())
    }

    /// A set of the same templates that nothing was executed of; more can be added.
    #[must_use]
    pub fn copy(&self) -> Set {
        Set {
            mode: self.mode,
            functions: self.functions.clone(),
            delimiters: self.delimiters.clone(),
            missing_key: self.missing_key,
            templates: self.templates.clone(),
            escaped: RwLock::default(),
        }
    }

    /// Whether there is a template of the name.
    pub fn has(&self, name: &str) -> bool {
        self.templates.contains_key(name)
    }

    /// The template of the name, as it was parsed.
    pub fn template(&self, name: &str) -> Option<&Tree> {
        self.templates.get(name).map(Arc::as_ref)
    }

    /// Executes a template. What was written before an error stays in the output.
    ///
    /// # Errors
    /// When there is no such template, it cannot be escaped, or its execution fails.
    pub fn execute(
        &self,
        name: &str,
        dot: Value,
        out: &mut Vec<u8>,
        run: &Run,
    ) -> Result<(), Error> {
        if !self.has(name) {
            let name = crate::quoted(name);
            return Err(Error::Execute(match self.mode {
                Mode::Html => format!("html/template: {name} is undefined"),
                Mode::Text => format!("template: no template {name} associated with this set"),
            }));
        }
        let escaped = match self.mode {
            Mode::Html => Some(self.escape(name)?),
            Mode::Text => None,
        };
        let templates = escaped.as_deref().unwrap_or(&self.templates);
        match templates.get(name) {
            Some(tree) => crate::exec::execute(templates, tree, dot, self.missing_key, (out, run)),
            None => Ok(()),
        }
    }

    fn escape(&self, name: &str) -> Escaped {
        let known = self
            .escaped
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        let once = known.unwrap_or_else(|| {
            let mut escaped = self.escaped.write().unwrap_or_else(PoisonError::into_inner);
            escaped.entry(name.into()).or_default().clone()
        });
        once.get_or_init(|| crate::escape::escape(&self.templates, name).map(Arc::new))
            .clone()
    }
}

#[cfg(test)]
mod tests;
