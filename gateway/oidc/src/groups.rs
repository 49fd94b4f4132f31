//! A person's groups: from their claims, or from the endpoint in the settings when a token says that they are too many
//! for it. Too many for us is a refusal: a list cut short would let a `forbid` for one of the rest slip.

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::fetch::Fetch;
use crate::settings::Settings;

/// How many pages of groups are read.
const PAGES: usize = 10;

/// All groups of the person that the claims speak of.
pub async fn groups(
    settings: &Settings,
    fetch: &Fetch,
    claims: &Claims,
    access: &SecretString,
) -> Result<Vec<String>> {
    let claim = settings.groups_claim.as_str();
    if claim.is_empty() {
        return Ok(Vec::new());
    }
    if !claims.overflow(claim) {
        return bounded(settings, claims.texts(claim)?);
    }
    let endpoint = settings.groups_endpoint.as_ref().ok_or_else(|| {
        Error::Groups("they are too many for the token; set `groups_endpoint`, or let the provider send fewer".into())
    })?;
    bounded(settings, listed(settings, fetch, endpoint, access).await?)
}

/// Sorted, each once, and not more than are allowed.
pub fn bounded(settings: &Settings, mut groups: Vec<String>) -> Result<Vec<String>> {
    groups.sort_unstable();
    groups.dedup();
    if groups.len() > settings.max_groups {
        return Err(Error::Groups(format!(
            "there are {}, more than {}; let the provider send only those that matter here",
            groups.len(),
            settings.max_groups
        )));
    }
    Ok(groups)
}

/// The groups an endpoint lists, page by page. A next page anywhere else is refused.
async fn listed(
    settings: &Settings,
    fetch: &Fetch,
    endpoint: &Url,
    access: &SecretString,
) -> Result<Vec<String>> {
    let mut groups = Vec::new();
    let mut page = endpoint.clone();
    for _ in 0..PAGES {
        let document = fetch
            .own(&page, access)
            .await
            .map_err(|error| match error {
                Error::Response(reason) => Error::Groups(format!(
                    "{reason}; allow the client to read the person's groups"
                )),
                other => other,
            })?;
        groups.extend(ids(&document)?);
        match document.get("@odata.nextLink").and_then(Value::as_str) {
            Some(_) if groups.len() > settings.max_groups => return Ok(groups),
            Some(next) => page = follow(endpoint, next)?,
            None => return Ok(groups),
        }
    }
    Err(Error::Groups(format!(
        "they fill more than {PAGES} pages; let the provider send fewer"
    )))
}

fn ids(document: &Value) -> Result<Vec<String>> {
    let id = |entry: &Value| {
        let id = entry
            .as_str()
            .or_else(|| entry.get("id").and_then(Value::as_str))?;
        (!id.is_empty() && id.len() <= 256 && !id.chars().any(char::is_control))
            .then(|| id.to_owned())
    };
    let entries = document.get("value").and_then(Value::as_array);
    entries
        .and_then(|entries| entries.iter().map(id).collect())
        .ok_or_else(|| {
            Error::Groups("`groups_endpoint` did not answer with a list of ids in `value`".into())
        })
}

fn follow(endpoint: &Url, next: &str) -> Result<Url> {
    Url::parse(next)
        .ok()
        .filter(|next| next.origin() == endpoint.origin() && next.path() == endpoint.path())
        .ok_or_else(|| Error::Groups("`groups_endpoint` points elsewhere for its next page".into()))
}
