//! Signing in and out. A session begins and ends by a call of its own, recorded under the page's record.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use policy::{Caller, Moment, Page, SessionCall, SessionKind};
use secrecy::SecretString;

use super::{Body, Dispatches, Front, Intake, Refusal, own::Admitted, read_body};
use crate::{
    authn::{Credentials, Opening, Unnamed, clear_cookie, session_cookie},
    page::login,
    respond::{self, Reply},
    route::return_target,
};

const FORM: usize = 16 * 1024;

/// The submitted form.
struct Submitted {
    credentials: Credentials,
    next: String,
}

impl<S: Dispatches> Front<S> {
    pub(super) async fn login_form(&self, mut intake: Intake) -> Reply {
        intake.asker.navigates = false;
        let caller = match self.name(&mut intake).await {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        let query = intake.parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let next = pairs
            .find(|(key, _)| key == "next")
            .map(|(_, value)| return_target(&value));
        match self.admit_page(&intake, &caller, Page::Login).await {
            Ok(admitted) => {
                let html = login::form(next.as_deref().unwrap_or("/"), None);
                admitted.finish(respond::page(StatusCode::OK, html)).await
            }
            Err(refused) => refused,
        }
    }

    pub(super) async fn login(&self, mut intake: Intake) -> Reply {
        let caller = match self.form_caller(&mut intake).await {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        if !is_form(&intake.parts.headers) {
            let refusal = Refusal::new("login-form", StatusCode::UNSUPPORTED_MEDIA_TYPE).of_page();
            return self.reject(&intake, &caller, refusal);
        }
        let admitted = match self.admit_page(&intake, &caller, Page::Login).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let reply = self.submitted(&mut intake).await;
        admitted.finish(reply).await
    }

    async fn submitted(&self, intake: &mut Intake) -> Reply {
        let body = std::mem::take(&mut intake.body);
        let Some(Submitted { credentials, next }) = read_form(body).await else {
            return self.reject(
                intake,
                &Caller::Anonymous,
                Refusal::new("login-form", StatusCode::BAD_REQUEST).of_page(),
            );
        };
        match self
            .state
            .authn
            .check(&self.state.store, credentials, &intake.origin())
            .await
        {
            Ok(opening) => self.open_session(intake, opening, &next).await,
            Err(unnamed) => self.try_again(intake, &unnamed, &next),
        }
    }

    async fn open_session(&self, intake: &Intake, opening: Opening, next: &str) -> Reply {
        let caller = Caller::Person(opening.person().clone());
        let mut asker = intake.asker.clone();
        asker.named = true;
        let call = SessionCall {
            kind: SessionKind::Open,
            request: opening,
        };
        let permit = match self.state.gate.admit(&caller, call, &intake.moment).await {
            Ok(permit) => permit,
            Err(refused) => return respond::refused(&refused, StatusCode::FORBIDDEN, &asker),
        };
        let sessions = self.state.authn.sessions();
        let before = self
            .state
            .authn
            .session_id(&intake.parts.headers, &intake.origin());
        match sessions.open(&self.state.store, permit, before).await {
            Ok((id, open)) => {
                open.close(audit::Outcome::new(audit::Status::Success));
                let mut reply = respond::see_other(next);
                set_cookie(
                    &mut reply,
                    &session_cookie(&id, intake.peer.tls, sessions.longest().as_secs()),
                );
                reply
            }
            Err(error) => {
                tracing::error!(%error, "cannot keep a new session");
                respond::unavailable("cannot sign in now; try again in a moment", "", 5)
            }
        }
    }

    /// The form again, with what went wrong; the record says more.
    fn try_again(&self, intake: &Intake, unnamed: &Unnamed, next: &str) -> Reply {
        let mut reply = self.unnamed(intake, unnamed);
        if !intake.asker.reads_html || reply.status() == StatusCode::SERVICE_UNAVAILABLE {
            return reply;
        }
        let html = login::form(next, Some(&sentence(unnamed)));
        let mut form = respond::page(reply.status(), html);
        if let Some(retry) = reply.headers_mut().remove(header::RETRY_AFTER) {
            form.headers_mut().insert(header::RETRY_AFTER, retry);
        }
        form
    }

    pub(super) async fn logout(&self, mut intake: Intake) -> Reply {
        let caller = match self.form_caller(&mut intake).await {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        // Whose session has ended already is sent to the login like anybody else.
        intake.asker.navigates = intake.asker.reads_html;
        intake.asker.back = "/".into();
        let admitted = match self.admit_page(&intake, &caller, Page::Logout).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        let under = Moment {
            parent: Some(admitted.open.id().clone()),
            ..intake.moment.clone()
        };
        let reply = self.close_session(&intake, &caller, &under).await;
        finish_logout(admitted, reply, intake.peer.tls).await
    }

    async fn close_session(&self, intake: &Intake, caller: &Caller, under: &Moment) -> Reply {
        let done = respond::see_other("/_sallyport/login");
        let id = self
            .state
            .authn
            .session_id(&intake.parts.headers, &intake.origin());
        let (Caller::Person(_), Some(id)) = (caller, id) else {
            return done;
        };
        let call = SessionCall {
            kind: SessionKind::Close,
            request: id,
        };
        let permit = match self.state.gate.admit(caller, call, under).await {
            Ok(permit) => permit,
            Err(refused) => {
                return respond::refused(&refused, StatusCode::FORBIDDEN, &intake.asker);
            }
        };
        match self
            .state
            .authn
            .sessions()
            .close(&self.state.store, permit)
            .await
        {
            Ok(open) => {
                open.close(audit::Outcome::new(audit::Status::Success));
                done
            }
            Err(error) => {
                tracing::error!(%error, "cannot end a session");
                respond::unavailable("cannot sign out now; try again in a moment", "", 5)
            }
        }
    }

    /// Names who sends one of our forms; forms of other origins are refused.
    async fn form_caller(&self, intake: &mut Intake) -> Result<Caller, Reply> {
        let caller = self.name(intake).await?;
        match self.foreign(intake, &caller) {
            None => Ok(caller),
            Some(reply) => Err(reply),
        }
    }
}

/// The browser forgets the cookie only when the session has ended.
async fn finish_logout(admitted: Admitted, mut reply: Reply, tls: bool) -> Reply {
    if reply.status() == StatusCode::SEE_OTHER {
        set_cookie(&mut reply, &clear_cookie(tls));
    }
    admitted.finish(reply).await
}

fn set_cookie(reply: &mut Reply, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        reply.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

async fn read_form(body: Body) -> Option<Submitted> {
    let body = read_body(body, FORM).await.ok()?;
    let (mut name, mut password, mut next) = (None, None, None);
    for (key, value) in url::form_urlencoded::parse(&body) {
        let slot = match &*key {
            "name" => &mut name,
            "password" => &mut password,
            "next" => &mut next,
            _ => continue,
        };
        // A field given twice means different things to different readers.
        if slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let credentials = Credentials {
        name: name?,
        password: SecretString::from(password?),
    };
    Some(Submitted {
        credentials,
        next: return_target(&next.unwrap_or_default()),
    })
}

fn sentence(unnamed: &Unnamed) -> String {
    match unnamed {
        Unnamed::Wrong { .. } => "The user name or the password is wrong.".to_owned(),
        Unnamed::TooMany(seconds) => format!("Too many attempts. Try again in {seconds} seconds."),
        Unnamed::Busy | Unnamed::Store(_) => {
            "Signing in is not possible now. Try again in a moment.".to_owned()
        }
    }
}
