//! Where people sign in: an origin of its own, so that no app's page is ever same-origin with a password form.

use crate::{front::Intake, state::State};

/// The login's host where none is configured; only browsers on this machine reach it.
const LOCAL: &str = "auth.localhost";

/// The two origins of a sign-in that begins with this request.
pub struct Origins {
    /// Where people sign in.
    pub login: String,
    /// Where they came from.
    pub app: String,
}

/// Whether `host` is where people sign in; no app can be served there.
pub fn is_login_host(state: &State, host: &str) -> bool {
    match &state.config.login.origin {
        Some(origin) => origin.url().host_str() == Some(host),
        None => host == LOCAL,
    }
}

/// The origins of a sign-in that begins with this request; nothing when nobody can sign in from there.
///
/// Only hosts that we serve are returned to: a sign-in never leads to a name somebody made up. Behind an
/// encrypted login, answers go back encrypted too.
pub fn origins(state: &State, intake: &Intake) -> Option<Origins> {
    let host = &intake.host;
    let served = host.is_localhost()
        || is_login_host(state, host.as_str())
        || state
            .catalog
            .load()
            .apps()
            .any(|app| app.address.host() == host.as_str());
    let login = login(state, intake)?;
    let here = host.is_localhost() || host.as_str().ends_with(".localhost");
    let tls = intake.peer.tls || (login.starts_with("https:") && !here);
    let scheme = if tls { "https" } else { "http" };
    served.then(|| Origins {
        login,
        app: format!("{scheme}://{}", intake.authority),
    })
}

fn login(state: &State, intake: &Intake) -> Option<String> {
    if let Some(origin) = &state.config.login.origin {
        return Some(origin.url().origin().ascii_serialization());
    }
    let host = &intake.host;
    let here = host.is_localhost() || host.as_str().ends_with(".localhost");
    // The port as the browser knows it: it may reach us over another one.
    let port = match intake.authority.rsplit_once(':') {
        Some((_, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(":{port}")
        }
        Some(_) | None => String::new(),
    };
    here.then(|| format!("{}://{LOCAL}{port}", intake.peer.scheme()))
}
