//! The end of a session, from either side: the page where a person signs out at the provider, and the token with which
//! the provider tells us that they did (OpenID Connect Back-Channel Logout 1.0).

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use openidconnect::core::CoreIdToken;
use openidconnect::{ClientId, LogoutRequest, PostLogoutRedirectUrl};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::identity::{Ended, Tokens};
use crate::known::Known;
use crate::proof::{LEEWAY, OLDEST, recent};
use crate::settings::Settings;

/// The event that a logout token must speak of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;

/// How many used tokens are remembered.
const REMEMBERED: usize = 10_000;

const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The provider's page for signing out, from which the person comes `back`.
pub fn page(settings: &Settings, known: &Known, tokens: &Tokens, back: &Url) -> Option<Url> {
    let mut request = LogoutRequest::from(known.end_session.clone()?)
        .set_client_id(ClientId::new(settings.client_id.clone()))
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(back.clone()));
    let hint = tokens
        .id
        .as_ref()
        .and_then(|id| id.expose_secret().parse::<CoreIdToken>().ok());
    if let Some(hint) = &hint {
        request = request.set_id_token_hint(hint);
    }
    Some(request.http_get_url())
}

/// The header of what claims to be a logout token; no key is needed to see that it is none.
pub fn header(token: &str) -> Result<Header> {
    if token.len() > LONGEST {
        return Err(Error::Logout("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token)
        .map_err(|_| Error::Logout("it is malformed, or not signed"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Error::Signature("its algorithm is not accepted".into()));
    }
    if header.crit.is_some() {
        return Err(Error::Logout("it has critical headers"));
    }
    match header
        .typ
        .as_deref()
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("jwt" | "logout+jwt" | "application/logout+jwt") => Ok(header),
        Some(_) => Err(Error::Logout("it is a token of another type")),
    }
}

/// The claims of a token that one of the known keys signed. Without such a key, none.
pub fn verify(
    settings: &Settings,
    known: &Known,
    token: &str,
    header: &Header,
) -> Option<Map<String, Value>> {
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[&settings.client_id]);
    validation.set_issuer(&[known.issuer.as_str()]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    // `judge` knows the time, the library would read a clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let keys = known
        .keys
        .documents
        .iter()
        .filter_map(|document| fitting(document, header));
    keys.filter_map(|key| DecodingKey::from_jwk(&key).ok())
        .find_map(|key| jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).ok())
        .map(|data| data.claims)
}

/// A key of the right name, for signatures, and for this algorithm.
fn fitting(document: &Value, header: &Header) -> Option<Jwk> {
    let named = |field: &str| document.get(field).and_then(Value::as_str);
    let kid = header
        .kid
        .as_deref()
        .is_none_or(|kid| named("kid") == Some(kid));
    let usage = named("use").is_none_or(|usage| usage == "sig");
    let alg = named("alg").is_none_or(|alg| alg == format!("{:?}", header.alg));
    (kid && usage && alg)
        .then(|| serde_json::from_value(document.clone()).ok())
        .flatten()
}

/// What a signed token ends, if it is a logout token of this moment.
pub fn judge(settings: &Settings, claims: Map<String, Value>, now: Timestamp) -> Result<Ended> {
    let second = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_f64)
            .map(|value| value as i64)
    };
    let issued = second("iat").ok_or(Error::Logout("`iat` is missing"))?;
    let expires = second("exp").ok_or(Error::Logout("`exp` is missing"))?;
    recent(issued, now).map_err(Error::Expired)?;
    if expires.saturating_add(LEEWAY) <= now.as_second() {
        return Err(Error::Expired("it is over".into()));
    }
    if !is_only_ours(settings, claims.get("aud")) {
        return Err(Error::Audience("it names others too".into()));
    }
    if !claims
        .get("events")
        .and_then(|events| events.get(EVENT))
        .is_some_and(Value::is_object)
    {
        return Err(Error::Logout("`events` does not speak of a logout"));
    }
    if claims.contains_key("nonce") {
        return Err(Error::Logout("it has a `nonce`, as ID tokens do"));
    }
    ended(&Claims::new(claims))
}

fn is_only_ours(settings: &Settings, audience: Option<&Value>) -> bool {
    match audience {
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|one| *one == settings.client_id)
        }
        Some(one) => *one == settings.client_id,
        None => false,
    }
}

fn ended(claims: &Claims) -> Result<Ended> {
    let text = |name| Ok::<_, Error>(claims.text(name)?.filter(|text| !text.is_empty()));
    let ended = Ended {
        sid: text("sid")?,
        subject: text("sub")?,
        id: text("jti")?.ok_or(Error::Logout("`jti` is missing"))?,
    };
    if ended.sid.is_none() && ended.subject.is_none() {
        return Err(Error::Logout(
            "it names neither a session (`sid`) nor a person (`sub`)",
        ));
    }
    Ok(ended)
}

/// The tokens that were used while they could be used again.
#[derive(Debug, Default)]
pub struct Used(Mutex<Ids>);

#[derive(Debug, Default)]
struct Ids {
    known: HashSet<[u8; 32]>,
    order: VecDeque<(i64, [u8; 32])>,
}

impl Used {
    /// Uses a token up. When too many are remembered the oldest is forgotten: ending a session twice harms less than
    /// not ending it.
    pub fn spend(&self, id: &str, now: Timestamp) -> Result<()> {
        let hash: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.forget(now.as_second().saturating_sub(OLDEST + 2 * LEEWAY));
        if !ids.known.insert(hash) {
            return Err(Error::Replay);
        }
        ids.order.push_back((now.as_second(), hash));
        Ok(())
    }
}

impl Ids {
    fn forget(&mut self, before: i64) {
        while let Some((at, hash)) = self.order.front().copied() {
            if at >= before && self.order.len() < REMEMBERED {
                return;
            }
            self.order.pop_front();
            self.known.remove(&hash);
        }
    }
}
