//! The request as the app sees it: canonical, without claims of the client, with the names we vouch for.

use bytes::Bytes;
use policy::{Caller, Person};
use sandbox::{AppRequest, AppUser};

use super::headers;
use crate::{
    dev,
    front::{Inbound, Target},
};

/// Everything the app gets to know of a request.
pub(super) fn app_request(inbound: &Inbound, body: Bytes) -> AppRequest {
    let (route, url_params) = match &inbound.target {
        Target::Handler { route, params } => (*route, params.clone()),
        Target::File(_)
        | Target::Served(_)
        | Target::Events
        | Target::Slash
        | Target::OtherMethod(_)
        | Target::Proxy { .. }
        | Target::Unavailable
        | Target::Nothing => Default::default(),
    };
    let user = user(&inbound.caller);
    let mut headers = headers::for_app(&inbound.parts.headers);
    headers.extend(vouched(&user));
    AppRequest {
        method: inbound.parts.method.as_str().to_owned(),
        host: inbound.authority.clone(),
        scheme: inbound.peer.scheme().to_owned(),
        path: inbound.path.written(),
        app_path: inbound
            .installed
            .address
            .path()
            .trim_end_matches('/')
            .to_owned(),
        route,
        url_params,
        query: inbound.parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        remote_ip: inbound.peer.ip().to_string(),
        user,
        is_dev: dev::develops(&inbound.installed),
        now: inbound.moment.now,
    }
}

/// Who asks, in the headers that apps and upstreams know.
pub(super) fn identity(caller: &Caller) -> Vec<(String, String)> {
    vouched(&user(caller))
}

fn vouched(user: &AppUser) -> Vec<(String, String)> {
    let mut vouched = vec![
        ("X-Openrun-User", user.id.clone()),
        ("X-Openrun-User-Id", user.subject.clone()),
        ("X-Openrun-Perms", user.permissions.join(",")),
        ("X-Openrun-Rbac-Enabled", user.rbac.to_string()),
    ];
    if !user.email.is_empty() {
        vouched.push(("X-Openrun-User-Email", user.email.clone()));
    }
    let named = |(name, value): (&str, String)| (name.to_owned(), value);
    vouched.into_iter().map(named).collect()
}

/// Apps know local accounts as `builtin:<name>`, as OpenRun does; nobody but an operator names those. People of a
/// provider go by their subject: the name a provider shows may be of their own choice, and be somebody else's too.
fn known_as(person: &Person) -> String {
    match person.provider.as_str() {
        "local" => format!("builtin:{}", person.name),
        provider => format!("{provider}:{}", person.subject),
    }
}

fn user(caller: &Caller) -> AppUser {
    let person: Option<&Person> = match caller {
        Caller::Anonymous => None,
        Caller::Person(person) => Some(person),
        Caller::App(acting) => acting.on_behalf_of.as_deref(),
    };
    match person {
        Some(person) => AppUser {
            id: known_as(person),
            subject: person.subject.clone(),
            email: person.email.clone().unwrap_or_default(),
            permissions: Vec::new(),
            rbac: true,
        },
        None => AppUser {
            id: "anonymous".into(),
            rbac: true,
            ..AppUser::default()
        },
    }
}
