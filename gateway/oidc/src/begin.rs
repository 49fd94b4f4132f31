//! The way out: the provider's page with everything that will prove the answer to be ours.

use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreResponseType,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationRequest, CsrfToken, LoginHint, Nonce,
    PkceCodeChallenge, Scope,
};

use crate::error::Result;
use crate::identity::{Begun, Memory, Wish};
use crate::known::Known;
use crate::preset::Offline;
use crate::settings::Settings;

type Request<'a> = AuthorizationRequest<'a, CoreAuthDisplay, CoreAuthPrompt, CoreResponseType>;

/// Begins a sign-in. `openid` says whether an ID token is wanted.
pub fn begin(
    settings: &Settings,
    known: &Known,
    wish: &Wish,
    now: Timestamp,
    openid: bool,
) -> Result<Begun> {
    let redirect = wish
        .redirect
        .as_ref()
        .unwrap_or(&settings.redirect)
        .to_string();
    let mut client = known.client(settings, Some(&redirect))?;
    if !openid {
        client = client.disable_openid_scope();
    }
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let request = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge);
    let (url, state, nonce) = wished(settings, asked(settings, request), wish).url();
    Ok(Begun {
        url,
        memory: Memory {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            redirect,
            begun: now.as_second(),
            max_age: wish.max_age.map(|age| age.as_secs()),
            mfa: wish.mfa,
        },
    })
}

/// What the settings ask for every time. Consent is asked for where the standard gives no refresh token without.
fn asked<'a>(settings: &Settings, request: Request<'a>) -> Request<'a> {
    let scopes = settings
        .scopes
        .iter()
        .filter(|scope| *scope != "openid" && *scope != "offline_access");
    let mut request = request.add_scopes(scopes.cloned().map(Scope::new));
    if let Some(domain) = &settings.hosted_domain {
        request = request.add_extra_param("hd", domain.clone());
    }
    let offline = || Scope::new("offline_access".to_owned());
    match settings.preset.offline() {
        _ if !settings.offline => request,
        Offline::Consent => request
            .add_scope(offline())
            .add_prompt(CoreAuthPrompt::Consent),
        Offline::Scope => request.add_scope(offline()),
        Offline::AccessType => request
            .add_extra_param("access_type", "offline")
            .add_prompt(CoreAuthPrompt::Consent),
        Offline::Implied => request,
    }
}

fn wished<'a>(settings: &Settings, mut request: Request<'a>, wish: &Wish) -> Request<'a> {
    if let Some(age) = wish.max_age {
        request = request.set_max_age(age).add_prompt(CoreAuthPrompt::Login);
    }
    if wish.mfa {
        for class in &settings.mfa_acr {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
        }
    }
    match &wish.login_hint {
        Some(hint) => request.set_login_hint(LoginHint::new(hint.clone())),
        None => request,
    }
}
