//! A request to an app: which route, who asks, may they.

use std::sync::Arc;

use http::{Method, StatusCode, header};
use policy::{Caller, HttpCall, Page};
use sandbox::{RouteKind, RouteMatch, match_route};
use tower::ServiceExt;

use super::{Dispatches, Front, Inbound, Intake, Refusal, Target};
use crate::{
    catalog::Installed,
    config::Cors,
    cors, dev,
    respond::{self, Reply},
    statics::{self, Found},
};

/// Below an app, where its offered files are.
const SERVED: &str = "/_openrun_app/file/";

impl<S: Dispatches> Front<S> {
    pub(super) async fn app(&self, mut intake: Intake, installed: Arc<Installed>) -> Reply {
        let config = Arc::clone(&self.state.config);
        let edge = config.edge(&installed.address);
        let (method, headers) = (&intake.parts.method, &intake.parts.headers);
        if cors::is_preflight(edge.cors, method, headers) {
            return self.preflight(&intake, edge.cors).await;
        }
        let trusted = !edge.refuse_cross_origin || cors::trusts(edge.cors, headers);
        let named = match self.state.certificates.entry(&installed.instance.auth) {
            Some(entry) => self.certified(&mut intake, entry).map_err(|reply| *reply),
            None => self.name(&mut intake).await,
        };
        let caller = match named {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        let going = target(&installed, &intake);
        let most = match going.1 {
            // A body on its way to another server is nowhere whole.
            Target::Proxy { .. } => u64::MAX,
            _ => config.apps.request_body(&installed.address),
        };
        let refused = match trusted {
            true => None,
            false => self.foreign(&intake, &caller),
        };
        if let Some(reply) = refused.or_else(|| self.oversized(&intake, &caller, most)) {
            return reply;
        }
        let (asker, moment) = (intake.asker.clone(), intake.moment.clone());
        let call = call(intake, installed, caller.clone(), going);
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
    fn oversized(&self, intake: &Intake, caller: &Caller, most: u64) -> Option<Reply> {
        let length = intake
            .parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        match length.and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if length > most => Some(self.reject(
                intake,
                caller,
                Refusal::new("body-too-large", StatusCode::PAYLOAD_TOO_LARGE),
            )),
            Some(_) | None => None,
        }
    }

    /// Tells a browser what a page of another origin may ask of an app.
    async fn preflight(&self, intake: &Intake, cors: &Cors) -> Reply {
        let nobody = Caller::Anonymous;
        match cors::preflight(cors, &intake.parts.headers) {
            Ok(reply) => match self.admit_page(intake, &nobody, Page::Preflight).await {
                Ok(admitted) => admitted.finish(reply).await,
                Err(refused) => refused,
            },
            Err(cors::NotAllowed) => {
                let refusal = Refusal::new("cors", StatusCode::FORBIDDEN).of_page();
                self.reject(intake, &nobody, refusal)
            }
        }
    }
}

/// The call, with everything that will be done as its cargo.
fn call(
    intake: Intake,
    installed: Arc<Installed>,
    caller: Caller,
    (route, target): (String, Target),
) -> HttpCall<Inbound> {
    HttpCall {
        instance: Arc::clone(&installed.instance),
        method: intake.parts.method.as_str().to_owned(),
        path: intake.path.as_str().to_owned(),
        route,
        upgrade: target.may_upgrade(&intake.parts),
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
    own(installed, intake, rest).unwrap_or_else(|| routed(installed, intake, rest))
}

/// What answers below an app whatever its routes say.
fn own(installed: &Installed, intake: &Intake, rest: &str) -> Option<(String, Target)> {
    if rest == dev::EVENTS && intake.parts.method == Method::GET && dev::tells(installed) {
        return Some((rest.to_owned(), Target::Events));
    }
    if let Some(file) = statics::find_root(&installed.source, rest).filter(|_| intake.reads()) {
        return Some((rest.to_owned(), Target::File(file)));
    }
    if let Some(id) = rest.strip_prefix(SERVED).filter(|id| !id.contains('/')) {
        let pattern = format!("{SERVED}{{file_id}}");
        let target = match intake.parts.method {
            Method::GET => Target::Served(id.to_owned()),
            // A file that can be had once is not spent on looking whether it is there.
            _ => Target::OtherMethod(vec!["GET".into()]),
        };
        return Some((pattern, target));
    }
    (rest.starts_with("/static/") && !is_proxied_whole(installed)).then(|| {
        (
            statics::PATTERN.to_owned(),
            static_file(installed, intake, rest),
        )
    })
}

fn routed(installed: &Installed, intake: &Intake, rest: &str) -> (String, Target) {
    match route(installed, intake.parts.method.as_str(), rest) {
        RouteMatch::Found { index, pattern, .. } if proxied(installed, index) => {
            (pattern, Target::Proxy { route: index })
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
        // Behind an API that does not read, the file of that path is read.
        RouteMatch::MethodNotAllowed(_) | RouteMatch::NotFound
            if installed.inspection.static_only && intake.reads() =>
        {
            ("/*".to_owned(), only_file(installed, intake, rest))
        }
        RouteMatch::MethodNotAllowed(methods) => (String::new(), Target::OtherMethod(methods)),
        RouteMatch::NotFound if installed.inspection.static_only => {
            ("/*".to_owned(), only_file(installed, intake, rest))
        }
        RouteMatch::NotFound if rest == "/static" => (
            statics::PATTERN.to_owned(),
            static_file(installed, intake, rest),
        ),
        RouteMatch::NotFound if acts(installed, rest) => (rest.to_owned(), Target::Unavailable),
        RouteMatch::NotFound => (String::new(), Target::Nothing),
    }
}

/// The route of a request; HEAD runs the handler of GET, and its body is left out on the way.
fn route(installed: &Installed, method: &str, rest: &str) -> RouteMatch {
    let routes = &installed.inspection.routes;
    match match_route(routes, method, rest) {
        RouteMatch::MethodNotAllowed(methods)
            if method == "HEAD" && methods.iter().any(|known| known == "GET") =>
        {
            match_route(routes, "GET", rest)
        }
        found @ (RouteMatch::Found { .. }
        | RouteMatch::MethodNotAllowed(_)
        | RouteMatch::NotFound) => found,
    }
}

/// Whether everything below the app goes to another server, static files too.
fn is_proxied_whole(installed: &Installed) -> bool {
    let mut routes = installed.inspection.routes.iter();
    routes.any(|route| route.kind == RouteKind::Proxy && route.pattern == "/")
}

fn proxied(installed: &Installed, route: usize) -> bool {
    let route = installed.inspection.routes.get(route);
    route.is_some_and(|route| route.kind == RouteKind::Proxy)
}

fn acts(installed: &Installed, rest: &str) -> bool {
    let mut actions = installed.inspection.actions.iter();
    actions.any(|action| action.path == rest)
}

/// What answers in an app of files only.
fn only_file(installed: &Installed, intake: &Intake, rest: &str) -> Target {
    match statics::find_only(&installed.source, &installed.inspection, rest) {
        Found::File { .. } if !intake.reads() => {
            Target::OtherMethod(vec!["GET".into(), "HEAD".into()])
        }
        found @ (Found::File { .. } | Found::Folder | Found::Missing) => Target::File(found),
    }
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
