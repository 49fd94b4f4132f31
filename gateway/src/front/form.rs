//! The form for accounts that live here: name and password, then the code of a second factor.

use http::{HeaderMap, StatusCode, header};
use policy::{Caller, Page};
use secrecy::SecretString;

use super::{Body, Dispatches, Front, Intake, Refusal, login::Flow, read_body};
use crate::{
    authn::{Checked, Credentials, Half, LOCAL, Named, Unnamed},
    page::login,
    respond::{self, Reply},
    signin,
    state::State,
};

const FORM: usize = 16 * 1024;

/// The submitted form.
struct Submitted {
    proof: Proof,
    flow: String,
}

/// What the form proves somebody with.
enum Proof {
    Password(Credentials),
    Code(String),
}

impl<S: Dispatches> Front<S> {
    /// `POST /_sallyport/login`: the form.
    pub(super) async fn login(&self, mut intake: Intake) -> Reply {
        let caller = match self.form_caller(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        if !is_form(&intake.parts.headers) {
            let refusal = Refusal::new("login-form", StatusCode::UNSUPPORTED_MEDIA_TYPE).of_page();
            return self.reject(&intake, &caller.caller, refusal);
        }
        let login = &self.state.config.login;
        if !login.builtin || !signin::is_login_host(&self.state, intake.host.as_str()) {
            let refusal = Refusal::new("not-found", StatusCode::NOT_FOUND).of_page();
            return self.reject(&intake, &caller.caller, refusal);
        }
        let admitted = match self.admit_page(&intake, &caller.caller, Page::Login).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let reply = self.submitted(&mut intake, &caller).await;
        admitted.finish(reply).await
    }

    async fn submitted(&self, intake: &mut Intake, before: &Named) -> Reply {
        let body = std::mem::take(&mut intake.body);
        let Some(Submitted { proof, flow }) = read_form(body).await else {
            let refusal = Refusal::new("login-form", StatusCode::BAD_REQUEST).of_page();
            return self.reject(intake, &Caller::Anonymous, refusal);
        };
        let flow = match self.flow(intake, flow) {
            Ok(flow) if is_for_us(&flow) => flow,
            Ok(_) => {
                let refusal = Refusal::new("login-provider", StatusCode::FORBIDDEN).of_page();
                return self.reject(intake, &Caller::Anonymous, refusal);
            }
            Err(refusal) => return self.expired(intake, &Caller::Anonymous, refusal),
        };
        let coded = matches!(proof, Proof::Code(_));
        match self.checked(intake, &flow, proof).await {
            Ok(Some(Checked::Proven(proven))) => {
                let pool = &self.state.sign_ins.pending;
                match pool.take(&flow.id, intake.moment.now) {
                    Some(pending) => self.proven(intake, before, &pending, proven).await,
                    None => self.over(intake, "login-expired"),
                }
            }
            Ok(Some(Checked::Half(half))) => self.half_way(flow, half),
            Ok(None) => self.over(intake, "login-expired"),
            Err(unnamed) => self.try_again(intake, &unnamed, (&flow, coded)),
        }
    }

    /// Nothing when a code came without a password before it.
    async fn checked(
        &self,
        intake: &Intake,
        flow: &Flow,
        proof: Proof,
    ) -> Result<Option<Checked>, Unnamed> {
        let State {
            authn, store, seal, ..
        } = &*self.state;
        let from = intake.origin();
        match (proof, &flow.pending.half) {
            (Proof::Password(given), _) => authn.check(store, given, &from).await.map(Some),
            (Proof::Code(code), Some(half)) => {
                let proven = authn.second(store, seal, (half, &code), &from).await?;
                Ok(Some(Checked::Proven(proven)))
            }
            (Proof::Code(_), None) => Ok(None),
        }
    }

    /// The password was right; the same sign-in goes on with a code.
    fn half_way(&self, mut flow: Flow, half: Half) -> Reply {
        flow.pending.half = Some(half);
        let pool = &self.state.sign_ins.pending;
        pool.set(&flow.id, flow.pending.clone());
        coding(&flow, StatusCode::OK, None)
    }

    /// The form again, with what went wrong; the record says more.
    fn try_again(&self, intake: &Intake, unnamed: &Unnamed, (flow, coded): (&Flow, bool)) -> Reply {
        let mut reply = self.unnamed(intake, unnamed);
        if !intake.asker.reads_html || reply.status() == StatusCode::SERVICE_UNAVAILABLE {
            return reply;
        }
        let (status, problem) = (reply.status(), sentence(unnamed));
        let mut form = match coded {
            true => coding(flow, status, Some(&problem)),
            false => self.choices(flow, status, Some(&problem)),
        };
        if let Some(retry) = reply.headers_mut().remove(header::RETRY_AFTER) {
            form.headers_mut().insert(header::RETRY_AFTER, retry);
        }
        form
    }
}

/// Whether the app takes accounts that live here.
fn is_for_us(flow: &Flow) -> bool {
    let wanted = flow.pending.provider.as_deref();
    wanted.is_none_or(|name| name == LOCAL)
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

/// The page that asks for a code.
fn coding(flow: &Flow, status: StatusCode, problem: Option<&str>) -> Reply {
    let name = flow.pending.half.as_ref().map(|half| half.name.as_str());
    let page = login::code(&flow.id, name.unwrap_or_default(), problem);
    let mut reply = respond::page(status, page);
    if let Some(back) = &flow.pending.back {
        respond::may_lead_to(&mut reply, &back.origin);
    }
    reply
}

async fn read_form(body: Body) -> Option<Submitted> {
    let body = read_body(body, FORM).await.ok()?;
    let (mut name, mut password, mut code, mut flow) = (None, None, None, None);
    for (key, value) in url::form_urlencoded::parse(&body) {
        let slot = match &*key {
            "name" => &mut name,
            "password" => &mut password,
            "code" => &mut code,
            "flow" => &mut flow,
            _ => continue,
        };
        // A field given twice means different things to different readers.
        if slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let proof = match (code, name, password) {
        (Some(code), None, None) => Proof::Code(code),
        (None, Some(name), Some(password)) => Proof::Password(Credentials {
            name,
            password: SecretString::from(password),
        }),
        _ => return None,
    };
    Some(Submitted { proof, flow: flow? })
}

fn sentence(unnamed: &Unnamed) -> String {
    match unnamed {
        Unnamed::Wrong { .. } => "The user name or the password is wrong.".to_owned(),
        Unnamed::TooMany(seconds) | Unnamed::Locked(seconds) => {
            format!("Too many attempts. Try again in {seconds} seconds.")
        }
        Unnamed::Code { .. } => {
            "The code is wrong, or it was used already. Wait for the next one.".to_owned()
        }
        Unnamed::SecondFactor(_) | Unnamed::Token(_) => "Sign in with the form.".to_owned(),
        Unnamed::Busy | Unnamed::Store(_) | Unnamed::Seal(_) => {
            "Signing in is not possible now. Try again in a moment.".to_owned()
        }
    }
}
