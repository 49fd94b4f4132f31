//! Calls that look at or change the gateway itself.

use super::ask::{Ask, Node};
use super::sealed::Asks;
use crate::action::Action;
use crate::ids::{AppId, AppSet};
use crate::place;

/// An administrative operation.
#[derive(Debug)]
pub struct AdminCall<T> {
    /// What is asked.
    pub action: AdminAction,
    /// On what.
    pub resource: AdminResource,
    /// What will be done when permitted.
    pub cargo: T,
}

/// What an administrative operation is about. An action asked about a kind of thing that the schema does
/// not give it is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminResource {
    /// The gateway: `user.*`, `service.*`, `token.*`, `session.*`, `system.*`, and `app.list`, `set.list` over everything.
    System,
    /// An app and the space it is in: `app.*`, `account.*`.
    App(AppId, String),
    /// A space: `app.create`, `app.develop`, `app.publish`, `app.list`.
    Space(String),
    /// One of `guardrails`, `grants`, `apps`: `policy.*`.
    PolicyStore(PolicyStore),
    /// The audit log of this node: `audit.*`.
    AuditLog,
    /// An app set: `set.*`.
    AppSet(AppSet),
}

/// The layers of policy as things to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PolicyStore {
    Guardrails,
    Grants,
    Apps,
}

macro_rules! admin {
    ($($name:ident),* $(,)?) => {
        /// The administrative actions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the action of the same name says it")]
        pub enum AdminAction { $($name,)* }

        impl AdminAction {
            /// Every one of them.
            pub const ALL: &'static [AdminAction] = &[$(AdminAction::$name,)*];
        }

        impl From<AdminAction> for Action {
            fn from(action: AdminAction) -> Action {
                match action { $(AdminAction::$name => Action::$name,)* }
            }
        }
    };
}

admin! {
    AppCreate, AppDevelop, AppList, AppRead, AppUpdate, AppDelete, AppApprove, AppPublish,
    UserAdd, UserList, UserUpdate, UserDelete,
    ServiceAdd, ServiceList, ServiceUpdate, ServiceDelete,
    TokenCreate, TokenList, TokenRevoke,
    SetAdd, SetRemove, SetList,
    AccountLink, AccountUnlink, AccountList,
    PolicyRead, PolicyExplain, PolicyReload,
    AuditRead, AuditVerify, AuditReindex,
    SystemStatus, SystemStop,
    SessionList, SessionRevoke,
}

impl<T> Asks for AdminCall<T> {
    fn ask(&self) -> Ask {
        Ask::new(self.action.into(), self.resource.nodes())
    }
}

impl AdminResource {
    fn nodes(&self) -> Vec<Node> {
        match self {
            AdminResource::System => vec![Node::system()],
            AdminResource::App(app, space) => {
                let mut nodes = vec![Node::new("App", app.as_str()).below("Space", space)];
                nodes.extend(place::space(space));
                nodes
            }
            AdminResource::Space(space) => place::space(space),
            AdminResource::PolicyStore(store) => vec![Node::new("PolicyStore", store.as_str())],
            AdminResource::AuditLog => vec![Node::new("AuditLog", "log")],
            AdminResource::AppSet(set) => vec![Node::new("AppSet", set.as_str())],
        }
    }
}

impl PolicyStore {
    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            PolicyStore::Guardrails => "guardrails",
            PolicyStore::Grants => "grants",
            PolicyStore::Apps => "apps",
        }
    }
}
