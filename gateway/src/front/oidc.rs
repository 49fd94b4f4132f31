//! OpenID Connect at the login's host: to the provider and back, and the provider's word that a session is over.

use http::StatusCode;
use policy::{Caller, Moment, Page};

use super::{
    Body, Dispatches, Front, Intake, Refusal,
    login::{Flow, query},
    read_body,
};
use crate::{
    authn::{self, Named},
    respond::{self, Reply},
    signin::{self, Asked, Pending},
    store::{SignInRow, StoreError},
};

/// Longer logout tokens are no such thing.
const TOKEN: usize = 64 * 1024;

impl<S: Dispatches> Front<S> {
    /// Sends the browser to the provider.
    pub(super) async fn oidc_begin(&self, intake: &Intake, name: &str, flow: &Flow) -> Reply {
        let Some(provider) = self.state.providers.oidc.get(name) else {
            return self.failed(intake, &flow.pending, "login-provider");
        };
        let wish = flow.pending.wish.unwrap_or_default();
        let wish = oidc::Wish {
            max_age: wish.max_age,
            mfa: wish.mfa,
            ..oidc::Wish::default()
        };
        let now = intake.moment.now;
        let begun = match provider.library.begin(&wish, now).await {
            Ok(begun) => begun,
            Err(error) => {
                tracing::warn!(provider = name, %error, "cannot begin a sign-in");
                return self.failed(intake, &flow.pending, error.code());
            }
        };
        let state = begun.memory.state.clone();
        let pending = Pending {
            asked: Some(Asked::Oidc(name.to_owned(), begun.memory)),
            ..flow.pending.clone()
        };
        let pool = &self.state.sign_ins.pending;
        let _ = pool.put_at(&state, pending, intake.moment.net.ip, now);
        respond::see_other(begun.url.as_str())
    }

    /// `GET /_sallyport/oidc/<name>/callback`: the provider's answer.
    pub(super) async fn oidc_callback(&self, mut intake: Intake, name: &str) -> Reply {
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
        let reply = self.oidc_answer(&intake, &named, name).await;
        admitted.finish(reply).await
    }

    async fn oidc_answer(&self, intake: &Intake, named: &Named, name: &str) -> Reply {
        let now = intake.moment.now;
        let state = query(intake, "state").unwrap_or_default();
        let Some(mut pending) = self.state.sign_ins.pending.take(&state, now) else {
            return self.over(intake, "oidc-state");
        };
        let memory = match pending.asked.take() {
            Some(Asked::Oidc(asked, memory)) if asked == name => memory,
            Some(_) | None => return self.over(intake, "oidc-state"),
        };
        if !self.is_this_browser(intake, &pending) {
            return self.over(intake, "login-browser");
        }
        let Some(provider) = self.state.providers.oidc.get(name) else {
            return self.failed(intake, &pending, "login-provider");
        };
        let raw = intake.parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(raw.as_bytes()).into_owned();
        let pairs: Vec<(String, String)> = pairs.collect();
        match provider.library.finish(&pairs, &memory, now).await {
            Ok(identity) => match provider.proven(identity) {
                Some(proven) => self.proven(intake, named, &pending, proven).await,
                None => self.failed(intake, &pending, "oidc-response"),
            },
            Err(error) => {
                tracing::warn!(provider = name, %error, "a sign-in failed");
                self.failed(intake, &pending, error.code())
            }
        }
    }

    /// Whether the browser is the one that began the sign-in at this host.
    pub(super) fn is_this_browser(&self, intake: &Intake, pending: &Pending) -> bool {
        let binding = authn::binding(&intake.parts.headers, intake.peer.tls);
        let binding = binding.filter(|binding| !binding.fresh);
        binding.is_some_and(|binding| pending.binding == Some(binding.hash()))
    }

    /// `POST /_sallyport/oidc/<name>/logout`: the provider says that a session is over (OpenID Connect
    /// Back-Channel Logout 1.0). The token proves who says it; there is no browser and no cookie.
    pub(super) async fn oidc_logout(&self, mut intake: Intake, name: &str) -> Reply {
        let nobody = Caller::Anonymous;
        let admitted = match self.admit_page(&intake, &nobody, Page::Callback).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let body = std::mem::take(&mut intake.body);
        let reply = match self.ended(&intake, name, body).await {
            Ok(()) => respond::text(StatusCode::OK, ""),
            Err((code, status)) => {
                let refusal = Refusal::new(code, status).of_page();
                self.reject(&intake, &nobody, refusal)
            }
        };
        admitted.finish(reply).await
    }

    async fn ended(
        &self,
        intake: &Intake,
        name: &str,
        body: Body,
    ) -> Result<(), (&'static str, StatusCode)> {
        let bad = |code| (code, StatusCode::BAD_REQUEST);
        let provider = self.state.providers.oidc.get(name);
        let provider = provider.ok_or(bad("login-provider"))?;
        let body = read_body(body, TOKEN)
            .await
            .map_err(|_| bad("oidc-logout"))?;
        let mut fields = url::form_urlencoded::parse(&body);
        let token = fields.find(|(key, _)| key == "logout_token");
        let (_, token) = token.ok_or(bad("oidc-logout"))?;
        let judged = provider
            .library
            .logout_token(&token, intake.moment.now)
            .await;
        let ended = judged.map_err(|error| {
            tracing::warn!(provider = name, %error, "a logout token is not good");
            bad(error.code())
        })?;
        let user = ended.subject.map(|subject| provider.user(&subject));
        let user = user.as_ref().map(policy::UserId::as_str);
        let ended = self.end_all((name, ended.sid.as_deref(), user), &intake.moment);
        let unavailable = |code| (code, StatusCode::SERVICE_UNAVAILABLE);
        ended.await.map_err(unavailable)
    }

    /// Ends the sign-ins of a provider's session or person.
    pub(super) async fn end_all(
        &self,
        (provider, sid, user): (&str, Option<&str>, Option<&str>),
        moment: &Moment,
    ) -> Result<(), &'static str> {
        let rows = self.state.store.sign_ins_at(provider, sid, user).await;
        self.end_each(rows, moment).await
    }

    /// Ends the sign-ins that were found.
    pub(super) async fn end_each(
        &self,
        found: Result<Vec<SignInRow>, StoreError>,
        moment: &Moment,
    ) -> Result<(), &'static str> {
        let failed = |error| {
            tracing::error!(%error, "cannot end the sign-ins that a provider ended");
            "login-store"
        };
        let mut all = true;
        for row in found.map_err(failed)? {
            let ended = signin::end(&self.state, &row, moment).await;
            all &= ended.map_err(failed)?;
        }
        // The provider hears that it has to tell us again.
        all.then_some(()).ok_or("login-kept")
    }
}
