//! Where people sign in: an origin of its own, so that no app's page is ever same-origin with a password form.

use std::net::IpAddr;

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

/// Whether the login is asked in the clear from another machine, though it is meant to be encrypted. On this
/// machine a proxy may end TLS.
pub fn is_exposed(state: &State, intake: &Intake) -> bool {
    let origin = state.config.login.origin.as_ref();
    let meant = origin.is_some_and(|origin| origin.url().scheme() == "https");
    let here = is_login_host(state, intake.host.as_str());
    meant && here && is_in_the_clear(intake.peer.tls, intake.peer.ip())
}

fn is_in_the_clear(tls: bool, from: IpAddr) -> bool {
    !tls && !from.is_loopback()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_speak_plainly() {
        let check = |tls, from: &str, expected| {
            assert_eq!(
                is_in_the_clear(tls, from.parse().unwrap()),
                expected,
                "{from}"
            );
        };
        check(false, "10.0.0.7", true);
        check(false, "2001:db8::1", true);
        check(false, "127.0.0.1", false);
        check(false, "::1", false);
        check(true, "10.0.0.7", false);
    }
}
