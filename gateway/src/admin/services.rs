//! Operations on service accounts and their tokens.

use serde_json::json;

use super::{Context, users};
use crate::{
    authn::token,
    authority::Authority,
    catalog::Address,
    store::{ServiceRow, TokenRow, TokenScope},
    wire::{
        AddService, Class, CreateToken, CreatedToken, DeleteService, ListTokens, Nothing, Password,
        Problem, RevokeToken, ServiceChanged, ServiceSummary, TokenSummary, UpdateService,
    },
};

/// Tokens of one service account.
const MOST: i64 = 100;
/// How long a token may be good.
const LONGEST: u64 = 366 * 86_400;
const SHORTEST: u64 = 60;

/// `service.add`.
pub(super) async fn add(
    context: &Context,
    by: &Authority,
    request: AddService,
) -> Result<ServiceSummary, Problem> {
    users::named("service", &request.name)?;
    let row = ServiceRow {
        id: format!("sa:{}", uuid::Uuid::now_v7()),
        name: request.name,
        groups: users::groups(request.groups)?,
        disabled: false,
        created: context.now_ns(),
        created_by: context.who(),
    };
    let (facts, detail) = (json!({"groups": row.groups}), json!({"name": row.name}));
    context
        .note(
            "change.service-added",
            ("ServiceAccount", &row.id),
            facts,
            detail,
        )
        .await?;
    context.state().store.add_service(by, row.clone()).await?;
    Ok(summary(row))
}

/// `service.list`.
pub(super) async fn list(context: &Context) -> Result<Vec<ServiceSummary>, Problem> {
    let rows = context.state().store.services().await?;
    Ok(rows.into_iter().map(summary).collect())
}

/// `service.update`.
pub(super) async fn update(
    context: &Context,
    by: &Authority,
    request: UpdateService,
) -> Result<ServiceChanged, Problem> {
    let service = service(context, &request.name).await?;
    let mut done = changed(context, &service, request.dry_run).await?;
    done.changed = service.disabled != request.disabled;
    if done.dry_run || !done.changed {
        return Ok(done);
    }
    let kind = match request.disabled {
        true => "change.service-disabled",
        false => "change.service-enabled",
    };
    note(context, kind, &service).await?;
    let state = context.state();
    let store = &state.store;
    store
        .disable_service(by, &service.id, request.disabled)
        .await?;
    state.authn.forget_user(&service.id);
    Ok(done)
}

/// `service.delete`.
pub(super) async fn delete(
    context: &Context,
    by: &Authority,
    request: DeleteService,
) -> Result<ServiceChanged, Problem> {
    let service = service(context, &request.name).await?;
    let done = changed(context, &service, request.dry_run).await?;
    if done.dry_run {
        return Ok(done);
    }
    note(context, "change.service-deleted", &service).await?;
    let state = context.state();
    state.store.delete_service(by, &service.id).await?;
    state.authn.forget_user(&service.id);
    Ok(done)
}

/// `token.create`.
pub(super) async fn create_token(
    context: &Context,
    by: &Authority,
    request: CreateToken,
) -> Result<CreatedToken, Problem> {
    let service = service(context, &request.service).await?;
    let scope = scope(context, &request)?;
    let lifetime = lifetime(request.seconds)?;
    let made = token::make();
    let made = made.ok_or_else(|| Problem::new(Class::Failed, "cannot draw a random token"))?;
    let row = TokenRow {
        hash: made.hash.clone(),
        id: uuid::Uuid::now_v7().to_string(),
        service: service.id.clone(),
        scope,
        created: context.now_ns(),
        created_by: context.who(),
        expires: context.now_ns().saturating_add(lifetime),
        used: 0,
    };
    let facts = json!({
        "token": row.id, "apps": row.scope.apps, "read_only": row.scope.read_only, "expires": users::time(row.expires),
    });
    let target = ("ServiceAccount", service.id.as_str());
    let detail = json!({"name": service.name});
    context
        .note("change.token-created", target, facts, detail)
        .await?;
    if !context
        .state()
        .store
        .add_token(by, row.clone(), MOST)
        .await?
    {
        let text = format!(
            "service `{}` has {MOST} tokens; revoke some of them first, see `sallyport token list {}`",
            service.name, service.name
        );
        return Err(Problem::new(Class::Conflict, text));
    }
    Ok(CreatedToken {
        token: Password(made.text),
        summary: token_summary(row, service.name),
    })
}

/// `token.list`.
pub(super) async fn tokens(
    context: &Context,
    request: ListTokens,
) -> Result<Vec<TokenSummary>, Problem> {
    let store = &context.state().store;
    let services = match &request.service {
        Some(name) => vec![service(context, name).await?],
        None => store.services().await?,
    };
    let only = request.service.as_ref().and_then(|_| services.first());
    let rows = store
        .tokens(only.map(|service| service.id.as_str()))
        .await?;
    let named = |row: TokenRow| {
        let service = services.iter().find(|service| service.id == row.service)?;
        Some(token_summary(row, service.name.clone()))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

/// `token.revoke`.
pub(super) async fn revoke_token(
    context: &Context,
    by: &Authority,
    request: RevokeToken,
) -> Result<Nothing, Problem> {
    let state = context.state();
    let found = state.store.token_by_id(&request.id).await?;
    let (token, service) = found.ok_or_else(|| {
        let text = format!("no such token `{}`; see `sallyport token list`", request.id);
        Problem::new(Class::NotFound, text)
    })?;
    let target = ("ServiceAccount", service.id.as_str());
    let (facts, detail) = (json!({"token": token.id}), json!({"name": service.name}));
    context
        .note("change.token-revoked", target, facts, detail)
        .await?;
    state.store.delete_token(by, &token.id).await?;
    state.authn.forget_user(&service.id);
    Ok(Nothing {})
}

fn lifetime(seconds: u64) -> Result<i64, Problem> {
    let good = (SHORTEST..=LONGEST).contains(&seconds);
    let nanoseconds = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000_000));
    nanoseconds
        .filter(|_| good)
        .ok_or_else(|| Problem::new(Class::Invalid, "a token is good for 1 minute to 366 days"))
}

/// The apps are named as they are mounted; a misspelt one would be a token for nothing.
fn scope(context: &Context, request: &CreateToken) -> Result<TokenScope, Problem> {
    let catalog = context.state().catalog.load();
    let mut apps = Vec::new();
    for path in &request.apps {
        let address: Address = path
            .parse()
            .map_err(|error: crate::catalog::AddressError| {
                Problem::new(Class::Invalid, error.to_string())
            })?;
        let app = catalog.at(&address).ok_or_else(|| {
            let text = format!("no app at `{address}`; see `sallyport app list`");
            Problem::new(Class::NotFound, text)
        })?;
        apps.push(app.instance.path.clone());
    }
    apps.sort();
    apps.dedup();
    Ok(TokenScope {
        apps,
        read_only: request.read_only,
    })
}

async fn service(context: &Context, name: &str) -> Result<ServiceRow, Problem> {
    let found = context.state().store.service_by_name(name).await?;
    found.ok_or_else(|| {
        let text = format!("no such service `{name}`; see `sallyport service list`");
        Problem::new(Class::NotFound, text)
    })
}

async fn changed(
    context: &Context,
    service: &ServiceRow,
    dry_run: bool,
) -> Result<ServiceChanged, Problem> {
    let tokens = context.state().store.tokens(Some(&service.id)).await?;
    Ok(ServiceChanged {
        name: service.name.clone(),
        id: service.id.clone(),
        tokens: tokens.len(),
        changed: true,
        dry_run,
    })
}

async fn note(context: &Context, kind: &str, service: &ServiceRow) -> Result<(), Problem> {
    let target = ("ServiceAccount", service.id.as_str());
    let detail = json!({"name": service.name});
    context.note(kind, target, json!({}), detail).await?;
    Ok(())
}

fn summary(row: ServiceRow) -> ServiceSummary {
    ServiceSummary {
        name: row.name,
        id: row.id,
        groups: row.groups,
        disabled: row.disabled,
        created: users::time(row.created),
        created_by: row.created_by,
    }
}

fn token_summary(row: TokenRow, service: String) -> TokenSummary {
    TokenSummary {
        id: row.id,
        service,
        apps: row.scope.apps,
        read_only: row.scope.read_only,
        created: users::time(row.created),
        created_by: row.created_by,
        expires: users::time(row.expires),
        used: (row.used > 0).then(|| users::time(row.used)),
    }
}
