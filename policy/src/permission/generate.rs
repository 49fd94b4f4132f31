//! From what an app asks for to Cedar policies, or everything that is wrong with it.

use std::collections::HashSet;

use audit::Effect;
use serde_json::Value;

use super::draft::{Draft, Reading};
use super::{
    AppPolicy, Facts, Permission, PermissionError, est, exec, fs, hash16, http, proxy, secret,
    store,
};
use crate::action::Action;
use crate::ids::InstanceId;
use crate::manifest::{Function, account, function, functions};
use crate::place::NO_ACCOUNT;

/// The policies of `instance` for `permissions`, or everything that is wrong with them.
pub fn generate(
    instance: &InstanceId,
    permissions: &[Permission],
    facts: &Facts<'_>,
) -> Result<Vec<AppPolicy>, Vec<PermissionError>> {
    let (mut policies, mut errors) = (Vec::<AppPolicy>::new(), Vec::new());
    for permission in permissions {
        match policies_of(instance, permission, facts) {
            Ok(made) => policies.extend(made),
            Err(message) => errors.push(PermissionError {
                declared_at: permission.source.clone(),
                message,
            }),
        }
    }
    let mut seen = HashSet::new();
    policies.retain(|policy| seen.insert(policy.id.clone()));
    if errors.is_empty() {
        Ok(policies)
    } else {
        Err(errors)
    }
}

fn policies_of(
    instance: &InstanceId,
    permission: &Permission,
    facts: &Facts<'_>,
) -> Result<Vec<AppPolicy>, String> {
    let (plugin, account) = account_of(permission)?;
    let Some(function) = function(plugin, &permission.method) else {
        return unavailable(instance, permission).map(|policy| vec![policy]);
    };
    if permission
        .arguments
        .iter()
        .any(|pattern| pattern.contains("<CONTAINER_URL>"))
    {
        return Ok(vec![placeholder(instance, permission)]);
    }
    let effect = effect(permission, function)?;
    if permission.arguments.len() > function.parameters.len().max(8) {
        return Err(format!(
            "{} takes at most {} arguments",
            permission.name(),
            function.parameters.len()
        ));
    }
    let reading = Reading {
        function,
        permission,
        app: app_of(instance),
        account,
        facts,
    };
    let call = match function.plugin {
        "http.in" => http::read(&reading)?,
        "exec.in" => exec::read(&reading)?,
        "proxy.in" => proxy::read(&reading)?,
        "store.in" => store::read(&reading)?,
        _ => fs::read(&reading)?,
    };
    let secrets = secret::read(&reading, &call)?;
    let finish = |draft: Draft, action: Action, effect: Effect| {
        finish(instance, permission, draft, (action, effect))
    };
    let mut policies = vec![finish(call, function.action, effect)?];
    for draft in secrets {
        policies.push(finish(
            draft,
            Action::SecretResolve,
            Action::SecretResolve.effect(),
        )?);
    }
    Ok(policies)
}

/// The plugin that is asked for, and for which account.
fn account_of(permission: &Permission) -> Result<(&str, &str), String> {
    let (plugin, account) = account(&permission.plugin);
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
    if plugin.len() < permission.plugin.len()
        && (account.is_empty() || account == NO_ACCOUNT || !account.chars().all(plain))
    {
        return Err(format!(
            "`{}` names no account; write letters, digits and . _ - after `#`, and not `{NO_ACCOUNT}`",
            permission.plugin
        ));
    }
    Ok((plugin, account))
}

/// The app of an instance: `app_x` of `app_x@prod`.
fn app_of(instance: &InstanceId) -> &str {
    let id = instance.as_str();
    id.rsplit_once('@').map_or(id, |(app, _)| app)
}

/// An author may declare more effect than the function has, never less.
fn effect(permission: &Permission, function: &Function) -> Result<Effect, String> {
    match (permission.kind, function.effect()) {
        (None | Some(Effect::Read), Effect::Read) => Ok(Effect::Read),
        (Some(Effect::Write), Effect::Read) => Ok(Effect::Write),
        (None | Some(Effect::Write), effect) => Ok(effect),
        (Some(Effect::Read), _) => Err(format!(
            "declares {} as read, but it writes; leave `type` out or say `ace.WRITE`",
            permission.name()
        )),
        (Some(Effect::System | Effect::Admin | Effect::Access), _) => Err(format!(
            "declares {} with an effect that is neither read nor write",
            permission.name()
        )),
    }
}

fn finish(
    instance: &InstanceId,
    permission: &Permission,
    mut draft: Draft,
    (action, effect): (Action, Effect),
) -> Result<AppPolicy, String> {
    let (_, account) = account(&permission.plugin);
    if !permission.permit.is_empty() {
        let held = est::binary(
            "containsAny",
            est::context(&["caller", "perms"]),
            est::set(&permission.permit),
        );
        draft.conditions.push(held);
    }
    let permit = est::Permit {
        instance: instance.as_str(),
        action: action.as_str(),
        resource: &draft.resource,
        conditions: &draft.conditions,
        account,
    };
    let (id, risk) = (
        permit.id()?,
        (!draft.risks.is_empty()).then(|| draft.risks.join("; ")),
    );
    let notes = [
        ("id", Some(id.clone())),
        ("declared", Some(permission.declared())),
        ("source", permission.source.clone()),
        ("risk", risk.clone()),
    ];
    let notes = notes
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))))
        .collect();
    Ok(AppPolicy {
        text: permit.text(&notes)?,
        id,
        declared: permission.declared(),
        source: permission.source.clone(),
        risk,
        level: level(draft.level, effect),
        effect,
        regex: draft.regex,
        account: Some(account.to_owned()),
    })
}

/// Writing reaches one step further than reading.
fn level(reach: u8, effect: Effect) -> u8 {
    match effect {
        Effect::Write => (reach + 1).min(3),
        Effect::Read | Effect::System | Effect::Admin | Effect::Access => reach,
    }
}

/// Plugins that OpenRun has and this version has not.
const LATER: &[&str] = &["container.in", "openrun.in", "openrun_admin.in", "build.in"];

fn unavailable(instance: &InstanceId, permission: &Permission) -> Result<AppPolicy, String> {
    let (plugin, _) = account(&permission.plugin);
    let known = functions().iter().any(|function| function.plugin == plugin);
    if known {
        return Err(format!("{plugin} has no function `{}`", permission.method));
    }
    let named = LATER.contains(&plugin) || plugin.ends_with(".ex");
    if named {
        Ok(placeholder(instance, permission))
    } else {
        Err(format!("there is no plugin `{plugin}`"))
    }
}

/// Shown at approval; permits nothing.
fn placeholder(instance: &InstanceId, permission: &Permission) -> AppPolicy {
    let declared = permission.declared();
    AppPolicy {
        id: format!("a.{instance}.{}", hash16(&declared)),
        text: String::new(),
        declared,
        source: permission.source.clone(),
        risk: Some("not available in this version; calls are refused".to_owned()),
        level: 0,
        effect: permission.kind.unwrap_or(Effect::Read),
        regex: Vec::new(),
        account: Some(account(&permission.plugin).1.to_owned()),
    }
}
