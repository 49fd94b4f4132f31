//! Decides. Every effect of the gateway is a [`Call`]; [`Gate::admit`] asks Cedar, has the answer written
//! to the audit log, and only then hands out a [`Permit`], without which nothing can be done.
//!
//! The crate knows neither sockets nor clocks: time and addresses are arguments. Policies come in three
//! layers: guardrails that only forbid, grants that only permit, and each app's own permissions, generated
//! from what its author declared and an operator approved.

mod action;
mod address;
mod call;
mod caller;
mod email;
mod engine;
mod gate;
mod ids;
mod manifest;
mod permission;
mod place;
mod printed;
mod question;
#[cfg(test)]
mod testing;
mod url;

pub use action::Action;
pub use call::{
    AdminAction, AdminCall, AdminResource, Call, DevCall, DevTarget, FsOp, HttpCall, HttpMethod,
    Page, PageCall, PluginCall, PolicyStore, SecretResolve, SessionCall, SessionKind, Sink,
    StoreOp, Target,
};
pub use caller::{Acting, Authentication, Caller, Instance, Moment, Net, Person, Scope};
pub use engine::{
    AppPolicies, Engine, Explanation, GRANTS, GUARDRAILS, Layer, NearMiss, PolicyError,
    PolicySource, PolicyText, Recorded, SCHEMA, Sources, StepUp,
};
pub use gate::{Gate, Open, Permit, Refused, RefusedKind, Rejection};
pub use ids::{AppId, AppSet, GroupId, InstanceId, SecretId, UserId};
pub use manifest::{
    BindError, Bound, Function, Kind, Parameter, account, bind, function, functions, kind_of,
};
pub use permission::{
    AppPolicy, Difference, Facts, Permission, PermissionError, Regex, compare, generate,
};
pub use url::{Url, UrlError};
