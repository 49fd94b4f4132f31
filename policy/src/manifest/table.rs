//! The functions of the built-in plugins, as OpenRun has them.

use audit::Effect;

use super::{Function, Kind, Parameter};
use crate::action::Action;

const fn required(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        default: None,
    }
}

const fn optional(name: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        default: Some(default),
    }
}

const HTTP: &[Parameter] = &[
    required("url", Kind::Text),
    optional("params", Kind::Dict, "{}"),
    optional("headers", Kind::Dict, "{}"),
    optional("body", Kind::Text, "\"\""),
    optional("form_body", Kind::Dict, "{}"),
    optional("form_encoding", Kind::Text, "\"\""),
    optional("json_body", Kind::Any, "null"),
    optional("auth_basic", Kind::Any, "null"),
    optional("auth_signature", Kind::Dict, "{}"),
    optional("error_on_fail", Kind::Flag, "true"),
    optional("timeout", Kind::Number, "300"),
];

const RUN: &[Parameter] = &[
    required("path", Kind::Text),
    optional("args", Kind::Texts, "[]"),
    optional("env", Kind::Texts, "[]"),
    optional("process_partial", Kind::Flag, "false"),
    optional("stdout_file", Kind::Flag, "false"),
    optional("parse", Kind::Text, "\"\""),
    optional("stream", Kind::Flag, "false"),
    optional("include_stderr", Kind::Flag, "true"),
    optional("cwd", Kind::Text, "\"\""),
];

const ABS: &[Parameter] = &[required("path", Kind::Text)];

const LIST: &[Parameter] = &[
    required("path", Kind::Text),
    optional("recursive_size", Kind::Flag, "false"),
    optional("ignore_errors", Kind::Flag, "false"),
];

const FIND: &[Parameter] = &[
    required("path", Kind::Text),
    optional("name", Kind::Text, "\"\""),
    optional("limit", Kind::Number, "0"),
    optional("min_size", Kind::Number, "0"),
    optional("ignore_errors", Kind::Flag, "false"),
];

const SERVE: &[Parameter] = &[
    required("path", Kind::Text),
    optional("name", Kind::Text, "\"\""),
    optional("visibility", Kind::Text, "\"user\""),
    optional("mime_type", Kind::Text, "\"application/octet-stream\""),
    optional("expiry_minutes", Kind::Number, "60"),
    optional("single_access", Kind::Flag, "true"),
];

const PROXY: &[Parameter] = &[
    required("url", Kind::Text),
    optional("strip_path", Kind::Text, "\"\""),
    optional("preserve_host", Kind::Flag, "false"),
    optional("strip_app", Kind::Flag, "true"),
    optional("response_headers", Kind::Dict, "{}"),
];

const ENTRY: &[Parameter] = &[
    required("table", Kind::Text),
    required("entry", Kind::Entry),
];

const BY_ID: &[Parameter] = &[required("table", Kind::Text), required("id", Kind::Number)];

const FILTERED: &[Parameter] = &[
    required("table", Kind::Text),
    required("filter", Kind::Dict),
];

const SELECT: &[Parameter] = &[
    required("table", Kind::Text),
    required("filter", Kind::Dict),
    optional("sort", Kind::Texts, "[]"),
    optional("offset", Kind::Number, "0"),
    optional("limit", Kind::Number, "0"),
];

const fn store(name: &'static str, parameters: &'static [Parameter], action: Action) -> Function {
    entry("store.in", name, parameters, action)
}

const fn http(name: &'static str, action: Action) -> Function {
    entry("http.in", name, HTTP, action)
}

const fn entry(
    plugin: &'static str,
    name: &'static str,
    parameters: &'static [Parameter],
    action: Action,
) -> Function {
    Function {
        plugin,
        name,
        parameters,
        action,
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    http("get", Action::HttpGet),
    http("head", Action::HttpHead),
    http("options", Action::HttpOptions),
    http("post", Action::HttpPost),
    http("put", Action::HttpPut),
    http("patch", Action::HttpPatch),
    http("delete", Action::HttpDelete),
    entry("exec.in", "run", RUN, Action::ExecRun),
    entry("fs.in", "abs", ABS, Action::FsAbs),
    entry("fs.in", "list", LIST, Action::FsList),
    entry("fs.in", "find", FIND, Action::FsFind),
    entry("fs.in", "serve_tmp_file", SERVE, Action::FsRead),
    entry("proxy.in", "config", PROXY, Action::ProxyConfig),
    store("begin", &[], Action::StoreBegin),
    store("commit", &[], Action::StoreCommit),
    store("rollback", &[], Action::StoreRollback),
    store("insert", ENTRY, Action::StoreInsert),
    store("select_by_id", BY_ID, Action::StoreSelectById),
    store("select_one", FILTERED, Action::StoreSelectOne),
    store("select", SELECT, Action::StoreSelect),
    store("count", FILTERED, Action::StoreCount),
    store("update", ENTRY, Action::StoreUpdate),
    store("delete_by_id", BY_ID, Action::StoreDeleteById),
    store("delete", FILTERED, Action::StoreDelete),
];

impl Function {
    /// The effect it has at least; an author may declare more, never less.
    pub const fn effect(&self) -> Effect {
        self.action.effect()
    }
}
