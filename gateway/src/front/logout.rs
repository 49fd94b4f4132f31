//! Signing out: the sign-in ends with its sessions at every host.

use audit::{Outcome, Status};
use http::StatusCode;
use policy::{Caller, Moment, Page, SessionCall, SessionKind};

use super::{Dispatches, Front, Intake, login::query};
use crate::{
    authn::{Closing, Named, clear_cookie},
    page::{logout, provider},
    respond::{self, Reply},
    signin::{self, Leaving},
};

/// Where everybody ends up.
const DONE: &str = "/_sallyport/signed-out";

impl<S: Dispatches> Front<S> {
    /// `GET /_sallyport/logout`: asks whether to sign out, or says that it is done.
    pub(super) async fn logout_page(&self, mut intake: Intake) -> Reply {
        let named = match self.named(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        let name = match &named.caller {
            Caller::Person(person) => person.name.clone(),
            Caller::Anonymous | Caller::App(_) => String::new(),
        };
        match self.admit_page(&intake, &named.caller, Page::Logout).await {
            Ok(admitted) => {
                let page = respond::page(StatusCode::OK, logout::ask(&name));
                admitted.finish(page).await
            }
            Err(refused) => refused,
        }
    }

    /// `GET /_sallyport/signed-out`: for somebody who has signed out here, and may go on to the provider.
    pub(super) async fn signed_out(&self, intake: Intake) -> Reply {
        let nobody = Caller::Anonymous;
        let id = query(&intake, "leave").unwrap_or_default();
        let leaving = self.state.sign_ins.leaving.take(&id, intake.moment.now);
        match self.admit_page(&intake, &nobody, Page::Login).await {
            Ok(admitted) => admitted.finish(done(leaving)).await,
            Err(refused) => refused,
        }
    }

    /// `POST /_sallyport/logout`.
    pub(super) async fn logout(&self, mut intake: Intake) -> Reply {
        let named = match self.form_caller(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        // Whose session has ended already is sent to the login like anybody else.
        intake.asker.navigates = intake.asker.reads_html;
        intake.asker.back = "/".into();
        let admitted = match self.admit_page(&intake, &named.caller, Page::Logout).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        let under = Moment {
            parent: Some(admitted.open.id().clone()),
            ..intake.moment.clone()
        };
        let mut reply = self.end(&intake, &named, &under).await;
        // The browser forgets the cookie only when the session has ended.
        if reply.status() == StatusCode::SEE_OTHER {
            respond::set_cookie(&mut reply, &clear_cookie(intake.peer.tls));
        }
        admitted.finish(reply).await
    }

    async fn end(&self, intake: &Intake, named: &Named, under: &Moment) -> Reply {
        let Some(sign_in) = &named.sign_in else {
            return respond::see_other(DONE);
        };
        let leaving = self.leaving(sign_in, intake).await;
        let call = SessionCall {
            kind: SessionKind::Close,
            request: Closing {
                sign_in: sign_in.to_string(),
            },
        };
        let permit = match self.state.gate.admit(&named.caller, call, under).await {
            Ok(permit) => permit,
            Err(refused) => {
                return respond::refused(&refused, StatusCode::FORBIDDEN, &intake.asker);
            }
        };
        let sessions = self.state.authn.sessions();
        match sessions.close(&self.state.store, permit).await {
            Ok(open) => {
                open.close(Outcome::new(Status::Success));
                let pool = &self.state.sign_ins.leaving;
                let (ip, now) = (intake.moment.net.ip, intake.moment.now);
                match leaving.and_then(|leaving| pool.put(leaving, ip, now)) {
                    Some(id) => respond::see_other(&format!("{DONE}?leave={id}")),
                    None => respond::see_other(DONE),
                }
            }
            Err(error) => {
                tracing::error!(%error, "cannot end a session");
                respond::unavailable("cannot sign out now; try again in a moment", "", 5)
            }
        }
    }

    /// How to sign out at the provider too, if it can be done.
    async fn leaving(&self, sign_in: &str, intake: &Intake) -> Option<Leaving> {
        let state = &self.state;
        let row = state.store.find_sign_in(sign_in).await.ok()??;
        let sealed = row.tokens.as_deref()?;
        let plain = state
            .seal
            .unseal(&signin::purpose(&row.user), sealed)
            .ok()?;
        let now = intake.moment.now;
        if let Some(provider) = state.providers.oidc.get(&row.provider) {
            let mut back = state.config.login.origin.as_ref()?.url().clone();
            back.set_path(DONE);
            let tokens = signin::kept(&plain)?;
            let to = provider.library.end_session(&tokens, &back, now).await?;
            return Some(Leaving::To(to));
        }
        #[cfg(feature = "saml")]
        return self.saml_leaving(&row, &plain, now).await;
        #[cfg(not(feature = "saml"))]
        None
    }
}

fn done(leaving: Option<Leaving>) -> Reply {
    match leaving {
        None => respond::page(StatusCode::OK, logout::done()),
        Some(Leaving::To(to)) => respond::page(StatusCode::OK, provider::leaving(&to)),
        #[cfg(feature = "saml")]
        Some(Leaving::Post(to, fields)) => {
            let mut page = respond::page(StatusCode::OK, provider::goodbye(&to, &fields));
            respond::may_post_itself(&mut page, &to.origin().ascii_serialization());
            page
        }
    }
}
