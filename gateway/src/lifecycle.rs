//! The life of an app: created, approved, reloaded, deleted.
//!
//! One rule carries all of it: *active = approved ∩ declared*. An app is installed without any
//! right; approving gives it exactly what its current version declares; a reload runs the new code at
//! once, inside what was approved before, and what it asks for in addition waits for an approval.
//! Every change is noted in the audit log first and only then stored, activated and served.

mod accounts;
mod approve;
mod auth;
mod create;
mod draft;
mod error;
mod install;
mod reload;
mod remove;
mod report;
mod sets;

pub use error::LifecycleError;
pub(crate) use {
    accounts::{Linking, link},
    approve::{Approving, approve},
    auth::{is_possible, set_auth},
    create::create,
    install::{Stored, restore},
    reload::reload,
    remove::remove,
    report::{approval, lines, urls},
    sets::{Membership, enlist},
};

#[cfg(test)]
mod tests;
