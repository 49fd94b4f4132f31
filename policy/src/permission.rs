//! What an app asks for, in the words of its author, and the Cedar policies that come of it.

mod draft;
mod est;
mod exec;
mod fs;
mod generate;
mod http;
mod proxy;
mod secret;
mod store;

use std::path::PathBuf;

use audit::Effect;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::action::Action;
use crate::ids::SecretId;
use crate::printed;

pub use generate::generate;

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
    /// The effect the author declares; `null` when none is, never missing.
    #[serde(deserialize_with = "Option::deserialize")]
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
    /// The account of the plugin it is for, empty for the plugin alone, as its text says. Those that were
    /// stored before there were accounts have none and say nothing: see [`AppPolicy::bound`].
    #[serde(default)]
    pub account: Option<String>,
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

impl AppPolicy {
    /// The same, for calls through its plugin's own account alone. A policy from before there were accounts
    /// was approved for the plugin without one; its text gets the condition that a new one has.
    #[must_use]
    pub fn bound(self) -> AppPolicy {
        if self.account.is_some() {
            return self;
        }
        let text = match self.text.trim_end() {
            "" => String::new(),
            text => format!(
                "{}\nwhen {{ context.account == \"\" }};\n",
                text.strip_suffix(';').unwrap_or(text)
            ),
        };
        AppPolicy {
            text,
            account: Some(String::new()),
            ..self
        }
    }
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
