//! Operations on the accounts that apps are linked to.

use super::Context;
use crate::{
    authority::Authority,
    catalog::Installed,
    lifecycle::{self, Linking, Stored},
    wire::{AccountChanged, AccountList, LinkAccount, LinkedAccount, Problem, UnlinkAccount},
};

/// `account.link`.
pub(super) async fn link(
    context: &Context,
    by: &Authority,
    app: &Installed,
    request: &LinkAccount,
) -> Result<AccountChanged, Problem> {
    let what = Linking {
        plugin: &request.plugin,
        account: Some(&request.account),
        dry_run: request.dry_run,
    };
    Ok(lifecycle::link(context, by, app, what).await?)
}

/// `account.unlink`.
pub(super) async fn unlink(
    context: &Context,
    by: &Authority,
    app: &Installed,
    request: &UnlinkAccount,
) -> Result<AccountChanged, Problem> {
    let what = Linking {
        plugin: &request.plugin,
        account: None,
        dry_run: request.dry_run,
    };
    Ok(lifecycle::link(context, by, app, what).await?)
}

/// `account.list`.
pub(super) async fn list(context: &Context, app: &Installed) -> Result<AccountList, Problem> {
    let stored = Stored::at(&context.state().store, &app.address).await?;
    let linked = |(plugin, account)| LinkedAccount { plugin, account };
    Ok(AccountList {
        path: app.address.to_string(),
        accounts: stored.app.accounts.into_iter().map(linked).collect(),
    })
}
