//! Approving: the current version gets exactly what it declares.

use std::sync::Arc;

use policy::AppPolicies;
use serde_json::json;

use super::{LifecycleError, install::Stored, report};
use crate::{
    admin::Context,
    authority::Authority,
    catalog::Installed,
    store::ApprovalRow,
    wire::{Approval, Change, Mark},
};

/// What exactly is approved.
#[derive(Clone, Copy, Default)]
pub(crate) struct Approving<'h> {
    /// Only the version whose hash begins with this: the one that was looked at.
    pub hash: Option<&'h str>,
    /// Nothing; only tell what it would be.
    pub dry_run: bool,
}

/// Approves what the app declares now.
pub(crate) async fn approve(
    context: &Context,
    authority: &Authority,
    app: &Installed,
    what: Approving<'_>,
) -> Result<Change, LifecycleError> {
    let state = context.state();
    let _turn = context.turn().await?;
    let (mut stored, served) = current(context, app).await?;
    let before = report::stored(state, &stored)?;
    if let Some(hash) = what
        .hash
        .filter(|hash| hash.len() < 8 || !before.spec_hash.starts_with(hash))
    {
        return Err(LifecycleError::Other {
            given: hash.to_owned(),
            now: before.spec_hash,
        });
    }
    if what.dry_run {
        return Ok(Change {
            dry_run: true,
            ..before
        });
    }
    if approved_already(&stored, &before) {
        return Ok(before);
    }
    let policies = stored.declared()?;
    let id = stored.instance_id();
    // Built before anything is noted, so that policies that do not fit leave no approval behind.
    let active = AppPolicies {
        instance: id.clone(),
        policies: policies.clone(),
    };
    let engine = state.gate.engine().with_app(id, Some(active))?;
    let ids: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    let facts = json!({
        "path": before.path, "version": stored.version.version, "spec_hash": stored.version.spec_hash,
        "policies": ids, "approver": context.who(),
    });
    let declared: Vec<&str> = policies
        .iter()
        .map(|policy| policy.declared.as_str())
        .collect();
    let seq = context
        .note(
            "change.approved",
            ("App", &stored.app.id),
            facts,
            json!({"declared": declared}),
        )
        .await?;
    let approval = ApprovalRow {
        app: stored.app.id.clone(),
        version: stored.version.version,
        spec_hash: stored.version.spec_hash.clone(),
        policies: serde_json::to_string(&policies)?,
        approved: context.now_ns(),
        approved_by: context.who(),
        seq,
    };
    state
        .store
        .insert_approval(authority, approval.clone())
        .await?;
    state
        .gate
        .activate(engine, context.caller(), context.at())
        .await?;
    stored.approval = Some(approval);
    let next = stored.install((&state.sandbox, &state.config), Arc::clone(&served.source))?;
    context.swap(next);
    // What waited for the approval can be generated now.
    state.dev.wake(&served.instance.app);
    Ok(Change {
        approval: Approval::Approved,
        changed: true,
        ..before
    })
}

/// Whether the newest approval is about exactly this version.
fn approved_already(stored: &Stored, now: &Change) -> bool {
    let same = now.permissions.iter().all(|line| line.state == Mark::Same);
    let approval = stored.approval.as_ref();
    same && approval.is_some_and(|approval| approval.spec_hash == stored.version.spec_hash)
}

/// The app as it is stored and served now; it must still be the one that was judged.
pub(super) async fn current(
    context: &Context,
    app: &Installed,
) -> Result<(Stored, Arc<Installed>), LifecycleError> {
    let missing = || LifecycleError::Missing(app.address.to_string());
    let served = context
        .state()
        .catalog
        .load()
        .by_id(&app.instance.app)
        .ok_or_else(missing)?;
    let stored = Stored::at(&context.state().store, &app.address).await?;
    if stored.app.id == app.instance.app.as_str() {
        Ok((stored, served))
    } else {
        Err(missing())
    }
}
