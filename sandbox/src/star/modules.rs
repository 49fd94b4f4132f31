//! Which plugin modules app code can load, and what is in them. Some only load: their calls are refused by the
//! host, with a record, so that the rest of such an app works.

use starlark::environment::{FrozenModule, Module};
use starlark::values::structs::AllocStruct;
use value::{Function, raise};

use super::call::PluginFunction;

/// A module by its name without suffix.
struct Known {
    name: &'static str,
    functions: &'static [&'static str],
    constants: &'static [(&'static str, &'static str)],
}

const KNOWN: [Known; 9] = [
    Known {
        name: "http",
        functions: &["get", "head", "options", "post", "put", "delete", "patch"],
        constants: &[],
    },
    Known {
        name: "exec",
        functions: &["run"],
        constants: &[],
    },
    Known {
        name: "fs",
        functions: &["abs", "list", "find", "read", "write", "serve_tmp_file"],
        constants: &[("USER", "user"), ("APP", "app")],
    },
    Known {
        name: "store",
        functions: &[
            "begin",
            "commit",
            "rollback",
            "insert",
            "select_by_id",
            "select_one",
            "select",
            "count",
            "update",
            "delete_by_id",
            "delete",
        ],
        constants: &[],
    },
    Known {
        name: "proxy",
        functions: &["config"],
        constants: &[],
    },
    Known {
        name: "container",
        functions: &["config", "run"],
        constants: &[
            ("URL", "<CONTAINER_URL>"),
            ("AUTO", "auto"),
            ("NIXPACKS", "nixpacks"),
            ("IMAGE_PREFIX", "image:"),
            ("COMMAND", "command"),
        ],
    },
    Known {
        name: "openrun",
        functions: &[
            "list_apps",
            "list_all_apps",
            "get_app",
            "list_audit_events",
            "list_operations",
            "analytics_summary",
            "list_sync",
            "list_bindings",
            "replication_status",
            "list_versions",
            "list_version_files",
            "get_version_file",
            "get_version_zip",
            "export_app",
            "export_app_diff",
            "audit_app",
            "list_specs",
            "list_auths",
            "list_git_auths",
            "list_services",
            "service_health",
            "binding_health",
            "get_rbac_config",
            "list_rbac_permissions",
            "get_config_entries",
            "get_config_values",
            "list_config_history",
            "get_config_version",
            "list_containers",
            "get_container",
            "kubernetes_stats",
            "container_kubernetes_status",
            "container_logs",
            "container_logs_stream",
            "get_permissions",
            "system_plugins_allowed",
            "server_info",
        ],
        constants: &[],
    },
    Known {
        name: "openrun_admin",
        functions: &[
            "create_app",
            "delete_apps",
            "reload_apps",
            "approve_apps",
            "promote_apps",
            "switch_version",
            "update_params",
            "update_auth",
            "update_bindings",
            "create_sync",
            "run_sync",
            "delete_sync",
            "create_service",
            "delete_service",
            "start_container",
            "stop_container",
            "create_binding",
            "update_binding",
            "delete_binding",
            "set_config_value",
            "delete_config_value",
            "set_config_entry",
            "delete_config_entry",
            "restore_config",
            "update_rbac_enabled",
            "set_rbac_group",
            "delete_rbac_group",
            "set_rbac_role",
            "delete_rbac_role",
            "add_rbac_grant",
            "update_rbac_grant",
            "delete_rbac_grant",
            "publish_rbac_config",
            "discard_rbac_draft",
            "create_secret",
            "delete_secret",
            "rekey_secrets",
            "list_secrets",
            "get_secret",
            "secret_reveal",
        ],
        constants: &[],
    },
    Known {
        name: "build",
        functions: &[
            "list_sessions",
            "get_session",
            "get_messages",
            "session_events",
            "list_files",
            "read_file",
            "get_source_zip",
            "get_publish_config",
            "list_activity",
            "check_publish_path",
            "create_session",
            "send_message",
            "cancel_turn",
            "stop_session",
            "resume_session",
            "delete_session",
            "publish_app",
            "unpublish_app",
            "verify_config",
        ],
        constants: &[],
    },
];

/// The module `load(plugin, …)` gives: one struct, named like the module.
pub fn module(plugin: &str) -> starlark::Result<FrozenModule> {
    let name = base(plugin).ok_or_else(|| not_found(plugin))?;
    let known = KNOWN.iter().find(|known| known.name == name);
    let known = known.ok_or_else(|| not_found(plugin))?;
    Module::with_temp_heap(|module| {
        let heap = module.heap();
        let functions = known.functions.iter().map(|function| {
            let call = PluginFunction {
                plugin: plugin.to_owned(),
                function: (*function).to_owned(),
            };
            (*function, heap.alloc(Function::new(*function, call)))
        });
        let constants = known
            .constants
            .iter()
            .map(|(name, text)| (*name, heap.alloc(*text)));
        let fields: Vec<_> = functions.chain(constants).collect();
        module.set(known.name, heap.alloc(AllocStruct(fields)));
        module.freeze().map_err(|error| raise(error.err_msg))
    })
}

/// `fs` of `fs.in` and of `fs.in#account`.
fn base(plugin: &str) -> Option<&str> {
    plugin
        .split('#')
        .next()
        .unwrap_or(plugin)
        .strip_suffix(".in")
}

fn not_found(plugin: &str) -> starlark::Error {
    raise(format!("module {plugin} not found"))
}
