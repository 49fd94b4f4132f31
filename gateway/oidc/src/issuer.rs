//! Which issuer a provider's tokens must name. It is the configured one, letter for letter, with two exceptions that
//! widen nothing: a bare host reads the same with and without its slash, and a template for tenants is filled in.

use openidconnect::IssuerUrl;
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result, clean};
use crate::settings::Settings;

/// What Entra writes where the tenant belongs.
const TEMPLATE: &str = "{tenantid}";

/// Where discovery lies.
pub fn discovery(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = format!(
        "{}/.well-known/openid-configuration",
        issuer.path().trim_end_matches('/')
    );
    url.set_path(&path);
    url
}

/// The issuer, and the discovery document with it in place of a template.
pub fn settle(settings: &Settings, mut document: Value) -> Result<(IssuerUrl, Value)> {
    let named = document
        .get("issuer")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::Response("its discovery names no `issuer`".into()))?;
    let issuer = match &settings.tenant {
        Some(tenant) => fill(settings, named, tenant)?,
        None if same(&settings.issuer, named) => named.to_owned(),
        None => return Err(foreign(settings, named)),
    };
    let url = IssuerUrl::new(issuer.clone()).map_err(|_| foreign(settings, &issuer))?;
    if let Some(field) = document.get_mut("issuer") {
        *field = Value::String(issuer);
    }
    Ok((url, document))
}

/// The template must stand on the configured host, as the first segment of the path, and nowhere else.
fn fill(settings: &Settings, named: &str, tenant: &str) -> Result<String> {
    let origin = settings.issuer.origin().ascii_serialization();
    let tenant = tenant.to_ascii_lowercase();
    let filled = named.replacen(TEMPLATE, &tenant, 1);
    if filled == format!("{origin}/{tenant}/v2.0") {
        return Ok(filled);
    }
    Err(foreign(settings, named))
}

fn same(configured: &Url, named: &str) -> bool {
    let configured = configured.as_str();
    configured == named || (is_bare(configured) && configured.strip_suffix('/') == Some(named))
}

fn is_bare(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.path() == "/")
}

fn foreign(settings: &Settings, named: &str) -> Error {
    Error::Issuer(format!(
        "asked `{}`, found `{}`",
        settings.issuer,
        clean(named)
    ))
}
