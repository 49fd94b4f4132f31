//! Reloading: the source folder is read again and becomes the next version.
//!
//! The new code runs at once and stays inside what was approved before. A folder that does not load
//! changes nothing: the old version keeps running.

use serde_json::json;

use super::{
    LifecycleError,
    approve::current,
    draft::{self, Draft},
    install::Stored,
    report,
};
use crate::{
    admin::Context, authority::Authority, catalog::Installed, dev, store::Env, wire::Change,
};

/// Makes a new version of the app's folder; with `dry_run` only tells what it would be.
pub(crate) async fn reload(
    context: &Context,
    authority: &Authority,
    app: &Installed,
    dry_run: bool,
) -> Result<Change, LifecycleError> {
    let done = next(context, authority, app, dry_run).await;
    if !dry_run {
        dev::reloaded(context.state(), app, &done).await;
    }
    done
}

async fn next(
    context: &Context,
    authority: &Authority,
    app: &Installed,
    dry_run: bool,
) -> Result<Change, LifecycleError> {
    let state = context.state();
    // Tools and downloads take their time; only this app waits for them.
    let _own = dev::turn(state, app).await;
    let developed = dev::develops(app) && !dry_run;
    let early = if developed {
        Some(furnished(context, app).await?)
    } else {
        None
    };
    let _turn = context.turn().await?;
    let (stored, _) = current(context, app).await?;
    let id = stored.instance_id();
    let draft = match early {
        Some(draft) => draft,
        None => {
            let address = stored.address()?;
            Draft::read(
                state,
                (&id, &address),
                &stored.app.source,
                &stored.app.params,
            )
            .await?
        }
    };
    if draft.spec_hash == stored.version.spec_hash && draft.policies == stored.declared()? {
        return Ok(Change {
            dry_run,
            ..report::stored(state, &stored)?
        });
    }
    let approved = stored.approved()?;
    let change = report::drafted(
        state,
        &app.address,
        &draft,
        stored.approval.is_some().then_some(&*approved),
    );
    let change = Change {
        id: stored.app.id.clone(),
        version: stored.version.version,
        ..change
    };
    if dry_run {
        return Ok(Change { dry_run, ..change });
    }
    let version = store(context, authority, &stored, &draft).await?;
    let next = Stored::at(&state.store, &app.address).await?;
    let active = next.active()?;
    if active.as_ref().map(ids) != stored.active()?.as_ref().map(ids) {
        let engine = state.gate.engine().with_app(id, active)?;
        state
            .gate
            .activate(engine, context.caller(), context.at())
            .await?;
    }
    context.swap(next.install((&state.sandbox, &state.config), draft.source)?);
    Ok(Change { version, ..change })
}

/// The app's folder with everything that development mode makes in it.
async fn furnished(context: &Context, app: &Installed) -> Result<Draft, LifecycleError> {
    let (stored, _) = current(context, app).await?;
    let (id, row) = (stored.instance_id(), &stored.app);
    let source = draft::followed(&row.source).await?;
    dev::looked(context.state(), app, &source);
    let of = (&id, &stored.address()?);
    let mut draft = Draft::of(context.state(), of, source, &row.params).await?;
    draft.furnish(context, &stored).await?;
    Ok(draft)
}

async fn store(
    context: &Context,
    authority: &Authority,
    stored: &Stored,
    draft: &Draft,
) -> Result<u64, LifecycleError> {
    let facts = json!({
        "path": stored.address()?.to_string(), "version": stored.version.version.saturating_add(1),
        "spec_hash": draft.spec_hash, "previous": stored.version.spec_hash,
    });
    let declared: Vec<&str> = draft
        .policies
        .iter()
        .map(|policy| policy.declared.as_str())
        .collect();
    context
        .note(
            "change.updated",
            ("App", &stored.app.id),
            facts,
            json!({"declared": declared}),
        )
        .await?;
    let version = draft.version(context.now_ns(), context.who())?;
    let store = &context.state().store;
    let version = store
        .insert_version(authority, &stored.app.id, version)
        .await?;
    if stored.app.env == Env::Dev {
        store.forget_versions(authority, &stored.app.id).await?;
    }
    Ok(version)
}

fn ids(policies: &policy::AppPolicies) -> Vec<String> {
    let policies = policies.policies.iter();
    policies.map(|policy| policy.id.clone()).collect()
}
