//! One set of templates that see each other.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gotmpl::html::Template;
use gotmpl::parse::{ListNode, Parser, is_empty_tree};
use serde_json::Value as Json;

use super::functions::Functions;
use super::{check, mend, value};

/// Rounds of all `range` loops of one rendering.
const MAX_ROUNDS: u64 = 1_000_000;

/// Templates by name; each is escaped when first executed, as Go does it.
pub struct Set {
    trees: BTreeMap<String, ListNode>,
    functions: Arc<Functions>,
    ready: Mutex<HashMap<String, Arc<Template>>>,
}

impl Set {
    /// Empty.
    pub fn new(functions: Arc<Functions>) -> Self {
        Self {
            trees: BTreeMap::new(),
            functions,
            ready: Mutex::default(),
        }
    }

    /// The same templates again, to add others to.
    pub fn copy(&self) -> Self {
        Self {
            trees: self.trees.clone(),
            functions: Arc::clone(&self.functions),
            ready: Mutex::default(),
        }
    }

    /// Parses a file into the set, under `name` and the names it defines.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        check::balanced(name, text)?;
        check::clear(name, text)?;
        let parsed = Parser::with_name(Some(name), text, "{{", "}}").and_then(Parser::parse);
        let (tree, defines) = parsed.map_err(|error| error.to_string())?;
        self.put(name, name, tree)?;
        for define in defines {
            self.put(name, &define.name, define.body)?;
        }
        Ok(())
    }

    /// An empty definition does not replace another one.
    fn put(&mut self, file: &str, name: &str, tree: ListNode) -> Result<(), String> {
        let known = |function: &str| self.functions.has(function);
        let tree = mend::tree(tree, &known)
            .map_err(|(line, problem)| format!("template: {file}:{line}: {problem}"))?;
        if !tree.nodes.iter().all(is_empty_tree) || !self.trees.contains_key(name) {
            self.trees.insert(name.to_owned(), tree);
        }
        Ok(())
    }

    /// Whether a template of this name exists.
    pub fn has(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }

    /// Executes a template into at most `cap` bytes.
    pub fn execute(&self, name: &str, dot: &Json, cap: usize) -> Result<String, String> {
        let template = self.ready(name)?;
        let mut out = Capped {
            text: String::new(),
            left: cap,
        };
        let dot = value::from_json(dot);
        match template.execute_fmt(&mut out, &dot) {
            Ok(()) => Ok(out.text),
            Err(_) if out.left == 0 => Err(format!(
                "template: {name}: the page is longer than {cap} bytes"
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    fn ready(&self, name: &str) -> Result<Arc<Template>, String> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = ready.get(name) {
            return Ok(Arc::clone(template));
        }
        let template = Arc::new(self.build(name)?);
        ready.insert(name.to_owned(), Arc::clone(&template));
        Ok(template)
    }

    /// A template whose own tree is the one named; an empty text binds the two together.
    fn build(&self, name: &str) -> Result<Template, String> {
        if !self.has(name) {
            return Err(format!("html/template: \"{name}\" is undefined"));
        }
        let mut template = self
            .functions
            .install(Template::new(name))
            .max_range_iters(MAX_ROUNDS);
        for (each, tree) in &self.trees {
            template = template
                .add_parse_tree(each, tree.clone())
                .map_err(|error| error.to_string())?;
        }
        template.parse("").map_err(|error| error.to_string())
    }
}

/// Text of bounded length.
struct Capped {
    text: String,
    left: usize,
}

impl fmt::Write for Capped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                self.text.push_str(text);
                Ok(())
            }
            None => {
                self.left = 0;
                Err(fmt::Error)
            }
        }
    }
}
