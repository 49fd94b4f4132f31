//! SAML at the login's host: to the provider and back, and the end of sessions in both directions.
//!
//! Responses are posted from the provider's site, where browsers leave our cookies out. So the response is
//! judged first, and a second step, which does carry cookies, shows that it is the browser that asked.

use http::{Method, StatusCode, header};
use policy::{Caller, Page};
use saml::{Begun, Incoming, Logout, Send, Wish};

use super::{
    Dispatches, Front, Intake, Refusal,
    login::{Flow, query},
    read_body,
};
use crate::{
    page,
    respond::{self, Reply},
    signin::{self, Arrival, Asked, Leaving, NameIdKept, Pending, SamlProvider},
    store::SignInRow,
};

/// A response in base64 with what a form adds.
const RESPONSE: usize = 600 * 1024;

impl<S: Dispatches> Front<S> {
    /// `GET /_sallyport/saml/<name>/metadata`.
    pub(super) async fn saml_metadata(&self, intake: Intake, name: &str) -> Reply {
        let provider = self.state.providers.saml.get(name);
        let metadata = provider.map(|provider| provider.metadata().to_owned());
        let page = self
            .admit_page(&intake, &Caller::Anonymous, Page::Metadata)
            .await;
        match (page, metadata) {
            (Ok(admitted), Some(metadata)) => {
                let kind = "application/samlmetadata+xml";
                let mut reply = respond::body(StatusCode::OK, kind, metadata);
                respond::guard_own(reply.headers_mut());
                admitted.finish(reply).await
            }
            (Ok(admitted), None) => {
                let refusal = Refusal::new("not-found", StatusCode::NOT_FOUND).of_page();
                let reply = self.reject(&intake, &Caller::Anonymous, refusal);
                admitted.finish(reply).await
            }
            (Err(refused), _) => refused,
        }
    }

    /// Sends the browser to the provider.
    pub(super) async fn saml_start(&self, intake: &Intake, name: &str, flow: &Flow) -> Reply {
        match self.saml_begin(intake, name, &flow.pending).await {
            Ok(reply) => reply,
            Err(code) => self.failed(intake, &flow.pending, code),
        }
    }

    async fn saml_begin(
        &self,
        intake: &Intake,
        name: &str,
        pending: &Pending,
    ) -> Result<Reply, &'static str> {
        let now = intake.moment.now;
        let provider = self.saml(name)?;
        let library = provider.library(now).await.ok_or("saml-unavailable")?;
        let wish = pending.wish.unwrap_or_default();
        let wish = Wish {
            force: wish.max_age.is_some(),
            mfa: wish.mfa,
        };
        let (pool, ip) = (&self.state.sign_ins.pending, intake.moment.net.ip);
        let relay = pool.put(pending.clone(), ip, now).ok_or("login-busy")?;
        let Begun { send, request } = library.begin(&wish, &relay, now).map_err(|error| {
            tracing::warn!(provider = name, %error, "cannot begin a sign-in");
            error.code()
        })?;
        let asked = Asked::Saml(name.to_owned(), request);
        let asked = Pending {
            asked: Some(asked),
            ..pending.clone()
        };
        pool.set(&relay, asked);
        Ok(match send {
            Send::Redirect(to) => respond::see_other(to.as_str()),
            Send::Post { to, fields } => {
                let html = page::provider::onward(&to, &fields);
                let mut reply = respond::page(StatusCode::OK, html);
                respond::may_post_itself(&mut reply, &to.origin().ascii_serialization());
                reply
            }
        })
    }

    fn saml(&self, name: &str) -> Result<&SamlProvider, &'static str> {
        let provider = self.state.providers.saml.get(name);
        provider.ok_or("login-provider")
    }

    /// `POST /_sallyport/saml/<name>/acs`: the provider's response.
    pub(super) async fn saml_answer(&self, mut intake: Intake, name: &str) -> Reply {
        let nobody = Caller::Anonymous;
        let admitted = match self.admit_page(&intake, &nobody, Page::Callback).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let body = std::mem::take(&mut intake.body);
        let reply = match read_body(body, RESPONSE).await {
            Ok(body) => self.saml_judge(&intake, name, &body).await,
            Err(_) => self.over(&intake, "saml-too-large"),
        };
        admitted.finish(reply).await
    }

    async fn saml_judge(&self, intake: &Intake, name: &str, body: &[u8]) -> Reply {
        let field = |name: &str| {
            let mut values = url::form_urlencoded::parse(body).filter(|(key, _)| key == name);
            let value = values.next().map(|(_, value)| value.into_owned());
            value
                .filter(|_| values.next().is_none())
                .unwrap_or_default()
        };
        let (now, ip) = (intake.moment.now, intake.moment.net.ip);
        let taken = self.state.sign_ins.pending.take(&field("RelayState"), now);
        let Some(mut pending) = taken else {
            return self.over(intake, "saml-request");
        };
        let request = match pending.asked.take() {
            Some(Asked::Saml(asked, request)) if asked == name => request,
            Some(_) | None => return self.over(intake, "saml-request"),
        };
        let proven = match self
            .saml_named(name, (&field("SAMLResponse"), &request), now)
            .await
        {
            Ok(proven) => proven,
            Err(code) => return self.failed(intake, &pending, code),
        };
        let arrival = Arrival { pending, proven };
        match self.state.sign_ins.arrivals.put(arrival, ip, now) {
            Some(id) => respond::see_other(&format!("/_sallyport/saml/{name}/done?arrival={id}")),
            None => self.over(intake, "login-busy"),
        }
    }

    async fn saml_named(
        &self,
        name: &str,
        (response, request): (&str, &str),
        now: jiff::Timestamp,
    ) -> Result<crate::authn::Proven, &'static str> {
        let provider = self.saml(name)?;
        let library = provider.library(now).await.ok_or("saml-unavailable")?;
        let identity = library.finish(response, request, now).map_err(|error| {
            tracing::warn!(provider = name, %error, "a sign-in failed");
            error.code()
        })?;
        provider.proven(identity).ok_or("saml-malformed")
    }

    /// `GET /_sallyport/saml/<name>/done`: the browser that brought a good response shows that it asked for it.
    pub(super) async fn saml_done(&self, mut intake: Intake, _name: &str) -> Reply {
        let named = match self.named(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        let page = self
            .admit_page(&intake, &named.caller, Page::Callback)
            .await;
        let admitted = match page {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let id = query(&intake, "arrival").unwrap_or_default();
        let arrived = self.state.sign_ins.arrivals.take(&id, intake.moment.now);
        let reply = match arrived {
            Some(Arrival { pending, proven }) if self.is_this_browser(&intake, &pending) => {
                self.proven(&intake, &named, &pending, proven).await
            }
            Some(_) => self.over(&intake, "login-browser"),
            None => self.over(&intake, "saml-request"),
        };
        admitted.finish(reply).await
    }

    /// `/_sallyport/saml/<name>/slo`: the provider ends sessions, or answers that it has ended its own.
    pub(super) async fn saml_logout(&self, mut intake: Intake, name: &str) -> Reply {
        let nobody = Caller::Anonymous;
        let admitted = match self.admit_page(&intake, &nobody, Page::Callback).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let reply = match self.saml_ended(&mut intake, name).await {
            Ok(reply) => reply,
            Err(code) => {
                let refusal = Refusal::new(code, StatusCode::BAD_REQUEST).of_page();
                self.reject(&intake, &nobody, refusal)
            }
        };
        admitted.finish(reply).await
    }

    async fn saml_ended(&self, intake: &mut Intake, name: &str) -> Result<Reply, &'static str> {
        let now = intake.moment.now;
        let provider = self.saml(name)?;
        let library = provider.library(now).await.ok_or("saml-unavailable")?;
        let body = std::mem::take(&mut intake.body);
        let body = read_body(body, RESPONSE)
            .await
            .map_err(|_| "saml-too-large")?;
        let text = String::from_utf8_lossy(&body);
        let raw = intake.parts.uri.query().unwrap_or_default();
        let incoming = match intake.parts.method {
            Method::POST => Incoming::Post(&text),
            _ => Incoming::Redirect(raw),
        };
        let refused = |error: saml::Error| {
            tracing::warn!(provider = name, %error, "a message about the end of a session is not good");
            error.code()
        };
        let (id, name_id, sessions, relay) =
            match library.logout_message(incoming, now).map_err(refused)? {
                Logout::Response { .. } => return Ok(respond::see_other("/_sallyport/signed-out")),
                Logout::Request {
                    id,
                    name_id,
                    sessions,
                    relay,
                } => (id, name_id, sessions, relay),
            };
        self.saml_end(intake, (name, provider), (&name_id.value, &sessions))
            .await?;
        let send = library
            .logout_response(&id, relay.as_deref(), now)
            .map_err(refused)?;
        Ok(sent(send))
    }

    /// Ends the sessions a provider names, or all of the person when it names none.
    async fn saml_end(
        &self,
        intake: &Intake,
        (name, provider): (&str, &SamlProvider),
        (subject, sessions): (&str, &[String]),
    ) -> Result<(), &'static str> {
        if sessions.is_empty() && provider.names_by_attribute() {
            let mut rows = self.state.store.sign_ins_of(name).await;
            if let Ok(rows) = &mut rows {
                rows.retain(|row| {
                    self.kept_name(row)
                        .is_some_and(|kept| kept.name_id.value == subject)
                });
            }
            return self.end_each(rows, &intake.moment).await;
        }
        if sessions.is_empty() {
            let user = provider.user(subject);
            return self
                .end_all((name, None, Some(user.as_str())), &intake.moment)
                .await;
        }
        for session in sessions {
            let which = (name, Some(session.as_str()), None);
            self.end_all(which, &intake.moment).await?;
        }
        Ok(())
    }

    /// The `NameID` with which a sign-in began, which an attribute may have replaced as the person's id.
    fn kept_name(&self, row: &SignInRow) -> Option<NameIdKept> {
        let purpose = signin::purpose(&row.user);
        let plain = self.state.seal.unseal(&purpose, row.tokens.as_deref()?);
        serde_json::from_slice(&plain.ok()?).ok()
    }

    /// How to sign out at the provider too, if it can be done.
    pub(super) async fn saml_leaving(
        &self,
        row: &SignInRow,
        plain: &[u8],
        now: jiff::Timestamp,
    ) -> Option<Leaving> {
        let provider = self.state.providers.saml.get(&row.provider)?;
        let library = provider.library(now).await?;
        let kept: NameIdKept = serde_json::from_slice(plain).ok()?;
        let begun = library.logout(&kept.name_id, row.sid.as_deref(), "out", now);
        Some(match begun.ok()??.send {
            Send::Redirect(to) => Leaving::To(to),
            Send::Post { to, fields } => Leaving::Post(to, fields),
        })
    }
}

/// The answer that a browser carries to the provider.
fn sent(send: Send) -> Reply {
    match send {
        Send::Redirect(to) => {
            let mut reply = respond::see_other(to.as_str());
            let never = http::HeaderValue::from_static("no-store");
            reply.headers_mut().insert(header::CACHE_CONTROL, never);
            reply
        }
        Send::Post { to, fields } => {
            let html = page::provider::goodbye(&to, &fields);
            let mut reply = respond::page(StatusCode::OK, html);
            respond::may_post_itself(&mut reply, &to.origin().ascii_serialization());
            reply
        }
    }
}
