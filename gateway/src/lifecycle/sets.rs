//! App sets: the lists of apps that guardrails make exceptions for.

use std::sync::Arc;

use serde_json::json;

use super::{LifecycleError, approve::current, install::Stored};
use crate::{admin::Context, authority::Authority, catalog::Installed};

/// Puts the app into `set`; answers whether that changed anything.
pub(crate) async fn join(
    context: &Context,
    authority: &Authority,
    set: &str,
    app: &Installed,
) -> Result<bool, LifecycleError> {
    let state = context.state();
    let _turn = context.turn().await?;
    let (stored, served) = noted(context, "change.set-added", set, app).await?;
    let changed = state
        .store
        .add_to_set(authority, set, &stored.app.id)
        .await?;
    serve(context, &served).await?;
    Ok(changed)
}

/// Takes the app out of `set`; answers whether that changed anything.
pub(crate) async fn leave(
    context: &Context,
    authority: &Authority,
    set: &str,
    app: &Installed,
) -> Result<bool, LifecycleError> {
    let state = context.state();
    let _turn = context.turn().await?;
    let (stored, served) = noted(context, "change.set-removed", set, app).await?;
    let changed = state
        .store
        .remove_from_set(authority, set, &stored.app.id)
        .await?;
    serve(context, &served).await?;
    Ok(changed)
}

async fn noted(
    context: &Context,
    kind: &str,
    set: &str,
    app: &Installed,
) -> Result<(Stored, Arc<Installed>), LifecycleError> {
    let (stored, served) = current(context, app).await?;
    let facts = json!({"path": app.address.to_string(), "app": stored.app.id});
    context
        .note(kind, ("AppSet", set), facts, json!({}))
        .await?;
    Ok((stored, served))
}

/// Serves the same version under its new memberships.
async fn serve(context: &Context, app: &Installed) -> Result<(), LifecycleError> {
    let state = context.state();
    let stored = Stored::at(&state.store, &app.address).await?;
    context.swap(stored.install(&state.sandbox, Arc::clone(&app.source))?);
    Ok(())
}
