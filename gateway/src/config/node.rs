//! `[node]`: what apps may know of the server they run on, through `ace.config`.

use sandbox::Surroundings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reference::{Field, field};

/// `[node]`: entries for all apps.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Environment values that may stand in texts as `$NAME`.
    pub allowed_env: Vec<String>,
    /// Entries by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
}

impl Default for Node {
    fn default() -> Self {
        Node {
            allowed_env: vec!["HOME".to_owned(), "PATH".to_owned()],
            config: Map::new(),
        }
    }
}

impl Node {
    /// What every app is told.
    pub fn surroundings(&self) -> Surroundings {
        let value = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
        Surroundings {
            node: self.config.clone(),
            environment: self.allowed_env.iter().filter_map(value).collect(),
            ..Surroundings::default()
        }
    }
}

pub(super) const TEXT: &str = "What apps may know of this server. `ace.config(key, default)` gives the entry `key` of \
`[node.config]`, which is free: `region = \"eu\"`. Texts it gives, defaults too, have `$NAME` replaced by the value that \
the server's environment has under an allowed name.";

pub(super) const NODE: &[Field] = &[field(
    "allowed_env",
    "[\"HOME\", \"PATH\"]",
    "Names of environment values that apps may read; never name one that is a secret.",
)];

#[cfg(test)]
mod tests {
    use super::super::Config;

    #[test]
    fn entries_are_free_and_other_keys_are_not() {
        let text = "[node]\nallowed_env = []\n[node.config]\nregion = \"eu\"\nsizes = [1, 2]\n";
        let around = Config::parse("c", text).unwrap().node.surroundings();
        assert_eq!(around.node["region"], "eu");
        assert_eq!(around.node["sizes"][1], 2);
        assert!(around.environment.is_empty());
        assert!(Config::parse("c", "[node]\nregion = 1").is_err());
    }
}
