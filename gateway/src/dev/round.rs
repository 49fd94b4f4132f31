//! One look at an app's folder: when it holds something else than before, the app is reloaded in the name of
//! its creator, after policy has said that they still may.

use std::{path::PathBuf, sync::Arc};

use policy::{AdminAction, AdminCall, AdminResource, Moment};
use sandbox::{Source, SourceLimits};

use super::{creator, desk::Live, failure::Failure};
use crate::{
    State,
    admin::{Context, chain},
    authority::Authority,
    catalog::Installed,
    lifecycle::{self, LifecycleError, Stored},
};

/// Reloads the app unless its files are those of the last look.
pub(super) async fn round(state: &Arc<State>, live: &Live) {
    let folder = live.folder.clone();
    // What cannot be read is a state as well, which ends when it can.
    let hash = tokio::task::spawn_blocking(move || hash(folder)).await;
    if !live.see(hash.unwrap_or_default()) {
        return;
    }
    let Some(app) = state.catalog.load().by_id(&live.app) else {
        return;
    };
    if let Err(error) = reload(state, &app).await {
        let text = chain(&error);
        if live.went(Some(Failure { text, place: None })) {
            state.dev.ring(&live.app);
        }
    }
}

fn hash(folder: PathBuf) -> String {
    match Source::read_real(&folder, SourceLimits::default()) {
        Ok(source) => source.hash(),
        Err(error) => chain(&error),
    }
}

/// Fails only before the reload itself, which tells about its own failures.
async fn reload(state: &Arc<State>, app: &Arc<Installed>) -> Result<(), LifecycleError> {
    let stored = Stored::at(&state.store, &app.address).await?;
    let caller = creator::creator(state, &stored.app).await?;
    let at = creator::moment(state);
    let call = AdminCall {
        action: AdminAction::AppUpdate,
        resource: AdminResource::App(app.instance.app.clone(), app.instance.space.clone()),
        cargo: Arc::clone(app),
    };
    let permit = state.gate.admit(&caller, call, &at).await?;
    let (call, by) = Authority::spend(permit);
    let at = Moment {
        parent: Some(by.id().clone()),
        ..at
    };
    let context = Context::new(Arc::clone(state), caller, at);
    let done = lifecycle::reload(&context, &by, &call.cargo, false).await;
    by.close_with(&done);
    Ok(())
}
