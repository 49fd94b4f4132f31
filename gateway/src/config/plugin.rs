//! `[plugin."store.in"]` and `[plugin."store.in#work"]`: settings of plugins and of their accounts. The keys
//! are checked here, their values by what the plugin says of them.

use std::fmt;

use sandbox::{
    PluginBlocks, PluginSettings, check_plugin_setting, plugin_keys, plugins_with_settings,
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};

/// `[plugin]`: settings of plugins, by plugin or account.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Plugins(PluginBlocks);

impl Plugins {
    /// Every block.
    pub fn blocks(&self) -> &PluginBlocks {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Plugins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BlocksReader).map(Plugins)
    }
}

struct BlocksReader;

impl<'de> Visitor<'de> for BlocksReader {
    type Value = PluginBlocks;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blocks such as `[plugin.\"store.in\"]`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PluginBlocks, A::Error> {
        let mut blocks = PluginBlocks::new();
        while let Some((name, keys)) = map.next_key_seed(NameReader)? {
            let (plugin, _) = policy::account(&name);
            let block = map.next_value_seed(BlockReader { plugin, keys })?;
            blocks.insert(name, block);
        }
        Ok(blocks)
    }
}

/// Reads the name of a block; answers it with the keys that the block may have.
struct NameReader;

impl<'de> DeserializeSeed<'de> for NameReader {
    type Value = (String, &'static [&'static str]);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = String::deserialize(deserializer)?;
        let keys = known(&name).map_err(D::Error::custom)?;
        Ok((name, keys))
    }
}

/// The keys that settings for this name may have.
fn known(name: &str) -> Result<&'static [&'static str], String> {
    let (plugin, account) = policy::account(name);
    if plugin.len() < name.len() && !is_account(account) {
        return Err(format!(
            "`{name}` names no account; write letters, digits and . _ - after `#`"
        ));
    }
    plugin_keys(plugin).ok_or_else(|| {
        let plugins: Vec<String> = plugins_with_settings()
            .map(|known| format!("`{known}`"))
            .collect();
        format!(
            "unknown plugin `{plugin}`, expected one of {}",
            plugins.join(", ")
        )
    })
}

/// Whether an account may be called so.
fn is_account(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name != "-" && name.bytes().all(plain)
}

struct BlockReader<'a> {
    plugin: &'a str,
    keys: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for BlockReader<'_> {
    type Value = PluginSettings;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BlockReader<'_> {
    type Value = PluginSettings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings of a plugin")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PluginSettings, A::Error> {
        let mut block = PluginSettings::new();
        while let Some(key) = map.next_key_seed(KeyReader { keys: self.keys })? {
            let value = map.next_value_seed(ValueReader {
                plugin: self.plugin,
                key: &key,
            })?;
            block.insert(key, value);
        }
        Ok(block)
    }
}

/// Reads a value, and refuses one the plugin could not use.
struct ValueReader<'a> {
    plugin: &'a str,
    key: &'a str,
}

impl<'de> DeserializeSeed<'de> for ValueReader<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let value = String::deserialize(deserializer)?;
        let checked = check_plugin_setting(self.plugin, self.key, &value);
        checked.map_err(|problem| {
            D::Error::custom(format!("`{}` cannot be used: {problem}", self.key))
        })?;
        Ok(value)
    }
}

struct KeyReader {
    keys: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for KeyReader {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let key = String::deserialize(deserializer)?;
        if self.keys.contains(&key.as_str()) {
            Ok(key)
        } else {
            Err(D::Error::unknown_field(&key, self.keys))
        }
    }
}

pub(super) const TEXT: &str = "Settings of plugins: a block `[plugin.\"store.in\"]` for a plugin and more for accounts of it, \
`[plugin.\"store.in#work\"]`. Apps get the settings of the plugin; `sallyport account link` gives an app those of an account. \
An account may have a block without keys.

| plugin | key | meaning |
|---|---|---|
| `store.in` | `db_connection` | Where documents are kept: `sqlite:PATH`, which is relative to the home folder unless it begins with a slash, or `postgres://user@host:port/database`. `sslmode=disable` in its query sends everything in the clear, `sslmode=verify-full` demands TLS; without either a server on this machine is spoken to in the clear and any other must offer TLS. `sslrootcert=FILE` names an authority of your own. Without it each app has a file of its own, `store/<app id>.db`. |
| `store.in` | `password_file` | A file whose first line is the password of the PostgreSQL user. |";
