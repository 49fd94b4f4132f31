//! An ID token becomes claims: signature, issuer, audience, time, nonce, party and access token all have to agree.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreTokenResponse};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, ClientId, NonceVerifier, OAuth2TokenResponse,
    SignatureVerificationError,
};

use crate::claims::Claims;
use crate::error::{Error, Result, clean};
use crate::keys::ALGORITHMS;
use crate::known::Known;
use crate::settings::Settings;

/// How far clocks may differ, in seconds.
pub const LEEWAY: i64 = 60;

/// How old a token may be that was just handed out, in seconds.
pub const OLDEST: i64 = 600;

/// Why a token was refused; other keys may help against the first.
pub enum Doubt {
    /// No key fits, or the one of that name does not.
    Key(Error),
    /// Anything else.
    Final(Error),
}

/// The claims of a token that holds, and when the person signed in, if it says so.
pub struct Proven {
    /// Everything it says.
    pub claims: Claims,
    /// Its `auth_time`.
    pub at: Option<Timestamp>,
}

/// Proves the ID token of `answer`.
pub fn prove(
    settings: &Settings,
    known: &Known,
    (answer, token): (&CoreTokenResponse, &CoreIdToken),
    nonce: impl NonceVerifier,
    now: Timestamp,
) -> std::result::Result<Proven, Doubt> {
    let verifier = verifier(settings, known, now);
    let said = token.claims(&verifier, nonce).map_err(doubt)?;
    agree(settings, said, token, answer, &verifier).map_err(Doubt::Final)?;
    let at = said
        .auth_time()
        .map(|time| moment(time.timestamp(), now))
        .transpose()
        .map_err(Doubt::Final)?;
    let claims = read(&token.to_string()).map_err(Doubt::Final)?;
    Ok(Proven { claims, at })
}

fn verifier<'a>(settings: &Settings, known: &Known, now: Timestamp) -> CoreIdTokenVerifier<'a> {
    let client = ClientId::new(settings.client_id.clone());
    CoreIdTokenVerifier::new_public_client(client, known.issuer.clone(), known.keys.set.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || {
            (SystemTime::from(now) - Duration::from_secs(LEEWAY.unsigned_abs())).into()
        })
        .set_issue_time_verifier_fn(move |issued| recent(issued.timestamp(), now))
}

/// Whether a token was issued just now.
pub fn recent(issued: i64, now: Timestamp) -> std::result::Result<(), String> {
    let age = now.as_second().saturating_sub(issued);
    match age {
        _ if age < -LEEWAY => Err("it was issued in the future".into()),
        _ if age > OLDEST => Err("it was issued long ago".into()),
        _ => Ok(()),
    }
}

/// What the library leaves to its user.
fn agree(
    settings: &Settings,
    said: &CoreIdTokenClaims,
    token: &CoreIdToken,
    answer: &CoreTokenResponse,
    verifier: &CoreIdTokenVerifier<'_>,
) -> Result<()> {
    if said
        .authorized_party()
        .is_some_and(|party| party.as_str() != settings.client_id)
    {
        return Err(Error::Audience("`azp` names another client".into()));
    }
    let Some(hash) = said.access_token_hash() else {
        return Ok(());
    };
    let unsigned = |_| Error::Signature("the key is gone".into());
    let (alg, key) = (
        token.signing_alg().map_err(unsigned)?,
        token.signing_key(verifier).map_err(unsigned)?,
    );
    match AccessTokenHash::from_token(answer.access_token(), alg, key) {
        Ok(found) if found == *hash => Ok(()),
        Ok(_) | Err(_) => Err(Error::Signature(
            "`at_hash` is of another access token".into(),
        )),
    }
}

/// A time in the past; a clock that is a little ahead is forgiven.
fn moment(seconds: i64, now: Timestamp) -> Result<Timestamp> {
    let at = Timestamp::from_second(seconds)
        .map_err(|_| Error::Expired("`auth_time` is no time".into()))?;
    if seconds > now.as_second().saturating_add(LEEWAY) {
        return Err(Error::Expired("`auth_time` lies in the future".into()));
    }
    Ok(at.min(now))
}

/// The payload of a token that was proven; the library does not show claims it has no name for.
fn read(token: &str) -> Result<Claims> {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice(&bytes)
        .map(Claims::new)
        .map_err(|_| Error::Response("the ID token is malformed".into()))
}

fn doubt(error: ClaimsVerificationError) -> Doubt {
    let text = clean(&error.to_string());
    match error {
        ClaimsVerificationError::SignatureVerification(reason) => {
            let text = clean(&reason.to_string());
            match reason {
                SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::AmbiguousKeyId(_)
                | SignatureVerificationError::CryptoError(_) => Doubt::Key(Error::Signature(text)),
                _ => Doubt::Final(Error::Signature(text)),
            }
        }
        ClaimsVerificationError::Unsupported(_) => Doubt::Final(Error::Signature(text)),
        ClaimsVerificationError::Expired(_) => Doubt::Final(Error::Expired(text)),
        ClaimsVerificationError::InvalidAudience(_) => Doubt::Final(Error::Audience(text)),
        ClaimsVerificationError::InvalidIssuer(_) => Doubt::Final(Error::Issuer(text)),
        ClaimsVerificationError::InvalidNonce(_) => Doubt::Final(Error::Nonce(text)),
        _ => Doubt::Final(Error::Response(text)),
    }
}
