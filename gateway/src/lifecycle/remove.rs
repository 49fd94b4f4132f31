//! Deleting: the app's rights go first, then the app.

use std::sync::Arc;

use serde_json::json;

use super::{LifecycleError, approve::current};
use crate::{admin::Context, authority::Authority, catalog::Installed, dev};

/// Deletes the app with its versions and approvals.
pub(crate) async fn remove(
    context: &Context,
    authority: &Authority,
    app: &Installed,
) -> Result<(), LifecycleError> {
    let state = context.state();
    let _turn = context.turn().await?;
    let (stored, served) = current(context, app).await?;
    let facts = json!({"path": app.address.to_string(), "version": stored.version.version, "spec_hash": stored.version.spec_hash});
    context
        .note(
            "change.deleted",
            ("App", &stored.app.id),
            facts,
            json!({"source": stored.app.source}),
        )
        .await?;
    if stored.approval.is_some() {
        let engine = state.gate.engine().with_app(stored.instance_id(), None)?;
        state
            .gate
            .activate(engine, context.caller(), context.at())
            .await?;
    }
    state.store.delete_app(authority, &stored.app.id).await?;
    state
        .catalog
        .rcu(|catalog| Arc::new(catalog.without(&app.address)));
    dev::leave(state, &served.instance.app).await;
    tokio::spawn(async move { served.app.stop().await });
    Ok(())
}
