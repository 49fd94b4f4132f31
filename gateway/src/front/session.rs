//! What a proven sign-in leads to: a session at the login's host, then one at the host that asked. Each begins
//! by a call of its own, recorded under the page's record.

use std::sync::Arc;

use audit::{Outcome, Status};
use http::StatusCode;
use policy::{Caller, Page, Person, SessionCall, SessionKind};

use super::{Dispatches, Front, Intake, Refusal, login::query};
use crate::{
    authn::{self, Beginning, Joining, Named, Proven},
    page::provider,
    respond::{self, Reply},
    signin::{self, Pending, Ticket},
    store::StoreError,
};

impl<S: Dispatches> Front<S> {
    /// Somebody has been named: begins the sign-in, unless it lacks what the app's policy wants.
    pub(super) async fn proven(
        &self,
        intake: &Intake,
        before: &Named,
        pending: &Pending,
        proven: Proven,
    ) -> Reply {
        if !pending.takes(&proven.person, intake.moment.now) {
            return self.too_weak(intake, pending, &proven);
        }
        match self.begin_session(intake, before, proven).await {
            Ok((sign_in, person, cookie)) => {
                let mut reply = self.hand_over(intake, pending, (&sign_in, &person));
                respond::set_cookie(&mut reply, &cookie);
                reply
            }
            Err(reply) => reply,
        }
    }

    fn too_weak(&self, intake: &Intake, pending: &Pending, proven: &Proven) -> Reply {
        let caller = Caller::Person(Arc::clone(&proven.person));
        let refusal = Refusal::new("login-too-weak", StatusCode::FORBIDDEN).of_page();
        let reply = self.reject(intake, &caller, refusal);
        if !intake.asker.reads_html {
            return reply;
        }
        let record = respond::decision(&reply);
        respond::page(
            StatusCode::FORBIDDEN,
            provider::too_weak(&again(pending), &record),
        )
    }

    /// A sign-in that failed at the provider: recorded, and a page from which to try again.
    pub(super) fn failed(&self, intake: &Intake, pending: &Pending, code: &'static str) -> Reply {
        let status = match code {
            "oidc-unavailable" | "saml-unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        let refusal = Refusal {
            action: "session.open",
            ..Refusal::new(code, status)
        };
        let reply = self.reject(intake, &Caller::Anonymous, refusal);
        if !intake.asker.reads_html {
            return reply;
        }
        let record = respond::decision(&reply);
        respond::page(status, provider::failed(&again(pending), &record, status))
    }

    /// An answer to nothing that this browser asked.
    pub(super) fn over(&self, intake: &Intake, code: &'static str) -> Reply {
        let refusal = Refusal {
            action: "session.open",
            ..Refusal::new(code, StatusCode::UNAUTHORIZED)
        };
        self.expired(intake, &Caller::Anonymous, refusal)
    }

    /// Begins the sign-in with a session at this host; answers the sign-in and its cookie.
    async fn begin_session(
        &self,
        intake: &Intake,
        before: &Named,
        mut proven: Proven,
    ) -> Result<(String, Arc<Person>, String), Reply> {
        let purpose = signin::purpose(proven.person.id.as_str());
        let tokens = proven
            .tokens
            .take()
            .map(|plain| self.state.seal.seal(&purpose, &plain));
        let tokens = tokens.transpose().map_err(|_| cannot())?;
        let begins = Beginning::new(proven, intake.host.as_str()).ok_or_else(cannot)?;
        let person = Arc::clone(begins.person());
        let caller = Caller::Person(Arc::clone(&person));
        let call = SessionCall {
            kind: SessionKind::Open,
            request: (begins, tokens),
        };
        let permit = match self.state.gate.admit(&caller, call, &intake.moment).await {
            Ok(permit) => permit,
            Err(refused) => return Err(self.session_refused(intake, &refused)),
        };
        let sessions = self.state.authn.sessions();
        let before = (before.sign_in.as_deref(), intake.moment.now);
        let begun = sessions.begin(&self.state.store, permit, before).await;
        let (id, sign_in, open) = begun.map_err(failed)?;
        open.close(Outcome::new(Status::Success));
        let cookie = authn::session_cookie(&id, intake.peer.tls, sessions.longest().as_secs());
        Ok((sign_in, person, cookie))
    }

    /// Leads a browser that is signed in back to where it came from.
    pub(super) fn hand_over(
        &self,
        intake: &Intake,
        pending: &Pending,
        (sign_in, person): (&str, &Arc<Person>),
    ) -> Reply {
        let Some(back) = &pending.back else {
            return respond::see_other("/");
        };
        if back.host == intake.host.as_str() {
            return respond::see_other(&back.next);
        }
        let ticket = Ticket {
            sign_in: sign_in.to_owned(),
            person: Arc::clone(person),
            back: back.clone(),
        };
        let (ip, now) = (intake.moment.net.ip, intake.moment.now);
        match self.state.sign_ins.tickets.put(ticket, ip, now) {
            Some(id) => {
                respond::see_other(&format!("{}/_sallyport/session?ticket={id}", back.origin))
            }
            None => cannot(),
        }
    }

    /// `GET /_sallyport/session`: the last step, at the host that asked.
    pub(super) async fn join(&self, mut intake: Intake) -> Reply {
        let nobody = Caller::Anonymous;
        let admitted = match self.admit_page(&intake, &nobody, Page::Session).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let reply = match self.ticket(&intake).await {
            Ok(ticket) => self.join_session(&intake, ticket).await,
            Err(refusal) => self.expired(&intake, &nobody, refusal),
        };
        admitted.finish(reply).await
    }

    /// The ticket in the address, if it is for this host and this browser, and its sign-in goes on.
    async fn ticket(&self, intake: &Intake) -> Result<Ticket, Refusal> {
        let bad = |code| Refusal::new(code, StatusCode::UNAUTHORIZED).of_page();
        let id = query(intake, "ticket").unwrap_or_default();
        let ticket = self.state.sign_ins.tickets.take(&id, intake.moment.now);
        let ticket = ticket.ok_or_else(|| bad("login-ticket"))?;
        let binding = authn::binding(&intake.parts.headers, intake.peer.tls);
        let same = binding.is_some_and(|binding| binding.hash() == ticket.back.binding);
        if !same || ticket.back.host != intake.host.as_str() {
            return Err(bad("login-browser"));
        }
        match self.state.store.find_sign_in(&ticket.sign_in).await {
            Ok(Some(_)) => Ok(ticket),
            Ok(None) => Err(bad("login-ticket")),
            Err(error) => {
                tracing::error!(%error, "cannot read the sign-in of a ticket");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Err(Refusal::new("login-store", status).of_page())
            }
        }
    }

    async fn join_session(&self, intake: &Intake, ticket: Ticket) -> Reply {
        let caller = Caller::Person(ticket.person);
        let call = SessionCall {
            kind: SessionKind::Open,
            request: Joining {
                sign_in: ticket.sign_in,
                host: ticket.back.host,
            },
        };
        let permit = match self.state.gate.admit(&caller, call, &intake.moment).await {
            Ok(permit) => permit,
            Err(refused) => return self.session_refused(intake, &refused),
        };
        let sessions = self.state.authn.sessions();
        let before = self
            .state
            .authn
            .session_id(&intake.parts.headers, &intake.origin());
        let joined = sessions
            .join(&self.state.store, permit, (before, intake.moment.now))
            .await;
        match joined {
            Ok(Some((id, open))) => {
                open.close(Outcome::new(Status::Success));
                let mut reply = respond::see_other(&ticket.back.next);
                let seconds = sessions.longest().as_secs();
                respond::set_cookie(
                    &mut reply,
                    &authn::session_cookie(&id, intake.peer.tls, seconds),
                );
                reply
            }
            Ok(None) => cannot(),
            Err(error) => failed(error),
        }
    }

    fn session_refused(&self, intake: &Intake, refused: &policy::Refused) -> Reply {
        let mut asker = intake.asker.clone();
        asker.named = true;
        respond::refused(refused, StatusCode::FORBIDDEN, &asker)
    }
}

/// Where the same sign-in begins anew.
fn again(pending: &Pending) -> String {
    let (origin, next) = match &pending.back {
        Some(back) => (back.origin.as_str(), back.next.as_str()),
        None => ("", "/"),
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    if let Some(wish) = &pending.wish {
        query.append_pair("level", &wish.to_string());
    }
    format!("{origin}/_sallyport/login?{}", query.finish())
}

fn failed(error: StoreError) -> Reply {
    tracing::error!(%error, "cannot keep a new session");
    cannot()
}

fn cannot() -> Reply {
    respond::unavailable("cannot sign in now; try again in a moment", "", 5)
}
