//! What each layer may contain. With these rules, default deny and forbid-overrides, no layer can take
//! what is another's to give.

use cedar_policy::{Effect, PrincipalConstraint};

use super::error::PolicyError;
use super::parse::Placed;
use super::source::{AppPolicies, Layer};
use super::stepup;

/// Limits of one app's policies.
const MAX_POLICIES: usize = 1000;
const MAX_TEXT: usize = 256 * 1024;
/// Each compiled expression may take some hundred KiB.
const MAX_REGEXES: usize = 100;

/// Whether a hand-written policy may stand in `layer`.
pub(super) fn written(
    layer: Layer,
    file: &str,
    text: &str,
    placed: &Placed,
) -> Result<(), PolicyError> {
    let wrong = |message: String, help: &str| {
        Err(PolicyError::new(file, text, placed.offset, message).with_help(help))
    };
    let (id, policy) = (placed.policy.id(), &placed.policy);
    let reserved: &str = id.as_ref();
    if reserved.starts_with("a.") || reserved.starts_with("r.") {
        return wrong(
            format!("the id `{id}` is reserved"),
            "`a.` is for permissions of apps, `r.` for the gateway",
        );
    }
    match (layer, policy.effect()) {
        (Layer::Guardrail, Effect::Permit) => {
            return wrong(
                format!("guardrail `{id}` permits"),
                "guardrails only forbid; move it to the grants",
            );
        }
        (Layer::Grant, Effect::Forbid) => {
            return wrong(
                format!("grant `{id}` forbids"),
                "grants only permit; move it to the guardrails",
            );
        }
        (Layer::App, Effect::Permit | Effect::Forbid) => {
            return wrong(
                format!("`{id}` is no app policy"),
                "app policies are generated",
            );
        }
        (Layer::Guardrail, Effect::Forbid) | (Layer::Grant, Effect::Permit) => {}
    }
    if layer == Layer::Guardrail && policy.annotation("reason").is_none_or(str::is_empty) {
        return wrong(
            format!("guardrail `{id}` has no `@reason`"),
            "say in one line why it forbids",
        );
    }
    if stepup::is_misspelt(policy) {
        return wrong(
            format!("the `@stepup` of `{id}` cannot be read"),
            "write `mfa`, a time such as `15m`, or both: `@stepup(\"mfa,15m\")`",
        );
    }
    if layer == Layer::Grant && policy.principal_constraint() == PrincipalConstraint::Any {
        return wrong(
            format!("grant `{id}` names no principal"),
            "name a group, a user or a type: `principal is …`",
        );
    }
    Ok(())
}

/// Whether a generated policy may stand among those of its instance.
pub(super) fn generated(
    app: &AppPolicies,
    file: &str,
    text: &str,
    placed: &Placed,
) -> Result<(), PolicyError> {
    let wrong = |message: String| Err(PolicyError::new(file, text, placed.offset, message));
    let (id, policy) = (placed.policy.id(), &placed.policy);
    let name: &str = id.as_ref();
    if !name.starts_with(&format!("a.{}.", app.instance)) {
        return wrong(format!("`{id}` does not begin with `a.{}.`", app.instance));
    }
    if policy.effect() != Effect::Permit {
        return wrong(format!(
            "app policy `{id}` forbids; app policies only permit"
        ));
    }
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid)
            if uid.type_name().to_string() == "Sallyport::AppInstance"
                && uid.id().unescaped() == app.instance.as_str() =>
        {
            Ok(())
        }
        PrincipalConstraint::Eq(_)
        | PrincipalConstraint::Any
        | PrincipalConstraint::In(_)
        | PrincipalConstraint::Is(_)
        | PrincipalConstraint::IsIn(..) => wrong(format!(
            "app policy `{id}` is not for its own instance alone"
        )),
    }
}

/// Whether an app's policies are few and short enough.
pub(super) fn size(app: &AppPolicies) -> Result<(), PolicyError> {
    let text: usize = app.policies.iter().map(|policy| policy.text.len()).sum();
    let regexes: usize = app.policies.iter().map(|policy| policy.regex.len()).sum();
    if app.policies.len() > MAX_POLICIES || text > MAX_TEXT || regexes > MAX_REGEXES {
        let count = app.policies.len();
        let message = format!(
            "`{}` has {count} policies of {text} bytes with {regexes} expressions",
            app.instance
        );
        let help = format!(
            "at most {MAX_POLICIES} policies of {MAX_TEXT} bytes with {MAX_REGEXES} expressions; declare fewer permissions"
        );
        return Err(PolicyError::new(app.instance.as_str(), "", 0, message).with_help(help));
    }
    Ok(())
}
