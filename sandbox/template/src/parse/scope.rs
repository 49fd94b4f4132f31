//! Variables while a template is parsed. Each name becomes a slot, so that nothing is looked up by name later.
//!
//! Go finds variables by name when they are used. The same answer needs names that are known but not alive: inside the
//! `{{else}}` of an `{{if}}`, what the body declared may be named, and is then what it was outside, or an error.

use std::sync::Arc;

use crate::tree::Variable;

pub(super) struct Scope {
    names: Vec<Entry>,
    most: usize,
}

struct Entry {
    name: Arc<str>,
    alive: bool,
}

impl Default for Scope {
    /// The beginning of a template: `$` is the dot.
    fn default() -> Scope {
        Scope {
            names: vec![Entry {
                name: "$".into(),
                alive: true,
            }],
            most: 1,
        }
    }
}

impl Scope {
    /// How many variables were known at once.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn mark(&self) -> usize {
        self.names.len()
    }

    /// Forgets the names since the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.names.truncate(mark);
    }

    /// The names since the mark are no longer alive.
    pub(super) fn bury(&mut self, mark: usize) {
        self.names
            .iter_mut()
            .skip(mark)
            .for_each(|entry| entry.alive = false);
    }

    /// The variables from the first to before the last get their values.
    pub(super) fn enliven(&mut self, variables: &[Variable]) {
        for slot in variables.iter().filter_map(|variable| variable.slot) {
            if let Some(entry) = self.names.get_mut(slot) {
                entry.alive = true;
            }
        }
    }

    /// A name that is being declared. It is not alive while its value is computed.
    pub(super) fn announce(&mut self, name: &str) -> Variable {
        let name: Arc<str> = name.into();
        self.names.push(Entry {
            name: name.clone(),
            alive: false,
        });
        self.most = self.most.max(self.names.len());
        Variable {
            name,
            slot: Some(self.names.len() - 1),
        }
    }

    /// The variable of the name; without a slot if it is known but not alive, nothing if it is not known.
    pub(super) fn find(&self, name: &str) -> Option<Variable> {
        let known = |entry: &&Entry| &*entry.name == name;
        let slot = self
            .names
            .iter()
            .rposition(|entry| entry.alive && known(&entry));
        let found = self.names.iter().find(known)?;
        Some(Variable {
            name: found.name.clone(),
            slot,
        })
    }
}
