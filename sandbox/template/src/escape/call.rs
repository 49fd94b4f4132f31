//! Calls of templates. What a template must escape depends on the place it is called in, so each place gets a copy of its
//! own, and the place behind the call is the one where the copy ends.
//!
//! A template that calls itself is walked with a guess of its own end: first that it ends where it begins, then that it
//! ends where the first walk did. What was worked out on a wrong guess is forgotten.

use std::collections::HashMap;
use std::sync::Arc;

use super::context::{Context, State};
use super::problem::Problem;
use super::tree::Walk;
use crate::error::Error;
use crate::set::Templates;
use crate::tree::{Place, Source, Tree};

/// How deep branches and calls may nest: the walk needs stack for each level.
const DEEPEST: usize = 250;
/// How much text and how many nodes are read for one page, copies counted each.
const MOST: usize = 64 << 20;

/// What a copy costs, in bytes of text that could be read instead.
const CALL: usize = 512;

/// The templates called so far.
pub struct Calls<'t> {
    templates: &'t Templates,
    known: HashMap<Key, Known>,
    /// The keys of `known` in the order in which they came.
    order: Vec<Key>,
    escaped: Templates,
    depth: usize,
    spent: usize,
}

type Key = (Arc<str>, Context);

struct Known {
    called: Called,
    /// Whether somebody relied on the guess while the template was being walked.
    relied_on: bool,
}

/// A template for one place.
#[derive(Clone)]
pub struct Called {
    /// The name of the copy.
    pub name: Arc<str>,
    /// The place behind it.
    pub end: Context,
}

impl<'t> Calls<'t> {
    /// Nothing has been called.
    pub fn new(templates: &'t Templates) -> Calls<'t> {
        Calls {
            templates,
            known: HashMap::new(),
            order: Vec::new(),
            escaped: Templates::new(),
            depth: 0,
            spent: 0,
        }
    }

    /// Escapes a template that is executed by itself, and all it calls.
    pub fn page(mut self, name: &str) -> Result<Templates, Error> {
        let called = self.call(&name.into(), &Context::default());
        let called = called.map_err(|failure| failure.error(name))?;
        if called.end.state != State::Text {
            let text = format!("ends in a non-text context: {}", called.end);
            return Err(Failure::new(Problem::end(text)).error(name));
        }
        Ok(self.escaped)
    }

    /// The copy of a template for a place.
    pub fn call(&mut self, name: &Arc<str>, start: &Context) -> Result<Called, Failure> {
        let key = (name.clone(), start.clone());
        if let Some(known) = self.known.get_mut(&key) {
            known.relied_on = true;
            return Ok(known.called.clone());
        }
        let Some(tree) = self.templates.get(name) else {
            return Err(Failure::new(Problem::no_such_template(name)));
        };
        self.spend(CALL)?;
        let copy = self.copy_name(name, start);
        let first = self.guess(&key, tree, &copy, start.clone())?;
        if first.is_right {
            return Ok(first.called);
        }
        self.forget_from(&key);
        let second = self.guess(&key, tree, &copy, first.called.end);
        second
            .ok()
            .filter(|second| second.is_right)
            .map(|second| second.called)
            .ok_or_else(|| {
                let text = format!("cannot compute output context for template {}", &*copy);
                Failure::new(Problem::output(text))
            })
    }

    /// Walks a template on the guess that it ends in a place.
    fn guess(
        &mut self,
        key: &Key,
        tree: &Tree,
        copy: &Arc<str>,
        end: Context,
    ) -> Result<Guess, Failure> {
        let called = Called {
            name: copy.clone(),
            end: end.clone(),
        };
        self.known.insert(
            key.clone(),
            Known {
                called,
                relied_on: false,
            },
        );
        self.order.push(key.clone());
        let mut tree = Tree {
            name: copy.clone(),
            ..tree.clone()
        };
        let source = tree.source.clone();
        let found = Walk::new(self, source).block(key.1.clone(), &mut tree.body)?;
        self.escaped.insert(copy.clone(), Arc::new(tree));
        let relied_on = self.known.get(key).is_some_and(|known| known.relied_on);
        let called = Called {
            name: copy.clone(),
            end: found.clone(),
        };
        let is_right = !relied_on || found == end;
        self.known.insert(
            key.clone(),
            Known {
                called: called.clone(),
                relied_on: false,
            },
        );
        Ok(Guess { called, is_right })
    }

    /// Forgets a template and all that were called since.
    fn forget_from(&mut self, key: &Key) {
        let from = self.order.iter().position(|known| known == key);
        for key in self.order.split_off(from.unwrap_or_default()) {
            if let Some(known) = self.known.remove(&key) {
                self.escaped.remove(&known.called.name);
            }
        }
    }

    /// The name of the copy for a place; the template itself serves for text.
    fn copy_name(&self, name: &Arc<str>, start: &Context) -> Arc<str> {
        if *start == Context::default() {
            return name.clone();
        }
        let mut copy = format!("{name}$htmltemplate_{}", start.name());
        while self.templates.contains_key(copy.as_str()) {
            copy.push('_');
        }
        copy.into()
    }

    /// Counts what is read.
    pub fn spend(&mut self, amount: usize) -> Result<(), Failure> {
        self.spent = self.spent.saturating_add(amount);
        match self.spent > MOST {
            true => Err(too_much(
                "the templates call one another in too many contexts",
            )),
            false => Ok(()),
        }
    }

    /// Goes one level deeper.
    pub fn deeper(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => Err(too_much("branches and templates are nested too deeply")),
            false => Ok(()),
        }
    }

    /// Comes back from a level.
    pub fn shallower(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

struct Guess {
    called: Called,
    is_right: bool,
}

fn too_much(text: &str) -> Failure {
    Failure::new(Problem::output(text.to_owned()))
}

/// A reason with its place.
pub struct Failure {
    problem: Problem,
    place: Option<(Arc<Source>, Place)>,
}

impl Failure {
    /// A reason whose place is not known yet.
    pub fn new(problem: Problem) -> Failure {
        Failure {
            problem,
            place: None,
        }
    }

    /// The same at a place, unless it has one.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, place: Place) -> Failure {
        self.place.get_or_insert_with(|| (source.clone(), place));
        self
    }

    /// The same with words before it.
    #[must_use]
    pub fn while_at(self, what: &str) -> Failure {
        Failure {
            problem: self.problem.while_at(what),
            ..self
        }
    }

    fn error(self, name: &str) -> Error {
        let place = match &self.place {
            Some((source, place)) => {
                let (line, column) = source.place(*place);
                format!("{}:{line}:{column}", source.name)
            }
            None => name.to_owned(),
        };
        Error::Escape {
            class: self.problem.class,
            message: format!("html/template:{place}: {}", self.problem.text),
        }
    }
}
