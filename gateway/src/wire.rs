//! What client and server say to each other over the unix socket: one request type per admin action.
//!
//! Requests refuse unknown fields: a misspelt option must never be silently ignored.

mod accounts;
mod apps;
mod problem;
mod records;
mod services;
mod users;

use serde::{Deserialize, Serialize};

pub use accounts::{AccountChanged, AccountList, LinkAccount, LinkedAccount, UnlinkAccount};
pub use apps::{
    AppDetail, AppPath, AppSummary, Approval, ApproveApp, Change, CreateApp, Mark, Parameter,
    PermissionLine, ReloadApp, SetApp, SetChanged, SetSummary,
};
pub use problem::{Class, Problem};
pub use records::{
    ExplainRecord, Explained, Layer, ListRecords, PolicyList, ReadAudit, ReadPolicies, Records,
    Reindexed, ReloadPolicies, ReloadedPolicies, ShowRecord, Status,
};
pub use services::{
    AddService, CreateToken, CreatedToken, DeleteService, ListTokens, RevokeToken, ServiceChanged,
    ServiceSummary, TokenSummary, UpdateService,
};
pub use users::{
    AddUser, Added, OtpSecret, Password, Revoke, RevokeSessions, Revoked, SessionSummary, Sessions,
    UpdateUser, UserName, UserSummary, UserUpdate, UserUpdated, Users,
};

/// A request without parameters.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
