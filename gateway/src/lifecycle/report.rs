//! What an operator is told about an app: what it asks for, what of that is approved, where it is.

use policy::AppPolicy;

use crate::{
    State,
    catalog::Address,
    wire::{Approval, Change, Mark, PermissionLine},
};

use super::{draft::Draft, install::Stored};

/// Declared and approved permissions as lines: declared ones first, as declared.
pub(crate) fn lines(approved: &[AppPolicy], declared: &[AppPolicy]) -> Vec<PermissionLine> {
    let difference = policy::compare(approved, declared);
    let state = |policy: &AppPolicy| match difference.new.iter().any(|new| new.id == policy.id) {
        true => Mark::New,
        false => Mark::Same,
    };
    let declared = declared.iter().map(|policy| line(state(policy), policy));
    declared
        .chain(
            difference
                .gone
                .iter()
                .map(|policy| line(Mark::Gone, policy)),
        )
        .collect()
}

fn line(state: Mark, policy: &AppPolicy) -> PermissionLine {
    PermissionLine {
        state,
        declared: policy.declared.clone(),
        effect: policy.effect.name().to_owned(),
        risk: risk(policy),
        level: policy.level,
        source: policy.source.clone(),
        policy: policy.id.clone(),
    }
}

/// What an approver should know; that a permission carries a secret is worth a word of its own.
fn risk(policy: &AppPolicy) -> Option<String> {
    let carried = |after: &str| after.split('"').next().map(str::to_owned);
    let named = policy.text.split_once("Secret::\"");
    let named = named.and_then(|(_, after)| carried(after));
    let carries = policy.text.contains("Action::\"secret.resolve\"");
    let secret = named.unwrap_or_else(|| "a secret".to_owned());
    let risk = carries.then(|| format!("carries {secret} to this destination"));
    policy.risk.clone().or(risk)
}

/// How far an app with these permissions is approved.
pub(crate) fn approval(ever: bool, lines: &[PermissionLine]) -> Approval {
    match (ever, lines.iter().any(|line| line.state == Mark::New)) {
        (false, _) => Approval::Waiting,
        (true, true) => Approval::Partly,
        (true, false) => Approval::Approved,
    }
}

/// Where an app can be opened.
pub(crate) fn urls(state: &State, address: &Address) -> Vec<String> {
    let addresses = state.addresses.load();
    let listeners = [("http", addresses.http), ("https", addresses.https)];
    let host = if address.host().is_empty() {
        "localhost"
    } else {
        address.host()
    };
    let url = |(scheme, at): (&str, Option<std::net::SocketAddr>)| {
        at.map(|at| format!("{scheme}://{host}:{}{}", at.port(), address.path()))
    };
    listeners.into_iter().filter_map(url).collect()
}

/// What a draft would change, or did.
pub(super) fn drafted(
    state: &State,
    address: &Address,
    draft: &Draft,
    approved: Option<&[AppPolicy]>,
) -> Change {
    let permissions = lines(approved.unwrap_or_default(), &draft.policies);
    Change {
        path: address.to_string(),
        name: draft.inspection.name.clone(),
        id: String::new(),
        version: 0,
        spec_hash: draft.spec_hash.clone(),
        changed: true,
        approval: approval(approved.is_some(), &permissions),
        dry_run: false,
        urls: urls(state, address),
        permissions,
        warnings: draft.inspection.warnings.clone(),
    }
}

/// What is stored of an app now.
pub(super) fn stored(state: &State, stored: &Stored) -> Result<Change, super::LifecycleError> {
    let address = stored.address()?;
    let inspection = stored.inspection()?;
    let permissions = lines(&stored.approved()?, &stored.declared()?);
    Ok(Change {
        path: address.to_string(),
        name: inspection.name,
        id: stored.app.id.clone(),
        version: stored.version.version,
        spec_hash: stored.version.spec_hash.clone(),
        changed: false,
        approval: approval(stored.approval.is_some(), &permissions),
        dry_run: false,
        urls: urls(state, &address),
        permissions,
        warnings: inspection.warnings,
    })
}
