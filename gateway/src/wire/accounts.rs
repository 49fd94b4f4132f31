//! Links of apps to accounts of plugins.

use serde::{Deserialize, Serialize};

/// `account.link`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkAccount {
    /// `[host:]/path`.
    pub path: String,
    /// The plugin as the app loads it.
    pub plugin: String,
    /// The account whose settings it gets.
    pub account: String,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// `account.unlink`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UnlinkAccount {
    /// `[host:]/path`.
    pub path: String,
    /// The plugin as the app loads it.
    pub plugin: String,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Answer to `account.link` and `account.unlink`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AccountChanged {
    /// `[host:]/path`.
    pub path: String,
    /// The plugin as the app loads it.
    pub plugin: String,
    /// The account it is linked to now, if any.
    pub account: Option<String>,
    /// Whether anything is different now.
    pub changed: bool,
    /// Nothing was stored.
    pub dry_run: bool,
}

/// Answer to `account.list`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AccountList {
    /// `[host:]/path`.
    pub path: String,
    /// The plugins that are linked to an account.
    pub accounts: Vec<LinkedAccount>,
}

/// A plugin of an app and its account.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct LinkedAccount {
    /// The plugin as the app loads it.
    pub plugin: String,
    /// The account whose settings it gets.
    pub account: String,
}
