//! The closed set of actions. Every call asks exactly one of them, and the schema holds no other:
//! `tests/coverage.rs` compares both ways.

use std::fmt;

use audit::Effect;

macro_rules! actions {
    ($($name:ident = $text:literal, $effect:ident;)*) => {
        /// What is asked: one Cedar action each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the text of each action is its documentation")]
        pub enum Action { $($name,)* }

        impl Action {
            /// Every action there is.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];

            /// The name in policies and records.
            pub const fn as_str(self) -> &'static str {
                match self { $(Action::$name => $text,)* }
            }

            /// What class of effect it has.
            pub const fn effect(self) -> Effect {
                match self { $(Action::$name => Effect::$effect,)* }
            }
        }
    };
}

actions! {
    AppAccess = "app.access", Access;
    GatewayPage = "gateway.page", Access;
    SessionOpen = "session.open", Access;
    SessionRefresh = "session.refresh", Access;
    SessionClose = "session.close", Access;
    HttpGet = "http.in.get", Read;
    HttpHead = "http.in.head", Read;
    HttpOptions = "http.in.options", Read;
    HttpPost = "http.in.post", Write;
    HttpPut = "http.in.put", Write;
    HttpPatch = "http.in.patch", Write;
    HttpDelete = "http.in.delete", Write;
    ExecRun = "exec.in.run", System;
    FsAbs = "fs.in.abs", Read;
    FsList = "fs.in.list", Read;
    FsFind = "fs.in.find", Read;
    FsRead = "fs.in.read", Read;
    FsWrite = "fs.in.write", Write;
    ProxyConfig = "proxy.in.config", Read;
    StoreBegin = "store.in.begin", Read;
    StoreCommit = "store.in.commit", Write;
    StoreRollback = "store.in.rollback", Read;
    StoreInsert = "store.in.insert", Write;
    StoreSelectById = "store.in.select_by_id", Read;
    StoreSelectOne = "store.in.select_one", Read;
    StoreSelect = "store.in.select", Read;
    StoreCount = "store.in.count", Read;
    StoreUpdate = "store.in.update", Write;
    StoreDeleteById = "store.in.delete_by_id", Write;
    StoreDelete = "store.in.delete", Write;
    SecretResolve = "secret.resolve", System;
    DevWrite = "dev.write", Write;
    DevRun = "dev.run", System;
    DevFetch = "dev.fetch", Write;
    AppCreate = "app.create", Admin;
    AppDevelop = "app.develop", Admin;
    AppList = "app.list", Admin;
    AppRead = "app.read", Admin;
    AppUpdate = "app.update", Admin;
    AppDelete = "app.delete", Admin;
    AppApprove = "app.approve", Admin;
    AppPublish = "app.publish", Admin;
    UserAdd = "user.add", Admin;
    UserList = "user.list", Admin;
    UserUpdate = "user.update", Admin;
    UserDelete = "user.delete", Admin;
    ServiceAdd = "service.add", Admin;
    ServiceList = "service.list", Admin;
    ServiceUpdate = "service.update", Admin;
    ServiceDelete = "service.delete", Admin;
    TokenCreate = "token.create", Admin;
    TokenList = "token.list", Admin;
    TokenRevoke = "token.revoke", Admin;
    SetAdd = "set.add", Admin;
    SetRemove = "set.remove", Admin;
    SetList = "set.list", Admin;
    AccountLink = "account.link", Admin;
    AccountUnlink = "account.unlink", Admin;
    AccountList = "account.list", Admin;
    PolicyRead = "policy.read", Admin;
    PolicyExplain = "policy.explain", Admin;
    PolicyReload = "policy.reload", Admin;
    AuditRead = "audit.read", Admin;
    AuditVerify = "audit.verify", Admin;
    AuditReindex = "audit.reindex", Admin;
    SystemStatus = "system.status", Admin;
    SystemStop = "system.stop", Admin;
    SessionList = "session.list", Admin;
    SessionRevoke = "session.revoke", Admin;
}

impl Action {
    /// The action with this name.
    pub fn parse(text: &str) -> Option<Action> {
        Action::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
