//! The token endpoint: a code or a refresh token becomes tokens, and refusals become errors without a secret in them.

use openidconnect::core::{CoreErrorResponseType, CoreIdToken, CoreTokenResponse};
use openidconnect::{
    AuthorizationCode, OAuth2TokenResponse, PkceCodeVerifier, RefreshToken, RequestTokenError,
    StandardErrorResponse, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use jiff::Timestamp;

use crate::answer::word;
use crate::error::{Error, Result, clean};
use crate::fetch::Fetch;
use crate::identity::{Memory, Tokens};
use crate::known::Client;

type Failure = RequestTokenError<Error, StandardErrorResponse<CoreErrorResponseType>>;

/// Turns a code into tokens.
pub async fn code(
    client: &Client,
    fetch: &Fetch,
    code: AuthorizationCode,
    memory: &Memory,
) -> Result<CoreTokenResponse> {
    let verifier = PkceCodeVerifier::new(memory.verifier.clone());
    let request = client.exchange_code(code).set_pkce_verifier(verifier);
    request
        .request_async(fetch)
        .await
        .map_err(|failure| match refusal(failure) {
            Ok(word) => Error::Refused(word),
            Err(error) => error,
        })
}

/// Turns a refresh token into tokens.
pub async fn refresh(
    client: &Client,
    fetch: &Fetch,
    token: &SecretString,
) -> Result<CoreTokenResponse> {
    let token = RefreshToken::new(token.expose_secret().to_owned());
    client
        .exchange_refresh_token(&token)
        .request_async(fetch)
        .await
        .map_err(|failure| match refusal(failure) {
            Ok(word) if word == "invalid_grant" || word == "bad_refresh_token" => Error::Gone,
            Ok(word) => Error::Refused(word),
            Err(error) => error,
        })
}

/// The provider's word for its refusal, or what went wrong instead.
fn refusal(failure: Failure) -> Result<String> {
    match failure {
        RequestTokenError::ServerResponse(answer) => Ok(word(answer.error().as_ref())),
        RequestTokenError::Request(error) => Err(error),
        RequestTokenError::Parse(error, body) => hidden(&body).ok_or_else(|| {
            Error::Response(format!(
                "its token endpoint sent no tokens; see `{}`",
                clean(&error.path().to_string())
            ))
        }),
        RequestTokenError::Other(reason) => Err(Error::Response(clean(&reason))),
    }
}

/// A refusal that came with status 200, as GitHub sends them.
fn hidden(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("error").and_then(Value::as_str).map(word)
}

/// What to keep of an answer; what it does not renew stays as it was.
pub fn keep(answer: &CoreTokenResponse, old: &Tokens, now: Timestamp) -> Tokens {
    let refresh = answer
        .refresh_token()
        .map(|token| SecretString::from(token.secret().clone()));
    let id = answer
        .id_token()
        .map(|token| SecretString::from(token.to_string()));
    Tokens {
        refresh: refresh.or_else(|| old.refresh.clone()),
        id: id.or_else(|| old.id.clone()),
        access_until: answer
            .expires_in()
            .and_then(|lasts| now.checked_add(lasts).ok()),
    }
}

/// The access token, for asking more.
pub fn access(answer: &CoreTokenResponse) -> SecretString {
    SecretString::from(answer.access_token().secret().clone())
}

/// The ID token of an answer that must have one.
pub fn id_token(answer: &CoreTokenResponse) -> Result<&CoreIdToken> {
    answer.id_token().ok_or_else(|| {
        Error::Response(
            "its token endpoint sent no ID token; allow the scope `openid` for this client".into(),
        )
    })
}
