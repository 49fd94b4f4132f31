//! Operations on app sets.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    authority::Authority,
    catalog::Installed,
    lifecycle::{self, Membership},
    wire::{Problem, SetApp, SetChanged, SetSummary},
};

/// `set.add` and `set.remove`.
pub(super) async fn enlist(
    context: &Context,
    by: &Authority,
    app: &Installed,
    request: SetApp,
    membership: Membership,
) -> Result<SetChanged, Problem> {
    let changed = lifecycle::enlist(context, by, &request.set, app, membership).await?;
    Ok(SetChanged {
        set: request.set,
        path: app.address.to_string(),
        changed,
    })
}

/// `set.list`.
pub(super) fn list(context: &Context) -> Vec<SetSummary> {
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for app in context.state().catalog.load().apps() {
        for set in &app.instance.sets {
            sets.entry(set.to_string())
                .or_default()
                .push(app.address.to_string());
        }
    }
    sets.into_iter()
        .map(|(set, apps)| SetSummary { set, apps })
        .collect()
}
