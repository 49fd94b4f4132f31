//! The calls: everything that can be asked of the gateway. The set is closed (`Call` is sealed); each
//! call owns its cargo, the thing that will be done, so that what was judged is what is done.

mod admin;
mod ask;
mod dev;
mod http;
mod plugin;

use crate::action::Action;

pub use admin::{AdminAction, AdminCall, AdminResource, PolicyStore};
pub(crate) use ask::{Ask, Fact, Fields, Node};
pub use dev::{DevCall, DevTarget};
pub use http::{HttpCall, Page, PageCall, SessionCall, SessionKind};
pub use plugin::{FsOp, HttpMethod, PluginCall, SecretResolve, Sink, StoreOp, Target};

/// Something that can be asked of the [`Gate`](crate::Gate). Sealed: this crate knows every call.
pub trait Call: sealed::Asks + Send {
    /// The action it asks.
    fn action(&self) -> Action {
        self.ask().action
    }
}

impl<C: sealed::Asks + Send> Call for C {}

pub(crate) mod sealed {
    //! Keeps [`Call`](super::Call) closed: nobody outside this crate can name this trait.

    /// Turns a call into the question that policy answers.
    pub trait Asks {
        /// The question.
        fn ask(&self) -> super::Ask;
    }
}
