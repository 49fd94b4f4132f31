//! Calls that come in by HTTP: a request to an app, a page of the gateway itself, and the opening and
//! closing of a session.

use std::sync::Arc;

use audit::Durability;

use super::ask::{Ask, Fact, Fields, Node};
use super::sealed::Asks;
use crate::action::Action;
use crate::caller::Instance;

/// A request to an app; asks `app.access`.
#[derive(Debug)]
pub struct HttpCall<T> {
    /// The app instance that will answer.
    pub instance: Arc<Instance>,
    /// The method, upper case.
    pub method: String,
    /// The canonical full path.
    pub path: String,
    /// The route pattern that will handle it, or empty.
    pub route: String,
    /// Whether the client wants another protocol on the connection, by which it may then send anything.
    pub upgrade: bool,
    /// What will be dispatched when permitted.
    pub request: T,
}

/// A page of the gateway itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// Liveness.
    Health,
    /// Readiness.
    Ready,
    /// The login form and its submission.
    Login,
    /// What an identity provider sends back: answers, and news that a session has ended.
    Callback,
    /// The last step of signing in: the host of the app gets its session.
    Session,
    /// What identity providers and upstreams read of us: SAML metadata, keys (JWKS).
    Metadata,
    /// The end of a session.
    Logout,
    /// The list of apps.
    Home,
    /// Styles and images of these pages.
    Asset,
    /// What pages of other origins may ask of apps (CORS).
    Preflight,
}

impl Page {
    /// Every page.
    pub const ALL: [Page; 10] = [
        Page::Health,
        Page::Ready,
        Page::Login,
        Page::Callback,
        Page::Session,
        Page::Metadata,
        Page::Logout,
        Page::Home,
        Page::Asset,
        Page::Preflight,
    ];

    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Page::Health => "health",
            Page::Ready => "ready",
            Page::Login => "login",
            Page::Callback => "callback",
            Page::Session => "session",
            Page::Metadata => "metadata",
            Page::Logout => "logout",
            Page::Home => "home",
            Page::Asset => "asset",
            Page::Preflight => "preflight",
        }
    }
}

/// A request for a page of the gateway itself; asks `gateway.page`.
#[derive(Debug)]
pub struct PageCall<T> {
    /// The page.
    pub page: Page,
    /// The method, upper case.
    pub method: String,
    /// The canonical path.
    pub path: String,
    /// What will be dispatched when permitted.
    pub request: T,
}

/// What happens to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// It begins.
    Open,
    /// The provider is asked whether, and as whom, it goes on.
    Refresh,
    /// It ends.
    Close,
}

/// What happens to the caller's own session; asks `session.open`, `session.refresh` or `session.close`.
#[derive(Debug)]
pub struct SessionCall<T> {
    /// Which of them.
    pub kind: SessionKind,
    /// What will be done when permitted.
    pub request: T,
}

impl<T> Asks for HttpCall<T> {
    fn ask(&self) -> Ask {
        Ask {
            durability: match self.upgrade {
                true => Durability::Sync,
                false => by_method(&self.method),
            },
            http: Some((self.method.clone(), self.route.clone())),
            instance: Some(Arc::clone(&self.instance)),
            facts: Fields::new().with("http", http(&self.method, &self.path, Some(&self.route))),
            ..Ask::new(Action::AppAccess, crate::place::instance(&self.instance))
        }
    }
}

impl<T> Asks for PageCall<T> {
    fn ask(&self) -> Ask {
        Ask {
            durability: by_method(&self.method),
            http: Some((self.method.clone(), self.page.as_str().to_owned())),
            facts: Fields::new()
                .with("http", http(&self.method, &self.path, None))
                .with("page", Fact::text(self.page.as_str())),
            ..Ask::new(Action::GatewayPage, vec![Node::system()])
        }
    }
}

impl<T> Asks for SessionCall<T> {
    fn ask(&self) -> Ask {
        let action = match self.kind {
            SessionKind::Open => Action::SessionOpen,
            SessionKind::Refresh => Action::SessionRefresh,
            SessionKind::Close => Action::SessionClose,
        };
        Ask::new(action, vec![Node::system()])
    }
}

fn by_method(method: &str) -> Durability {
    match method {
        "GET" | "HEAD" | "OPTIONS" => Durability::Held,
        _ => Durability::Sync,
    }
}

fn http(method: &str, path: &str, route: Option<&str>) -> Fact {
    let mut facts = Fields::new()
        .with("method", Fact::text(method))
        .with("path", Fact::text(path));
    if let Some(route) = route {
        facts = facts.with("route", Fact::text(route));
    }
    Fact::Record(facts)
}
