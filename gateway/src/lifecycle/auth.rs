//! How people sign in for an app: which settings there can be, and which still can be kept.

use policy::{AdminAction, AdminCall, AdminResource};
use serde_json::json;

use super::{LifecycleError, approve::current, install::Stored, report};
use crate::{
    Config, admin::Context, authority::Authority, catalog::Installed, store::AppAuth, wire::Change,
};

/// What policies read when a setting cannot be kept any more: nobody gets in. No provider is called so.
const REFUSED: &str = "refused";

/// Reads the setting an operator gave.
pub(super) fn read(config: &Config, text: &str) -> Result<AppAuth, LifecycleError> {
    let auth = AppAuth::new(text);
    match auth.name() {
        "system" => Err(LifecycleError::SystemAuth),
        "none" if config.login.auth_required => Err(LifecycleError::AuthRequired),
        _ if is_possible(config, &auth) => Ok(auth),
        name => Err(LifecycleError::NoProvider {
            given: name.to_owned(),
            known: known(config).join("`, `"),
        }),
    }
}

/// The setting as policies know it.
pub(super) fn policy(config: &Config, auth: &AppAuth) -> String {
    match is_possible(config, auth) {
        true => auth.policy().to_owned(),
        false => REFUSED.to_owned(),
    }
}

/// Whether the setting can be kept with this configuration.
pub(crate) fn is_possible(config: &Config, auth: &AppAuth) -> bool {
    if auth.is_none() {
        return !config.login.auth_required;
    }
    known(config).contains(&auth.name())
}

fn known(config: &Config) -> Vec<&str> {
    let oidc = config.oidc.keys().map(|name| name.as_str());
    let saml = config.saml.keys().map(|name| name.as_str());
    let cert = config.cert.keys().map(|name| name.as_str());
    let providers = oidc.chain(saml).chain(cert);
    ["default", "none", "builtin"]
        .into_iter()
        .chain(providers)
        .collect()
}

/// Asks policy whether the app may be opened to people who have not signed in, which is a question of its own.
pub(super) async fn publish(
    context: &Context,
    auth: &AppAuth,
    space: &str,
) -> Result<Option<Authority>, LifecycleError> {
    if !auth.is_none() {
        return Ok(None);
    }
    let call = AdminCall {
        action: AdminAction::AppPublish,
        resource: AdminResource::Space(space.to_owned()),
        cargo: (),
    };
    let (_, by) = Authority::spend(context.admit(call).await?);
    Ok(Some(by))
}

/// Changes how people sign in for the app, and serves the same version so.
pub(crate) async fn set_auth(
    context: &Context,
    authority: &Authority,
    app: &Installed,
    (text, dry_run): (&str, bool),
) -> Result<Change, LifecycleError> {
    let state = context.state();
    let auth = read(&state.config, text)?;
    let _turn = context.turn().await?;
    let (stored, served) = current(context, app).await?;
    let change = Change {
        changed: stored.app.auth != auth,
        dry_run,
        ..report::stored(state, &stored)?
    };
    if dry_run || !change.changed {
        return Ok(change);
    }
    let published = publish(context, &auth, &served.instance.space).await?;
    let facts = json!({
        "path": change.path, "auth": auth.name(), "before": stored.app.auth.name(),
    });
    let target = ("App", stored.app.id.as_str());
    context
        .note("change.auth", target, facts, json!({}))
        .await?;
    let result = state.store.set_auth(authority, &stored.app.id, auth).await;
    if let Some(published) = published {
        published.close_with(&result);
    }
    result?;
    let stored = Stored::at(&state.store, &served.address).await?;
    let source = std::sync::Arc::clone(&served.source);
    context.swap(stored.install((&state.sandbox, &state.config), source)?);
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &str, given: &str, expected: Result<&str, &str>) {
        let config = Config::parse("test", config).unwrap();
        let got = read(&config, given).map(|auth| policy(&config, &auth));
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{given}"),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{given}: {error}");
            }
            (got, _) => panic!("{given}: {got:?}"),
        }
    }

    #[test]
    fn settings_name_what_there_is() {
        let required = "[login]\nauth_required = true\n";
        for (given, expected) in [
            ("", "any"),
            ("default", "any"),
            ("rbac:default", "any"),
            ("none", "none"),
            ("builtin", "local"),
            ("rbac:builtin", "local"),
        ] {
            check("", given, Ok(expected));
        }
        check("", "corp", Err("`default`, `none`, `builtin`"));
        check("", "local", Err("no way to sign in is called `local`"));
        check("", "system", Err("builtin"));
        check(required, "none", Err("auth_required"));
        check(required, "builtin", Ok("local"));
    }

    #[test]
    fn what_is_gone_is_refused() {
        let config = Config::parse("test", "[login]\nauth_required = true\n").unwrap();
        assert_eq!(policy(&config, &AppAuth::new("none")), REFUSED);
        assert_eq!(policy(&config, &AppAuth::new("corp")), REFUSED);
        assert_eq!(policy(&config, &AppAuth::new("refused")), REFUSED);
    }
}
