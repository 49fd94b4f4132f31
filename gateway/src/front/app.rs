//! A request to an app: which route, who asks, may they.

use std::sync::Arc;

use http::{StatusCode, header};
use policy::{Caller, HttpCall};
use sandbox::{RouteKind, RouteMatch, match_route};
use tower::ServiceExt;

use super::{Dispatches, Front, Inbound, Intake, Refusal, Target};
use crate::{
    catalog::Installed,
    dev,
    respond::{self, Reply},
    statics::{self, Found},
};

impl<S: Dispatches> Front<S> {
    pub(super) async fn app(&self, mut intake: Intake, installed: Arc<Installed>) -> Reply {
        let caller = match self.name(&mut intake).await {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        if let Some(reply) = self
            .foreign(&intake, &caller)
            .or_else(|| self.oversized(&intake, &caller))
        {
            return reply;
        }
        let (asker, moment) = (intake.asker.clone(), intake.moment.clone());
        let call = call(intake, installed, caller.clone());
        match self.state.gate.admit(&caller, call, &moment).await {
            Ok(permit) => {
                let Ok(reply) = self.inner.clone().oneshot(permit).await;
                reply
            }
            Err(refused) => {
                tracing::debug!(record = refused.id, "denied");
                respond::refused(&refused, StatusCode::FORBIDDEN, &asker)
            }
        }
    }

    /// The answer to a body that says itself that it is too large, before it is asked for.
    fn oversized(&self, intake: &Intake, caller: &Caller) -> Option<Reply> {
        let length = intake
            .parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        match length.and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if length > self.state.config.apps.request_body.value() => {
                Some(self.reject(
                    intake,
                    caller,
                    Refusal::new("body-too-large", StatusCode::PAYLOAD_TOO_LARGE),
                ))
            }
            Some(_) | None => None,
        }
    }
}

/// The call, with everything that will be done as its cargo.
fn call(intake: Intake, installed: Arc<Installed>, caller: Caller) -> HttpCall<Inbound> {
    let (route, target) = target(&installed, &intake);
    HttpCall {
        instance: Arc::clone(&installed.instance),
        method: intake.parts.method.as_str().to_owned(),
        path: intake.path.as_str().to_owned(),
        route,
        request: Inbound {
            installed,
            target,
            path: intake.path,
            authority: intake.authority,
            parts: intake.parts,
            body: intake.body,
            caller,
            peer: intake.peer,
            moment: intake.moment,
        },
    }
}

/// The route pattern policy is asked with, and what will answer. An unknown path is asked with no pattern.
fn target(installed: &Installed, intake: &Intake) -> (String, Target) {
    let rest = below(installed.address.path(), intake.path.decoded());
    if installed.inspection.redirect_bare_path
        && rest.is_empty()
        && !intake.path.has_trailing_slash()
    {
        return (String::new(), Target::Slash);
    }
    let rest = if rest.is_empty() { "/" } else { rest };
    if rest == dev::EVENTS && intake.parts.method == http::Method::GET && dev::tells(installed) {
        return (rest.to_owned(), Target::Events);
    }
    if let Some(file) = statics::find_root(&installed.source, rest).filter(|_| intake.reads()) {
        return (rest.to_owned(), Target::File(file));
    }
    if rest.starts_with("/static/") {
        return (
            statics::PATTERN.to_owned(),
            static_file(installed, intake, rest),
        );
    }
    match match_route(
        &installed.inspection.routes,
        intake.parts.method.as_str(),
        rest,
    ) {
        RouteMatch::Found { index, pattern, .. } if proxied(installed, index) => {
            (pattern, Target::Unavailable)
        }
        RouteMatch::Found {
            index,
            params,
            pattern,
        } => (
            pattern,
            Target::Handler {
                route: index,
                params,
            },
        ),
        RouteMatch::MethodNotAllowed(methods) => (String::new(), Target::OtherMethod(methods)),
        RouteMatch::NotFound if installed.inspection.static_only && intake.reads() => (
            "/*".to_owned(),
            Target::File(statics::find_only(
                &installed.source,
                &installed.inspection,
                rest,
            )),
        ),
        RouteMatch::NotFound if rest == "/static" => (
            statics::PATTERN.to_owned(),
            static_file(installed, intake, rest),
        ),
        RouteMatch::NotFound if acts(installed, rest) => (rest.to_owned(), Target::Unavailable),
        RouteMatch::NotFound => (String::new(), Target::Nothing),
    }
}

fn proxied(installed: &Installed, route: usize) -> bool {
    let route = installed.inspection.routes.get(route);
    route.is_some_and(|route| route.kind == RouteKind::Proxy)
}

fn acts(installed: &Installed, rest: &str) -> bool {
    let mut actions = installed.inspection.actions.iter();
    actions.any(|action| action.path == rest)
}

fn static_file(installed: &Installed, intake: &Intake, rest: &str) -> Target {
    if !intake.reads() {
        return Target::OtherMethod(vec!["GET".into(), "HEAD".into()]);
    }
    Target::File(match statics::find(&installed.source, rest) {
        Found::Folder if !statics::has_files(&installed.source) => Found::Missing,
        found @ (Found::File { .. } | Found::Folder | Found::Missing) => found,
    })
}

/// The part of `path` below the app; an app's own path needs no escapes, so the decoded path begins with it.
fn below<'p>(app: &str, path: &'p str) -> &'p str {
    match app {
        "/" => path,
        app => path.strip_prefix(app).unwrap_or(path),
    }
}
