//! The closed set of operations: what a request body means, and what policy is asked about it.
//!
//! Planning looks an app up once and carries it along, so that the app that was judged is the app
//! that is changed, whatever happens to its address meanwhile.

use std::sync::Arc;

use policy::{Action, AdminAction, AdminCall, AdminResource, AppSet, PolicyStore};
use serde::de::DeserializeOwned;

use crate::{
    State,
    catalog::{Address, Installed},
    store::Env,
    wire::{
        AddService, AddUser, AppPath, ApproveApp, Class, CreateApp, CreateToken, DeleteService,
        ExplainRecord, Layer, LinkAccount, ListTokens, Nothing, Problem, ReadAudit, ReadPolicies,
        ReloadApp, ReloadPolicies, RevokeSessions, RevokeToken, SetApp, UnlinkAccount,
        UpdateService, UpdateUser, UserName,
    },
};

/// Everything an administrator can ask for.
pub(super) enum Operation {
    CreateApp(Address, CreateApp, Env),
    ListApps,
    ReadApp(Arc<Installed>),
    ReloadApp(Arc<Installed>, ReloadApp),
    DeleteApp(Arc<Installed>),
    ApproveApp(Arc<Installed>, ApproveApp),
    AddUser(AddUser),
    ListUsers,
    UpdateUser(UpdateUser),
    DeleteUser(UserName),
    AddToSet(Arc<Installed>, SetApp),
    RemoveFromSet(Arc<Installed>, SetApp),
    ListSets,
    LinkAccount(Arc<Installed>, LinkAccount),
    UnlinkAccount(Arc<Installed>, UnlinkAccount),
    ListAccounts(Arc<Installed>),
    ReadPolicies(ReadPolicies, Option<Arc<Installed>>),
    Explain(ExplainRecord),
    ReloadPolicies(ReloadPolicies),
    ReadAudit(ReadAudit),
    VerifyAudit,
    Reindex,
    Status,
    Stop,
    ListSessions,
    Revoke(RevokeSessions),
    AddService(AddService),
    ListServices,
    UpdateService(UpdateService),
    DeleteService(DeleteService),
    CreateToken(CreateToken),
    ListTokens(ListTokens),
    RevokeToken(RevokeToken),
}

/// The admin action called `name`.
pub(super) fn action(name: &str) -> Option<AdminAction> {
    AdminAction::ALL
        .iter()
        .copied()
        .find(|action| Action::from(*action).as_str() == name)
}

/// What a request asks of the gate, and what will be done when it is permitted.
pub(super) fn plan(
    action: AdminAction,
    body: &[u8],
    state: &State,
) -> Result<AdminCall<Operation>, Problem> {
    let (resource, cargo) = match action {
        AdminAction::AppCreate => create(read(body)?, Env::Prod)?,
        AdminAction::AppDevelop => create(read(body)?, Env::Dev)?,
        AdminAction::AppList => (AdminResource::System, bare(body, Operation::ListApps)?),
        AdminAction::AppRead => on_app(state, &read::<AppPath>(body)?.path, Operation::ReadApp)?,
        AdminAction::AppUpdate => {
            let request: ReloadApp = read(body)?;
            on_app(state, &request.path.clone(), |app| {
                Operation::ReloadApp(app, request)
            })?
        }
        AdminAction::AppDelete => {
            on_app(state, &read::<AppPath>(body)?.path, Operation::DeleteApp)?
        }
        AdminAction::AppApprove => {
            let request: ApproveApp = read(body)?;
            on_app(state, &request.path.clone(), |app| {
                Operation::ApproveApp(app, request)
            })?
        }
        AdminAction::UserAdd => (AdminResource::System, Operation::AddUser(read(body)?)),
        AdminAction::UserList => (AdminResource::System, bare(body, Operation::ListUsers)?),
        AdminAction::AppPublish => {
            let text = format!("`{}` is no operation of its own", Action::from(action));
            return Err(Problem::new(Class::Invalid, text));
        }
        AdminAction::UserUpdate => (AdminResource::System, Operation::UpdateUser(read(body)?)),
        AdminAction::ServiceAdd => system(read(body).map(Operation::AddService))?,
        AdminAction::ServiceList => system(bare(body, Operation::ListServices))?,
        AdminAction::ServiceUpdate => system(read(body).map(Operation::UpdateService))?,
        AdminAction::ServiceDelete => system(read(body).map(Operation::DeleteService))?,
        AdminAction::TokenCreate => system(read(body).map(Operation::CreateToken))?,
        AdminAction::TokenList => system(read(body).map(Operation::ListTokens))?,
        AdminAction::TokenRevoke => system(read(body).map(Operation::RevokeToken))?,
        AdminAction::UserDelete => (AdminResource::System, Operation::DeleteUser(read(body)?)),
        AdminAction::SetAdd => on_set(state, read(body)?, Operation::AddToSet)?,
        AdminAction::SetRemove => on_set(state, read(body)?, Operation::RemoveFromSet)?,
        AdminAction::SetList => (AdminResource::System, bare(body, Operation::ListSets)?),
        AdminAction::AccountLink => {
            let request: LinkAccount = read(body)?;
            on_app(state, &request.path.clone(), |app| {
                Operation::LinkAccount(app, request)
            })?
        }
        AdminAction::AccountUnlink => {
            let request: UnlinkAccount = read(body)?;
            on_app(state, &request.path.clone(), |app| {
                Operation::UnlinkAccount(app, request)
            })?
        }
        AdminAction::AccountList => {
            on_app(state, &read::<AppPath>(body)?.path, Operation::ListAccounts)?
        }
        AdminAction::PolicyRead => policies(state, read(body)?)?,
        AdminAction::PolicyExplain => (
            AdminResource::PolicyStore(PolicyStore::Apps),
            Operation::Explain(read(body)?),
        ),
        AdminAction::PolicyReload => (
            AdminResource::System,
            Operation::ReloadPolicies(read(body)?),
        ),
        AdminAction::AuditRead => (AdminResource::AuditLog, Operation::ReadAudit(read(body)?)),
        AdminAction::AuditVerify => (AdminResource::AuditLog, bare(body, Operation::VerifyAudit)?),
        AdminAction::AuditReindex => (AdminResource::AuditLog, bare(body, Operation::Reindex)?),
        AdminAction::SystemStatus => (AdminResource::System, bare(body, Operation::Status)?),
        AdminAction::SystemStop => (AdminResource::System, bare(body, Operation::Stop)?),
        AdminAction::SessionList => (AdminResource::System, bare(body, Operation::ListSessions)?),
        AdminAction::SessionRevoke => (AdminResource::System, Operation::Revoke(read(body)?)),
    };
    Ok(AdminCall {
        action,
        resource,
        cargo,
    })
}

type Planned = (AdminResource, Operation);

fn system(operation: Result<Operation, Problem>) -> Result<Planned, Problem> {
    Ok((AdminResource::System, operation?))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(Class::Invalid, format!("the request is not valid: {error}")))
}

fn bare(body: &[u8], operation: Operation) -> Result<Operation, Problem> {
    read::<Nothing>(body).map(|Nothing {}| operation)
}

fn create(request: CreateApp, env: Env) -> Result<Planned, Problem> {
    let address = address(&request.path)?;
    let space = address.space().to_owned();
    Ok((
        AdminResource::Space(space),
        Operation::CreateApp(address, request, env),
    ))
}

fn on_app(
    state: &State,
    path: &str,
    make: impl FnOnce(Arc<Installed>) -> Operation,
) -> Result<Planned, Problem> {
    let app = find(state, path)?;
    Ok((resource(&app), make(app)))
}

fn on_set(
    state: &State,
    request: SetApp,
    make: impl FnOnce(Arc<Installed>, SetApp) -> Operation,
) -> Result<Planned, Problem> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if request.set.is_empty() || request.set.len() > 64 || !request.set.bytes().all(good) {
        let text = format!(
            "set `{}` is not a name; use lower case letters, digits and `-`",
            request.set
        );
        return Err(Problem::new(Class::Invalid, text));
    }
    let app = find(state, &request.path)?;
    Ok((
        AdminResource::AppSet(AppSet::new(request.set.as_str())),
        make(app, request),
    ))
}

fn policies(state: &State, request: ReadPolicies) -> Result<Planned, Problem> {
    let app = request
        .app
        .as_deref()
        .map(|path| find(state, path))
        .transpose()?;
    let store = match request.layer {
        Layer::Guardrails => PolicyStore::Guardrails,
        Layer::Grants => PolicyStore::Grants,
        Layer::Apps => PolicyStore::Apps,
    };
    Ok((
        AdminResource::PolicyStore(store),
        Operation::ReadPolicies(request, app),
    ))
}

/// The resource that stands for an app.
pub(super) fn resource(app: &Installed) -> AdminResource {
    AdminResource::App(app.instance.app.clone(), app.instance.space.clone())
}

/// The app at `path`.
fn find(state: &State, path: &str) -> Result<Arc<Installed>, Problem> {
    let address = address(path)?;
    let app = state.catalog.load().at(&address);
    app.ok_or_else(|| {
        Problem::new(
            Class::NotFound,
            format!("no app at `{address}`; see `sallyport app list`"),
        )
    })
}

fn address(path: &str) -> Result<Address, Problem> {
    path.parse().map_err(|error: crate::catalog::AddressError| {
        Problem::new(Class::Invalid, error.to_string())
    })
}
