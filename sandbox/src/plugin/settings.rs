//! Settings of plugins, and which of them an app gets. An operator writes blocks of settings, one for a
//! plugin (`store.in`) and more for its accounts (`store.in#work`), and links apps to accounts. The name
//! by which an app loads a plugin is its author's and picks no block by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

/// One block of settings.
pub type Block = BTreeMap<String, String>;

/// Every block, by the plugin or account it is for.
pub type Blocks = BTreeMap<String, Block>;

/// The account of each plugin that an app is linked to, by the name the app loads the plugin with.
pub type Links = BTreeMap<String, String>;

/// What each plugin can be told; a plugin that is not here does not exist.
const KEYS: &[(&str, &[&str])] = &[
    ("store.in", &["db_connection", "password_file"]),
    ("fs.in", &[]),
    ("http.in", &[]),
    ("exec.in", &[]),
    ("proxy.in", &[]),
    ("container.in", &[]),
    ("openrun.in", &[]),
];

/// The keys that settings of `plugin` may have, if there is such a plugin.
pub fn keys(plugin: &str) -> Option<&'static [&'static str]> {
    let known = KEYS.iter().find(|(name, _)| *name == plugin);
    known.map(|(_, keys)| *keys)
}

/// The plugins that may have settings.
pub fn plugins() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(name, _)| *name)
}

/// Whether a setting of `plugin` can be what it is; the error says why not.
pub fn check(plugin: &str, key: &str, value: &str) -> Result<(), String> {
    match (plugin, key) {
        ("store.in", "db_connection") => store::check_address(value),
        _ => Ok(()),
    }
}

/// The settings of one app.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    blocks: Arc<Blocks>,
    links: Links,
}

impl Accounts {
    /// The settings among `blocks` for an app with these links.
    #[must_use]
    pub fn new(blocks: Arc<Blocks>, links: Links) -> Self {
        Self { blocks, links }
    }

    /// The settings for a plugin loaded by the name `loaded`: those of the account it is linked to, else
    /// those of the plugin alone. Without either there are none.
    pub fn settings(&self, loaded: &str) -> &Block {
        static NONE: Block = Block::new();
        let (plugin, _) = policy::account(loaded);
        let block = match self.links.get(loaded) {
            Some(account) => self.blocks.get(&format!("{plugin}#{account}")),
            None => self.blocks.get(plugin),
        };
        block.unwrap_or(&NONE)
    }

    /// Whether the plugin loaded by this name is linked to an account that has no settings: what it
    /// would do without them is not what the operator meant.
    pub fn is_astray(&self, loaded: &str) -> bool {
        let (plugin, _) = policy::account(loaded);
        let link = self.links.get(loaded);
        link.is_some_and(|account| !self.blocks.contains_key(&format!("{plugin}#{account}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_pick_the_block() {
        let block = |value: &str| Block::from([("db_connection".to_owned(), value.to_owned())]);
        let blocks = Blocks::from([
            ("store.in".to_owned(), block("bare")),
            ("store.in#work".to_owned(), block("work")),
            ("store.in#home".to_owned(), block("home")),
        ]);
        let links = Links::from([
            ("store.in#mine".to_owned(), "work".to_owned()),
            ("store.in#gone".to_owned(), "nowhere".to_owned()),
        ]);
        let accounts = Accounts::new(Arc::new(blocks), links);
        let check = |loaded: &str, expected: Option<&str>| {
            let found = accounts.settings(loaded).get("db_connection");
            assert_eq!(found.map(String::as_str), expected, "{loaded}");
        };
        check("store.in", Some("bare"));
        check("store.in#mine", Some("work"));
        check("store.in#home", Some("bare"));
        check("store.in#gone", None);
        check("http.in", None);
        assert!(accounts.is_astray("store.in#gone"));
        assert!(!accounts.is_astray("store.in#mine") && !accounts.is_astray("store.in"));
    }
}
