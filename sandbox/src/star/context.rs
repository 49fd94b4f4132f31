//! What one run of app code may reach: the bridge to the host and the run's own bookkeeping.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use starlark::eval::Evaluator;
use value::{Extra, Pending, raise};

use super::params::Declarations;
use crate::limits::Limits;
use crate::plugin::message::{CallAnswer, CallRequest};
use crate::request::CustomAudit;

/// The way from app code to its host.
pub trait Bridge {
    /// Calls a plugin and waits for the answer.
    fn call(&self, call: CallRequest) -> CallAnswer;
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

    fn print(&self, text: &str) {
        (self.0)(text);
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
    pub bridge: Rc<dyn Bridge>,
    /// Why this runs.
    pub stage: Stage,
    /// Unseen plugin error.
    pub pending: Arc<Pending>,
    /// Last `ace.audit`.
    pub audit: RefCell<Option<CustomAudit>>,
    /// What `params.star` has declared.
    pub declarations: Declarations,
    /// Bounds of the run.
    pub limits: Limits,
    /// Plugin calls left.
    calls: Cell<u32>,
    /// Time until which the run may go on; plugin calls push it back.
    deadline: Cell<Instant>,
}

impl Context {
    /// Of a run within `limits`.
    pub fn new(bridge: Rc<dyn Bridge>, stage: Stage, limits: &Limits) -> Rc<Self> {
        Rc::new(Self {
            bridge,
            stage,
            pending: Arc::new(Pending::default()),
            audit: RefCell::new(None),
            declarations: Declarations::default(),
            limits: limits.clone(),
            calls: Cell::new(limits.plugin_calls),
            deadline: Cell::new(Instant::now() + limits.handler),
        })
    }

    /// Of the run `eval` belongs to.
    pub fn of(eval: &Evaluator<'_, '_, '_>) -> starlark::Result<Rc<Self>> {
        Extra::of(eval)
    }

    /// Whether the run has had its time.
    pub fn is_late(&self) -> bool {
        Instant::now() > self.deadline.get()
    }

    /// Calls a plugin without counting its time as the handler's.
    pub fn call(&self, call: CallRequest) -> starlark::Result<CallAnswer> {
        if let Some(error) = self.pending.error() {
            return Err(raise(format!("previous plugin call failed: {error}")));
        }
        let left = self.calls.get().checked_sub(1);
        self.calls
            .set(left.ok_or_else(|| raise("too many plugin calls in one request"))?);
        let began = Instant::now();
        let answer = self.bridge.call(call);
        self.deadline.set(self.deadline.get() + began.elapsed());
        Ok(answer)
    }
}
