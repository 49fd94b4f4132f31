//! Operations on apps.

use std::sync::Arc;

use policy::{AdminAction, AdminCall};
use sandbox::{Inspection, Library, ParamInfo};

use super::{Context, operation};
use crate::{
    authority::Authority,
    catalog::{Address, Installed},
    lifecycle::{self, Approving, LifecycleError, Stored},
    store::Env,
    wire::{
        AppDetail, AppSummary, ApproveApp, Change, CreateApp, Nothing, Parameter, Problem,
        ReloadApp,
    },
};

/// `app.create` or `app.develop`, followed by `app.approve` when asked for.
pub(super) async fn create(
    context: &Context,
    by: &Authority,
    place: (&Address, Env),
    request: &CreateApp,
) -> Result<Change, Problem> {
    let (change, installed) = lifecycle::create(context, by, place, request).await?;
    match installed {
        Some(app) if request.approve => approve_too(context, &app).await,
        Some(_) | None => Ok(change),
    }
}

/// `app.update`: of the files, followed by `app.approve` when asked for, or of how people sign in.
pub(super) async fn reload(
    context: &Context,
    by: &Authority,
    app: &Installed,
    request: &ReloadApp,
) -> Result<Change, Problem> {
    if let Some(auth) = &request.auth {
        let what = (auth.as_str(), request.dry_run);
        return Ok(lifecycle::set_auth(context, by, app, what).await?);
    }
    let change = lifecycle::reload(context, by, app, request.dry_run).await?;
    match context.state().catalog.load().at(&app.address) {
        Some(now) if request.approve && !request.dry_run => {
            let approved = approve_too(context, &now).await?;
            Ok(Change {
                changed: change.changed || approved.changed,
                ..approved
            })
        }
        Some(_) | None => Ok(change),
    }
}

/// `app.approve`.
pub(super) async fn approve(
    context: &Context,
    by: &Authority,
    app: &Installed,
    request: &ApproveApp,
) -> Result<Change, Problem> {
    let what = Approving {
        hash: request.hash.as_deref(),
        dry_run: request.dry_run,
    };
    Ok(lifecycle::approve(context, by, app, what).await?)
}

/// Approving is its own question to policy, also when it is asked for in one breath.
async fn approve_too(context: &Context, app: &Arc<Installed>) -> Result<Change, Problem> {
    let call = AdminCall {
        action: AdminAction::AppApprove,
        resource: operation::resource(app),
        cargo: Arc::clone(app),
    };
    let (call, by) = Authority::spend(context.admit(call).await?);
    let result = lifecycle::approve(context, &by, &call.cargo, Approving::default()).await;
    by.close_with(&result);
    Ok(result?)
}

/// `app.delete`.
pub(super) async fn delete(
    context: &Context,
    by: &Authority,
    app: &Installed,
) -> Result<Nothing, Problem> {
    lifecycle::remove(context, by, app).await?;
    Ok(Nothing {})
}

/// `app.list`.
pub(super) async fn list(context: &Context) -> Result<Vec<AppSummary>, Problem> {
    let store = &context.state().store;
    let mut list = Vec::new();
    for app in store.apps().await? {
        list.push(summary(&Stored::read(store, app).await?)?);
    }
    Ok(list)
}

/// `app.read`.
pub(super) async fn show(context: &Context, app: &Installed) -> Result<AppDetail, Problem> {
    let stored = Stored::at(&context.state().store, &app.address).await?;
    let routes = app
        .inspection
        .routes
        .iter()
        .map(|route| format!("{} {}", route.method, route.pattern));
    let permissions = permissions(&stored)?;
    let failure = context.state().dev.failure(&app.instance.app);
    Ok(AppDetail {
        summary: summary(&stored)?,
        urls: lifecycle::urls(context.state(), &app.address),
        spec_hash: stored.version.spec_hash.clone(),
        params: stored.app.params.clone(),
        declared: declared(&app.inspection, &stored),
        loads: app.inspection.loads.clone(),
        tables: tables(&app.inspection),
        style: app
            .inspection
            .style
            .as_ref()
            .map(|style| style.library.clone()),
        libraries: app.inspection.libraries.iter().map(library).collect(),
        routes: routes.collect(),
        permissions,
        approval_seq: stored.approval.as_ref().map(|approval| approval.seq),
        approved_by: stored
            .approval
            .as_ref()
            .map(|approval| approval.approved_by.clone()),
        problem: failure.map(|failure| failure.text.clone()),
        warnings: app.inspection.warnings.clone(),
    })
}

fn declared(inspection: &Inspection, stored: &Stored) -> Vec<Parameter> {
    let parameter = |info: &ParamInfo| Parameter {
        name: info.name.clone(),
        kind: info.kind.clone(),
        description: info.description.clone(),
        value: (info.display != "password").then(|| info.value.clone()),
        default: !stored.app.params.contains_key(&info.name),
    };
    inspection.params.iter().map(parameter).collect()
}

fn tables(inspection: &Inspection) -> Vec<String> {
    let types = inspection.schema.iter().flat_map(|schema| &schema.types);
    types.map(|kind| kind.name.clone()).collect()
}

fn library(library: &Library) -> String {
    match library {
        Library::Url(url) => url.clone(),
        Library::Package { name, version, .. } => format!("{name} {version}"),
    }
}

fn summary(stored: &Stored) -> Result<AppSummary, LifecycleError> {
    Ok(AppSummary {
        path: stored.address()?.to_string(),
        name: stored.inspection()?.name,
        id: stored.app.id.clone(),
        env: stored.app.env.name().to_owned(),
        version: stored.version.version,
        approval: lifecycle::approval(stored.approval.is_some(), &permissions(stored)?),
        source: stored.app.source.clone(),
        sets: stored.app.sets.clone(),
        auth: stored.app.auth.name().to_owned(),
    })
}

fn permissions(stored: &Stored) -> Result<Vec<crate::wire::PermissionLine>, LifecycleError> {
    Ok(lifecycle::lines(&stored.approved()?, &stored.declared()?))
}
