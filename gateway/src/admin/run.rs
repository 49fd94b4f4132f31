//! Where admin permits are spent: each operation to the function that carries it out.

use serde::Serialize;
use serde_json::Value;

use super::{
    Context, accounts, apps, operation::Operation, policies, records, services, sets, system,
    update, users,
};
use crate::{
    authority::Authority,
    lifecycle::Membership,
    wire::{ListRecords, Problem},
};

/// What an operation answers with.
pub(super) enum Reply {
    /// One JSON document.
    Document(Value),
    /// Records as they are written, until somebody goes.
    Follow(ListRecords),
}

/// Carries out an admitted operation.
pub(super) async fn run(
    context: &Context,
    by: &Authority,
    operation: Operation,
) -> Result<Reply, Problem> {
    match operation {
        Operation::CreateApp(address, request, env) => {
            reply(apps::create(context, by, (&address, env), &request).await?)
        }
        Operation::ListApps => reply(apps::list(context).await?),
        Operation::ReadApp(app) => reply(apps::show(context, &app).await?),
        Operation::ReloadApp(app, request) => {
            reply(apps::reload(context, by, &app, &request).await?)
        }
        Operation::DeleteApp(app) => reply(apps::delete(context, by, &app).await?),
        Operation::ApproveApp(app, request) => {
            reply(apps::approve(context, by, &app, &request).await?)
        }
        Operation::AddUser(request) => reply(users::add(context, by, request).await?),
        Operation::UpdateUser(request) => reply(update::update(context, by, request).await?),
        Operation::ListUsers => reply(users::list(context).await?),
        Operation::DeleteUser(request) => reply(users::delete(context, by, &request).await?),
        Operation::AddToSet(app, request) => {
            reply(sets::enlist(context, by, &app, request, Membership::Join).await?)
        }
        Operation::RemoveFromSet(app, request) => {
            reply(sets::enlist(context, by, &app, request, Membership::Leave).await?)
        }
        Operation::ListSets => reply(sets::list(context)),
        Operation::LinkAccount(app, request) => {
            reply(accounts::link(context, by, &app, &request).await?)
        }
        Operation::UnlinkAccount(app, request) => {
            reply(accounts::unlink(context, by, &app, &request).await?)
        }
        Operation::ListAccounts(app) => reply(accounts::list(context, &app).await?),
        Operation::ReadPolicies(request, app) => {
            reply(policies::read(context, &request, app.as_deref()))
        }
        Operation::Explain(request) => reply(policies::explain(context, request).await?),
        Operation::ReloadPolicies(request) => reply(policies::reload(context, request).await?),
        Operation::ReadAudit(request) => records::read(context, request).await,
        Operation::VerifyAudit => reply(records::verify(context).await?),
        Operation::Reindex => reply(records::reindex(context).await?),
        Operation::Status => reply(system::status(context)),
        Operation::Stop => reply(system::stop(context)),
        Operation::ListSessions => reply(users::sessions(context).await?),
        Operation::Revoke(request) => reply(users::revoke(context, by, request).await?),
        Operation::AddService(request) => reply(services::add(context, by, request).await?),
        Operation::ListServices => reply(services::list(context).await?),
        Operation::UpdateService(request) => reply(services::update(context, by, request).await?),
        Operation::DeleteService(request) => reply(services::delete(context, by, request).await?),
        Operation::CreateToken(request) => {
            reply(services::create_token(context, by, request).await?)
        }
        Operation::ListTokens(request) => reply(services::tokens(context, request).await?),
        Operation::RevokeToken(request) => {
            reply(services::revoke_token(context, by, request).await?)
        }
    }
}

pub(super) fn reply(value: impl Serialize) -> Result<Reply, Problem> {
    Ok(Reply::Document(serde_json::to_value(value)?))
}
