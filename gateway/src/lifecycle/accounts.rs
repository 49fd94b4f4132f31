//! Accounts of plugins: with which settings the plugins of an app run.

use std::sync::Arc;

use serde_json::json;

use super::{LifecycleError, approve::current, install::Stored};
use crate::{admin::Context, authority::Authority, catalog::Installed, wire::AccountChanged};

/// What to do with a link.
pub(crate) struct Linking<'a> {
    /// The plugin as the app loads it.
    pub plugin: &'a str,
    /// The account it gets; none takes the link away.
    pub account: Option<&'a str>,
    /// Nothing; only tell what would be.
    pub dry_run: bool,
}

/// Links a plugin of the app to an account or takes the link away, and serves the same version so.
pub(crate) async fn link(
    context: &Context,
    authority: &Authority,
    app: &Installed,
    what: Linking<'_>,
) -> Result<AccountChanged, LifecycleError> {
    let state = context.state();
    check(state.config.plugin.blocks(), &what)?;
    let _turn = context.turn().await?;
    let (stored, served) = current(context, app).await?;
    let id = &stored.app.id;
    let before = stored.app.accounts.get(what.plugin).map(String::as_str);
    let changed = AccountChanged {
        path: app.address.to_string(),
        plugin: what.plugin.to_owned(),
        account: what.account.map(str::to_owned),
        changed: before != what.account,
        dry_run: what.dry_run,
    };
    if what.dry_run || !changed.changed {
        return Ok(changed);
    }
    let kind = match what.account {
        Some(_) => "change.account-linked",
        None => "change.account-unlinked",
    };
    let facts = json!({
        "path": changed.path, "plugin": what.plugin, "account": what.account, "before": before,
    });
    context.note(kind, ("App", id), facts, json!({})).await?;
    match what.account {
        Some(account) => {
            let link = (what.plugin, account);
            state.store.link_account(authority, id, link).await?;
        }
        None => {
            let store = &state.store;
            store.unlink_account(authority, id, what.plugin).await?;
        }
    }
    let stored = Stored::at(&state.store, &served.address).await?;
    context.swap(stored.install((&state.sandbox, &state.config), Arc::clone(&served.source))?);
    Ok(changed)
}

/// A link names a plugin that there is and an account that has settings. One that does not any more can
/// still be taken away.
fn check(blocks: &sandbox::PluginBlocks, what: &Linking<'_>) -> Result<(), LifecycleError> {
    let Some(account) = what.account else {
        return Ok(());
    };
    let (plugin, _) = policy::account(what.plugin);
    if sandbox::plugin_keys(plugin).is_none() {
        return Err(LifecycleError::NoPlugin(what.plugin.to_owned()));
    }
    let block = format!("{plugin}#{account}");
    if blocks.contains_key(&block) {
        Ok(())
    } else {
        Err(LifecycleError::NoAccount(block))
    }
}
