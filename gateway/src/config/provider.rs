//! Names of identity providers, and what their groups mean here.

use std::{borrow::Borrow, collections::BTreeMap, fmt};

use policy::GroupId;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// Words that mean something else where a provider could be named.
const TAKEN: [&str; 11] = [
    "any",
    "builtin",
    "default",
    "local",
    "none",
    "os",
    "refused",
    "sa",
    "service",
    "system",
    "anonymous",
];

/// The name of an identity provider: part of every id and group it gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProviderName(String);

impl ProviderName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ProviderName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ProviderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        let good = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.len() <= 32
            && name.chars().all(plain);
        if !good {
            return Err(D::Error::custom(format!(
                "`{}` is no name for a provider; use up to 32 lower case letters, digits, `_` and `-`",
                name.escape_debug()
            )));
        }
        if TAKEN.contains(&name.as_str()) {
            return Err(D::Error::custom(format!(
                "`{name}` means something else already; give the provider another name"
            )));
        }
        Ok(ProviderName(name))
    }
}

/// A group as policies know it, for example `local:users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct GroupName(String);

impl<'de> Deserialize<'de> for GroupName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.split_once(':') {
            Some((provider, group)) if !provider.is_empty() && !group.is_empty() => {
                Ok(GroupName(name))
            }
            Some(_) | None => Err(D::Error::custom(format!(
                "`{}` is no group; write `local:<name>` or `<provider>:<name>`",
                name.escape_debug()
            ))),
        }
    }
}

/// What membership at a provider means here.
#[derive(Debug, Clone, Default)]
pub struct Membership {
    /// Groups everybody of the provider is in, besides `<provider>:users`.
    pub default_groups: Vec<GroupName>,
    /// Further groups by the provider's own groups.
    pub group_map: BTreeMap<String, Vec<GroupName>>,
}

impl Membership {
    /// The groups of a person of whom `provider` names these.
    pub fn groups(&self, provider: &str, named: &[String]) -> Vec<GroupId> {
        let own = named.iter().map(|group| format!("{provider}:{group}"));
        let mapped = named
            .iter()
            .filter_map(|group| self.group_map.get(group))
            .flatten();
        let given = self
            .default_groups
            .iter()
            .chain(mapped)
            .map(|group| group.0.clone());
        let everyone = std::iter::once(format!("{provider}:users"));
        let mut groups: Vec<GroupId> = everyone.chain(own).chain(given).map(GroupId::new).collect();
        groups.sort();
        groups.dedup();
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_never_leave_their_provider_unless_mapped() {
        let map = [("ops".to_owned(), vec![GroupName("local:admins".into())])];
        let membership = Membership {
            default_groups: vec![GroupName("local:users".into())],
            group_map: map.into(),
        };
        let groups = membership.groups("corp", &["ops".into(), "local:admins".into()]);
        let names: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
        assert_eq!(
            names,
            [
                "corp:local:admins",
                "corp:ops",
                "corp:users",
                "local:admins",
                "local:users"
            ]
        );
        let plain = Membership::default().groups("corp", &["local:admins".into()]);
        assert!(
            plain
                .iter()
                .all(|group| group.as_str().starts_with("corp:"))
        );
    }
}
