//! What one run of app code may reach: the bridge to the host and the run's own bookkeeping.

mod progress;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use starlark::eval::Evaluator;
use value::{Extra, Pending, RowSource as _, raise};

use super::cursor::Batches;
use super::loops::Lines;
use super::params::Declarations;
use super::schema::Types;
use crate::limits::Limits;
use crate::plugin::message::{CallAnswer, CallRequest, Rows};
use crate::request::CustomAudit;
use crate::surroundings::Surroundings;

pub use progress::Progress;

/// The way from app code to its host.
pub trait Bridge: Send + Sync {
    /// Calls a plugin and waits for the answer.
    fn call(&self, call: CallRequest) -> CallAnswer;
    /// Waits for the next rows of a cursor.
    fn fetch(&self, cursor: u64) -> Result<Rows, String>;
    /// Says that no more rows of a cursor are needed.
    fn close(&self, cursor: u64);
    /// Passes printed text on.
    fn print(&self, text: &str);
}

/// A bridge that leads nowhere, for loading.
pub struct NoBridge(pub Arc<dyn Fn(&str) + Send + Sync>);

impl Bridge for NoBridge {
    fn call(&self, call: CallRequest) -> CallAnswer {
        let (plugin, function) = (call.plugin, call.function);
        CallAnswer::Refused {
            message: format!(
                "{plugin}.{function} cannot be called while the app is loaded; call it in a handler"
            ),
        }
    }

    fn fetch(&self, _cursor: u64) -> Result<Rows, String> {
        Err("there are no rows while the app is loaded".to_owned())
    }

    fn close(&self, _cursor: u64) {}

    fn print(&self, text: &str) {
        (self.0)(text);
    }
}

/// What is the same for all runs of one app.
#[derive(Default)]
pub struct Common {
    /// Bounds of each run.
    pub limits: Limits,
    /// Where the app runs.
    pub surroundings: Surroundings,
    /// Lines of files that were rewritten, by name.
    lines: Mutex<HashMap<String, Lines>>,
}

impl Common {
    /// Of an app.
    pub fn new(limits: Limits, surroundings: Surroundings) -> Arc<Self> {
        Arc::new(Self {
            limits,
            surroundings,
            lines: Mutex::default(),
        })
    }

    /// Remembers where the lines of a file come from.
    pub fn rewritten(&self, file: &str, lines: Lines) {
        let mut known = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(file.to_owned(), lines);
    }

    /// Line and column as the author counts them, from those of the interpreter; all begin with zero.
    pub fn origin(&self, file: &str, line: usize, column: usize) -> (usize, usize) {
        let known = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(file)
            .map_or((line, column), |lines| lines.origin(line, column))
    }
}

/// Why app code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To learn what it declares; plugins answer with an empty struct.
    Inspect,
    /// To serve; plugin calls go to the host.
    Serve,
}

/// Of one run; reachable from builtins.
pub struct Context {
    /// To the host.
    pub bridge: Arc<dyn Bridge>,
    /// Why this runs.
    pub stage: Stage,
    /// Unseen plugin error.
    pub pending: Arc<Pending>,
    /// Last `ace.audit`.
    pub audit: RefCell<Option<CustomAudit>>,
    /// What `params.star` has declared.
    pub declarations: Declarations,
    /// What `schema.star` has declared.
    pub types: Types,
    /// Of the app.
    pub common: Arc<Common>,
    /// How far the run may go.
    pub progress: Arc<Progress>,
    /// Plugin functions that the app calls while it is only looked at.
    pub early: RefCell<Vec<String>>,
    /// Cursors opened.
    pub cursors: RefCell<Vec<Arc<Batches>>>,
    /// Plugin calls left.
    calls: Cell<u32>,
}

impl Context {
    /// Of a run of the app that `common` is of.
    pub fn new(bridge: Arc<dyn Bridge>, stage: Stage, common: Arc<Common>) -> Rc<Self> {
        Rc::new(Self {
            bridge,
            stage,
            pending: Arc::new(Pending::default()),
            audit: RefCell::new(None),
            declarations: Declarations::default(),
            types: Types::default(),
            calls: Cell::new(common.limits.plugin_calls),
            progress: Progress::until(Instant::now() + common.limits.handler),
            early: RefCell::default(),
            cursors: RefCell::default(),
            common,
        })
    }

    /// Of the run `eval` belongs to.
    pub fn of(eval: &Evaluator<'_, '_, '_>) -> starlark::Result<Rc<Self>> {
        Extra::of(eval)
    }

    /// A failed plugin call that nobody has looked at ends the run; so do rows that broke off.
    pub fn settled(&self) -> starlark::Result<()> {
        if let Some(broken) = self.progress.broken() {
            return Err(raise(broken));
        }
        match self.pending.error() {
            Some(error) => Err(raise(format!("previous plugin call failed: {error}"))),
            None => Ok(()),
        }
    }

    /// Calls a plugin without counting its time as the handler's.
    pub fn call(&self, call: CallRequest) -> starlark::Result<CallAnswer> {
        self.settled()?;
        let left = self.calls.get().checked_sub(1);
        self.calls
            .set(left.ok_or_else(|| raise("too many plugin calls in one request"))?);
        Ok(self.progress.elsewhere(|| self.bridge.call(call)))
    }

    /// Ends the loops over cursors that an error has left.
    pub fn left(&self) {
        let cursors = self.cursors.borrow();
        let begun = cursors.iter().filter(|rows| rows.leaked().is_none());
        begun.for_each(|rows| rows.stop());
    }

    /// Cursors that were never read to their end nor left early, in the words OpenRun uses.
    pub fn leaked(&self) -> Option<String> {
        let cursors = self.cursors.borrow();
        let mut names: Vec<&str> = cursors.iter().filter_map(|rows| rows.leaked()).collect();
        names.sort_unstable();
        (!names.is_empty()).then(|| {
            let names = names.join(", ");
            format!("resource has not be closed, check handler code: {names}")
        })
    }
}
