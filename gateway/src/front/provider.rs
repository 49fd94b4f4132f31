//! The addresses of identity providers, which exist at the login's host only, and the way to them.

use http::{Method, StatusCode};
use policy::Page;

use super::{
    Dispatches, Front, Intake, Refusal,
    login::{Flow, query},
};
use crate::{
    respond::{self, Reply},
    signin,
};

impl<S: Dispatches> Front<S> {
    /// What providers and browsers on their way to them ask for; only at the login's host.
    pub(super) async fn provider(&self, intake: Intake, rest: &str) -> Reply {
        let mut parts = rest.split('/').skip(1);
        let parts = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(protocol), Some(name), Some(step), None) = parts else {
            return self.nothing(&intake, StatusCode::NOT_FOUND);
        };
        let method = intake.parts.method.clone();
        let get = matches!(method, Method::GET | Method::HEAD);
        if !signin::is_login_host(&self.state, intake.host.as_str()) {
            return self.nothing(&intake, StatusCode::NOT_FOUND);
        }
        let known = self.state.providers.titles();
        if !{ known }.any(|way| (way.protocol, way.name) == (protocol, name)) {
            return self.nothing(&intake, StatusCode::NOT_FOUND);
        }
        match (protocol, step) {
            (_, "start") if get => self.start(intake, (protocol, name)).await,
            ("oidc", "callback") if get => self.oidc_callback(intake, name).await,
            ("oidc", "logout") if method == Method::POST => self.oidc_logout(intake, name).await,
            #[cfg(feature = "saml")]
            ("saml", "metadata") if get => self.saml_metadata(intake, name).await,
            #[cfg(feature = "saml")]
            ("saml", "acs") if method == Method::POST => self.saml_answer(intake, name).await,
            #[cfg(feature = "saml")]
            ("saml", "done") if get => self.saml_done(intake, name).await,
            #[cfg(feature = "saml")]
            ("saml", "slo") => self.saml_logout(intake, name).await,
            ("oidc", "start" | "callback") | ("saml", "start" | "metadata" | "done") => {
                self.wrong_method(&intake, "GET, HEAD")
            }
            ("oidc", "logout") | ("saml", "acs") => self.wrong_method(&intake, "POST"),
            _ => self.nothing(&intake, StatusCode::NOT_FOUND),
        }
    }

    /// `GET …/<name>/start`: sends the browser to the provider.
    async fn start(&self, mut intake: Intake, (protocol, name): (&str, &str)) -> Reply {
        let named = match self.named(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        let flow = match self.flow_with(&intake, name) {
            Ok(flow) => flow,
            Err(refusal) => return self.expired(&intake, &named.caller, refusal),
        };
        let page = self.admit_page(&intake, &named.caller, Page::Login).await;
        let admitted = match page {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let mut reply = match protocol {
            #[cfg(feature = "saml")]
            "saml" => self.saml_start(&intake, name, &flow).await,
            _ => self.oidc_begin(&intake, name, &flow).await,
        };
        respond::bind(&mut reply, &flow.binding, intake.peer.tls);
        admitted.finish(reply).await
    }

    /// The sign-in that the address names, if it may go on at this provider.
    fn flow_with(&self, intake: &Intake, name: &str) -> Result<Flow, Refusal> {
        let flow = self.flow(intake, query(intake, "flow").unwrap_or_default())?;
        let wanted = flow.pending.provider.as_deref();
        match wanted.is_none_or(|wanted| wanted == name) {
            true => Ok(flow),
            false => Err(Refusal::new("login-provider", StatusCode::FORBIDDEN).of_page()),
        }
    }
}
