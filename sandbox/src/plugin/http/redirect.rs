//! The request that follows from a redirect. It is only a draft: it is judged like the first one.

use policy::{HttpMethod, Url};
use secrets::Tokens;

use super::hop::Hop;
use crate::plugin::carried::Revealed;

/// Headers that belong to one server and must not reach another.
const PERSONAL: &[&str] = &["authorization", "cookie", "cookie2", "www-authenticate"];

/// The next request after `hop` was answered with a status and a location.
///
/// To another origin go neither credentials nor headers that carry a secret. A secret in the body or
/// in the location keeps its token, so that its use at the new host is a decision of its own.
pub fn follow(
    tokens: &Tokens,
    revealed: &Revealed,
    hop: Hop,
    (status, location): (u16, &str),
) -> Result<Hop, String> {
    let unusable = || {
        format!(
            "redirect to `{}` cannot be followed",
            revealed.redact(location)
        )
    };
    let base = reqwest::Url::parse(&hop.url.to_string()).map_err(|_| unusable())?;
    let location = revealed.hide_url(tokens, location).ok_or_else(unusable)?;
    let url = base.join(&location).map_err(|_| unusable())?;
    let url = Url::parse(url.as_str()).map_err(|_| unusable())?;
    let keep =
        matches!(status, 307 | 308) || matches!(hop.method, HttpMethod::Get | HttpMethod::Head);
    let same_origin = hop.same_origin(&url);
    let stays = |(name, value): &(String, String)| {
        let name = name.to_ascii_lowercase();
        let about_body = name.starts_with("content-");
        let personal = PERSONAL.contains(&name.as_str()) || !tokens.find(value).is_empty();
        (keep || !about_body) && (same_origin || !personal)
    };
    Ok(Hop {
        method: if keep { hop.method } else { HttpMethod::Get },
        url,
        headers: hop.headers.into_iter().filter(stays).collect(),
        basic: hop.basic.filter(|_| same_origin),
        signature: hop.signature.filter(|_| same_origin),
        body: hop.body.filter(|_| keep),
    })
}
