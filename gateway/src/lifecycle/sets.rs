//! App sets: the lists of apps that guardrails make exceptions for.

use std::sync::Arc;

use serde_json::json;

use super::{LifecycleError, approve::current, install::Stored};
use crate::{admin::Context, authority::Authority, catalog::Installed};

/// What happens to an app and a set.
#[derive(Clone, Copy)]
pub(crate) enum Membership {
    /// The app joins.
    Join,
    /// The app leaves.
    Leave,
}

/// Puts the app into `set` or takes it out, and serves the same version so; answers whether that
/// changed anything.
pub(crate) async fn enlist(
    context: &Context,
    authority: &Authority,
    set: &str,
    app: &Installed,
    membership: Membership,
) -> Result<bool, LifecycleError> {
    let state = context.state();
    let _turn = context.turn().await?;
    let (stored, served) = current(context, app).await?;
    let id = &stored.app.id;
    let kind = match membership {
        Membership::Join => "change.set-added",
        Membership::Leave => "change.set-removed",
    };
    let facts = json!({"path": app.address.to_string(), "app": id});
    context
        .note(kind, ("AppSet", set), facts, json!({}))
        .await?;
    let changed = match membership {
        Membership::Join => state.store.add_to_set(authority, set, id).await?,
        Membership::Leave => state.store.remove_from_set(authority, set, id).await?,
    };
    let stored = Stored::at(&state.store, &served.address).await?;
    context.swap(stored.install((&state.sandbox, &state.config), Arc::clone(&served.source))?);
    state.dev.wake(&served.instance.app);
    Ok(changed)
}
