//! Signing out: the sign-in ends with its sessions at every host.

use audit::{Outcome, Status};
use http::StatusCode;
use policy::{Caller, Moment, Page, SessionCall, SessionKind};

use super::{Dispatches, Front, Intake, login::query};
use crate::{
    authn::{Closing, Named, clear_cookie},
    page::logout,
    respond::{self, Reply},
};

impl<S: Dispatches> Front<S> {
    /// `GET /_sallyport/logout`: asks whether to sign out, or says that it is done.
    pub(super) async fn logout_page(&self, mut intake: Intake) -> Reply {
        if query(&intake, "done").is_some() {
            return self.signed_out(intake).await;
        }
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

    /// The page for somebody who has signed out; the same for everybody.
    async fn signed_out(&self, intake: Intake) -> Reply {
        let nobody = Caller::Anonymous;
        match self.admit_page(&intake, &nobody, Page::Login).await {
            Ok(admitted) => {
                let page = respond::page(StatusCode::OK, logout::done());
                admitted.finish(page).await
            }
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
        let done = respond::see_other("/_sallyport/logout?done");
        let Some(sign_in) = &named.sign_in else {
            return done;
        };
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
                done
            }
            Err(error) => {
                tracing::error!(%error, "cannot end a session");
                respond::unavailable("cannot sign out now; try again in a moment", "", 5)
            }
        }
    }
}
