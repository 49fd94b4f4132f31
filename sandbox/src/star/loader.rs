//! `load` in app code: other files of the app, each evaluated once, and plugin modules.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::FileLoader;
use starlark::values::structs::AllocStruct;
use value::raise;

use super::context::Context;
use super::{evaluate, modules};
use crate::frame::Init;

/// Deepest chain of files loading each other; each level takes stack.
const MAX_CHAIN: usize = 40;

/// The text of a Starlark file, which lies below `star_base`.
pub fn find<'a>(init: &'a Init, name: &str) -> Option<&'a str> {
    let base = init.surroundings.star_base.trim_matches('/');
    let text = match base {
        "" | "." => init.files.get(name),
        base => init.files.get(&format!("{base}/{name}")),
    };
    text.map(String::as_str)
}

/// The files of one app while they are evaluated.
pub struct Loader<'a> {
    init: &'a Init,
    globals: Globals,
    context: Rc<Context>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    done: HashMap<String, FrozenModule>,
    open: Vec<String>,
    plugins: Vec<String>,
}

impl<'a> Loader<'a> {
    /// Of an app whose code sees `globals`.
    pub fn new(init: &'a Init, globals: Globals, context: Rc<Context>) -> Self {
        Self {
            init,
            globals,
            context,
            state: RefCell::default(),
        }
    }

    /// Plugins loaded so far, in order, without duplicates.
    pub fn plugins(&self) -> Vec<String> {
        self.state.borrow().plugins.clone()
    }

    /// Evaluates a file unless that has been done.
    pub fn file(&self, name: &str) -> starlark::Result<FrozenModule> {
        if let Some(module) = self.state.borrow().done.get(name) {
            return Ok(module.clone());
        }
        let Some(text) = find(self.init, name) else {
            return Err(raise(format!("cannot load {name}: file does not exist")));
        };
        self.open(name)?;
        let module = evaluate::parse(name, text, &self.context).and_then(|ast| {
            evaluate::file(ast, &self.globals, Some(self), &self.context, &|module| {
                expose(module, name)
            })
        });
        let mut state = self.state.borrow_mut();
        state.open.pop();
        let module = module?;
        state.done.insert(name.to_owned(), module.clone());
        Ok(module)
    }

    fn open(&self, name: &str) -> starlark::Result<()> {
        let mut state = self.state.borrow_mut();
        if state.open.iter().any(|open| open == name) {
            return Err(raise(format!(
                "cycle in starlark load graph during load of {name}"
            )));
        }
        if state.open.len() >= MAX_CHAIN {
            return Err(raise(format!(
                "cannot load {name}: more than {MAX_CHAIN} files load each other in a row"
            )));
        }
        state.open.push(name.to_owned());
        Ok(())
    }

    fn plugin(&self, name: &str) -> starlark::Result<FrozenModule> {
        let mut state = self.state.borrow_mut();
        if let Some(module) = state.done.get(name) {
            return Ok(module.clone());
        }
        let module = modules::module(name)?;
        state.plugins.push(name.to_owned());
        state.done.insert(name.to_owned(), module.clone());
        Ok(module)
    }
}

impl FileLoader for Loader<'_> {
    fn load(&self, path: &str) -> starlark::Result<FrozenModule> {
        if path.ends_with(".star") {
            self.file(path)
        } else {
            self.plugin(path)
        }
    }
}

/// Adds a struct of the file's public globals under the file's base name, unless that is taken.
/// Nobody loads `app.star`, where `app` must be what the author set.
fn expose(module: &Module<'_>, path: &str) {
    if path == "app.star" {
        return;
    }
    let base = path.rsplit('/').next().unwrap_or(path);
    let base = base.strip_suffix(".star").unwrap_or(base);
    let names: Vec<String> = module
        .names()
        .map(|name| name.as_str().to_owned())
        .collect();
    if base.is_empty() || base.starts_with('_') || names.iter().any(|name| name == base) {
        return;
    }
    let public = names.iter().filter(|name| !name.starts_with('_'));
    let fields: Vec<_> = public
        .filter_map(|name| Some((name.clone(), module.get(name)?)))
        .collect();
    module.set(base, module.heap().alloc(AllocStruct(fields)));
}
