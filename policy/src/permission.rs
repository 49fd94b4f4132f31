//! What an app asks for, in the words of its author, and the Cedar policies that come of it.

mod draft;
mod est;
mod exec;
mod fs;
mod http;
mod secret;

use std::collections::HashSet;
use std::path::PathBuf;

use audit::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use self::draft::{Draft, Reading};
use crate::action::Action;
use crate::ids::{InstanceId, SecretId};
use crate::manifest::{Function, function, functions};
use crate::printed;

/// Bound on the compiled size of one regular expression.
const REGEX_SIZE: usize = 256 * 1024;

/// One `ace.permission(…)` of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// The plugin, for example `http.in`.
    pub plugin: String,
    /// The function.
    pub method: String,
    /// Patterns of the arguments, in the order of the parameters.
    pub arguments: Vec<String>,
    /// The secrets the call may carry, each as its keys.
    pub secrets: Vec<Vec<String>>,
    /// Permissions of the person, any of which is needed.
    pub permit: Vec<String>,
    /// The effect the author declares.
    pub kind: Option<Effect>,
    /// Where it was declared: `app.star:52`.
    pub source: Option<String>,
}

/// What generating needs to know of the world.
pub struct Facts<'a> {
    /// Finds a program by name and answers its real path.
    pub program: &'a dyn Fn(&str) -> Option<PathBuf>,
    /// The real path of a file.
    pub real_path: &'a dyn Fn(&str) -> PathBuf,
    /// The secrets that the app's source refers to.
    pub secrets: &'a [SecretId],
    /// The provider of references that name none.
    pub default_provider: &'a str,
}

/// A policy generated from a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppPolicy {
    /// `a.<instance>.<hash>`; an unchanged permission keeps it.
    pub id: String,
    /// The Cedar policy; empty when the function is not available in this version.
    pub text: String,
    /// The permission as declared.
    pub declared: String,
    /// Where it was declared.
    pub source: Option<String>,
    /// What an approver should know.
    pub risk: Option<String>,
    /// 0 a read of a named target … 3 a program, any URL for writing, a regular expression.
    pub level: u8,
    /// The effect.
    pub effect: Effect,
    /// The regular expressions it depends on.
    pub regex: Vec<Regex>,
}

/// A regular expression that an app declared. The gateway evaluates it, Cedar sees whether it matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regex {
    /// `rx:<hash>`.
    pub id: String,
    /// The expression; always anchored at both ends.
    pub pattern: String,
    /// The action whose calls it looks at.
    pub action: String,
    /// The index of the parameter it looks at.
    pub index: usize,
}

/// A permission that cannot be granted as declared.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}{message}", source_prefix(.declared_at))]
pub struct PermissionError {
    /// Where it was declared.
    pub declared_at: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

fn source_prefix(source: &Option<String>) -> String {
    source
        .as_ref()
        .map_or_else(String::new, |source| format!("{source}: "))
}

/// What changes between the approved policies and the declared ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Approved and still declared.
    pub same: Vec<AppPolicy>,
    /// Declared and not approved.
    pub new: Vec<AppPolicy>,
    /// Approved and no longer declared.
    pub gone: Vec<AppPolicy>,
}

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
    let Some(function) = function(&permission.plugin, &permission.method) else {
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
        facts,
    };
    let call = match function.plugin {
        "http.in" => http::read(&reading)?,
        "exec.in" => exec::read(&reading)?,
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
const LATER: &[&str] = &[
    "store.in",
    "container.in",
    "proxy.in",
    "openrun.in",
    "openrun_admin.in",
    "build.in",
];

fn unavailable(instance: &InstanceId, permission: &Permission) -> Result<AppPolicy, String> {
    let plugin = permission.plugin.as_str();
    let known = functions().iter().any(|function| function.plugin == plugin);
    if known {
        return Err(format!("{plugin} has no function `{}`", permission.method));
    }
    let named = LATER.contains(&plugin) || plugin.ends_with(".ex") || plugin.contains('#');
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
    }
}

/// The expression for whole texts. It is compiled alone first: `a)|(b` must not break out of the anchors.
pub(crate) fn anchored(pattern: &str) -> Result<::regex::Regex, ::regex::Error> {
    let build = |pattern: &str| {
        ::regex::RegexBuilder::new(pattern)
            .size_limit(REGEX_SIZE)
            .dfa_size_limit(REGEX_SIZE / 4)
            .build()
    };
    build(pattern)?;
    build(&format!("\\A(?:{pattern})\\z"))
}

/// The first 16 hex digits of a hash.
fn hash16(text: &str) -> String {
    let mut hash = format!("{:x}", Sha256::digest(text));
    hash.truncate(16);
    hash
}

impl Permission {
    fn name(&self) -> String {
        format!("{}.{}", self.plugin, self.method)
    }

    /// The permission as its author would write it.
    pub fn declared(&self) -> String {
        let mut parts = vec![
            printed::string(&self.plugin),
            printed::string(&self.method),
            printed::list(&self.arguments),
        ];
        match self.kind {
            Some(Effect::Read) => parts.push("type=\"READ\"".to_owned()),
            Some(Effect::Write) => parts.push("type=\"WRITE\"".to_owned()),
            None | Some(Effect::System | Effect::Admin | Effect::Access) => {}
        }
        if !self.secrets.is_empty() {
            let tuples: Vec<String> = self
                .secrets
                .iter()
                .map(|keys| printed::list(keys))
                .collect();
            parts.push(format!("secrets=[{}]", tuples.join(", ")));
        }
        if !self.permit.is_empty() {
            parts.push(format!("permit={}", printed::list(&self.permit)));
        }
        format!("ace.permission({})", parts.join(", "))
    }
}

impl Regex {
    /// An expression over one parameter of one action. Its id holds both, so that a match elsewhere never
    /// counts here.
    fn new(action: Action, index: usize, pattern: &str) -> Result<Regex, String> {
        if pattern.is_empty() {
            return Err(
                "`regex:` with nothing after it matches nothing; name an expression".to_owned(),
            );
        }
        anchored(pattern).map_err(|error| format!("`regex:{pattern}` cannot be used: {error}"))?;
        let id = format!("rx:{}", hash16(&format!("{action}\0{index}\0{pattern}")));
        Ok(Regex {
            id,
            pattern: pattern.to_owned(),
            action: action.as_str().to_owned(),
            index,
        })
    }
}

/// Compares by id: an unchanged permission keeps its id.
pub fn compare(approved: &[AppPolicy], declared: &[AppPolicy]) -> Difference {
    let has = |list: &[AppPolicy], id: &str| list.iter().any(|policy| policy.id == id);
    let (same, new) = declared
        .iter()
        .cloned()
        .partition(|policy| has(approved, &policy.id));
    let gone = approved
        .iter()
        .filter(|policy| !has(declared, &policy.id))
        .cloned()
        .collect();
    Difference { same, new, gone }
}

#[cfg(test)]
mod tests;
