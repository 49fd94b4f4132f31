//! Signing in: where it begins, and the page to choose how.
//!
//! An app's host only begins a sign-in; everything else happens at the login's own host.

use http::StatusCode;
use policy::{Caller, Page, StepUp};

use super::{Dispatches, Front, Intake, Refusal};
use crate::{
    authn::{self, Binding, LOCAL, Named},
    page::login,
    respond::{self, Reply},
    route::return_target,
    signin::{self, Pending, Return},
};

/// A sign-in that this browser has.
pub(super) struct Flow {
    pub(super) id: String,
    pub(super) pending: Pending,
    pub(super) binding: Binding,
}

impl<S: Dispatches> Front<S> {
    /// `GET /_sallyport/login`: begins a sign-in at an app's host, goes on with it at the login's.
    pub(super) async fn login_form(&self, mut intake: Intake) -> Reply {
        intake.asker.navigates = false;
        let named = match self.named(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        let here = signin::is_login_host(&self.state, intake.host.as_str());
        let (flow, more) = match here {
            false => match self.begin(&intake) {
                Ok(begun) => begun,
                Err(refusal) => return self.reject(&intake, &named.caller, refusal),
            },
            true => match self.go_on(&intake) {
                Ok(flow) => (flow, None),
                Err(refusal) => return self.expired(&intake, &named.caller, refusal),
            },
        };
        let admitted = match self.admit_page(&intake, &named.caller, Page::Login).await {
            Ok(admitted) => admitted,
            Err(refused) => return refused,
        };
        intake.moment.parent = Some(admitted.open.id().clone());
        let mut reply = match more {
            Some(login) => respond::see_other(&login),
            None => self.choose(&intake, &named, &flow).await,
        };
        respond::bind(&mut reply, &flow.binding, intake.peer.tls);
        admitted.finish(reply).await
    }

    /// A new sign-in that leads back to this host, and where it goes on.
    fn begin(&self, intake: &Intake) -> Result<(Flow, Option<String>), Refusal> {
        let origins = signin::origins(&self.state, intake)
            .ok_or(Refusal::new("login-origin", StatusCode::SERVICE_UNAVAILABLE).of_page())?;
        let flow = self.new_flow(intake, |next, binding| {
            Some(Return {
                origin: origins.app,
                host: intake.host.as_str().to_owned(),
                binding: binding.hash(),
                next,
            })
        })?;
        let login = format!("{}/_sallyport/login?flow={}", origins.login, flow.id);
        Ok((flow, Some(login)))
    }

    fn new_flow(
        &self,
        intake: &Intake,
        back: impl FnOnce(String, &Binding) -> Option<Return>,
    ) -> Result<Flow, Refusal> {
        let next =
            query(intake, "next").map_or_else(|| "/".to_owned(), |next| return_target(&next));
        let binding = self.binding(intake)?;
        let pending = Pending {
            wish: query(intake, "level").and_then(|level| StepUp::parse(&level)),
            provider: self.wanted_provider(intake, &next),
            back: back(next, &binding),
            ..Pending::default()
        };
        let pool = &self.state.sign_ins.pending;
        let id = pool
            .put(pending.clone(), intake.moment.net.ip, intake.moment.now)
            .ok_or_else(busy)?;
        Ok(Flow {
            id,
            pending,
            binding,
        })
    }

    /// The only provider that the app at `next` takes, if it is so.
    fn wanted_provider(&self, intake: &Intake, next: &str) -> Option<String> {
        let path = next.split('?').next().unwrap_or_default();
        let app = self.state.catalog.load().find(intake.host.as_str(), path)?;
        let auth = app.instance.auth.as_str();
        (!matches!(auth, "any" | "none")).then(|| auth.to_owned())
    }

    /// The sign-in that the address names, or one that leads nowhere but here.
    fn go_on(&self, intake: &Intake) -> Result<Flow, Refusal> {
        match query(intake, "flow") {
            Some(id) => self.flow(intake, id),
            None => self.new_flow(intake, |_, _| None),
        }
    }

    /// The sign-in `id`, if it is this browser's; from now on it is nobody else's.
    pub(super) fn flow(&self, intake: &Intake, id: String) -> Result<Flow, Refusal> {
        let pool = &self.state.sign_ins.pending;
        let binding = self.binding(intake)?;
        let expired = || Refusal::new("login-expired", StatusCode::BAD_REQUEST).of_page();
        let mut pending = pool.peek(&id, intake.moment.now).ok_or_else(expired)?;
        if !pending.is_of(&binding.hash()) {
            return Err(Refusal::new("login-browser", StatusCode::BAD_REQUEST).of_page());
        }
        if pending.binding.is_none() {
            pending.binding = Some(binding.hash());
            pool.set(&id, pending.clone());
        }
        Ok(Flow {
            id,
            pending,
            binding,
        })
    }

    fn binding(&self, intake: &Intake) -> Result<Binding, Refusal> {
        authn::binding(&intake.parts.headers, intake.peer.tls).ok_or_else(busy)
    }

    /// Somebody signed in already is let through; others choose how.
    async fn choose(&self, intake: &Intake, named: &Named, flow: &Flow) -> Reply {
        if let (Caller::Person(person), Some(sign_in)) = (&named.caller, &named.sign_in)
            && flow.pending.takes(person, intake.moment.now)
        {
            return self.hand_over(intake, &flow.pending, (sign_in, person));
        }
        if let Some(start) = self.only_way(intake, flow) {
            return respond::see_other(&start);
        }
        self.choices(flow, StatusCode::OK, None)
    }

    /// The page to choose how to sign in.
    pub(super) fn choices(&self, flow: &Flow, status: StatusCode, problem: Option<&str>) -> Reply {
        let wanted = flow.pending.provider.as_deref();
        let providers = self.state.providers.titles();
        let ways = login::Ways {
            flow: &flow.id,
            password: self.state.config.login.builtin && wanted.is_none_or(|name| name == LOCAL),
            providers: providers
                .filter(|way| wanted.is_none_or(|name| name == way.name))
                .collect(),
            wish: flow.pending.wish,
        };
        let mut reply = respond::page(status, login::choices(&ways, problem));
        if let Some(back) = &flow.pending.back {
            respond::may_lead_to(&mut reply, &back.origin);
        }
        reply
    }

    /// Where to go when there is nothing to choose.
    fn only_way(&self, intake: &Intake, flow: &Flow) -> Option<String> {
        if query(intake, "choose").is_some() {
            return None;
        }
        let login = &self.state.config.login;
        let wanted = flow
            .pending
            .provider
            .as_ref()
            .or(login.default_provider.as_ref());
        let mut providers = self.state.providers.titles();
        let way = match wanted {
            Some(name) => providers.find(|way| way.name == name),
            None if login.builtin => None,
            None => providers.next().filter(|_| providers.next().is_none()),
        };
        way.map(|way| way.start(&flow.id))
    }

    /// A sign-in that is over, or another browser's: recorded, and a page from which to begin again.
    pub(super) fn expired(&self, intake: &Intake, caller: &Caller, refusal: Refusal) -> Reply {
        let status = refusal.status;
        let reply = self.reject(intake, caller, refusal);
        if !intake.asker.reads_html {
            return reply;
        }
        respond::page(status, login::expired())
    }

    /// Names who sends one of our forms; forms of other origins are refused.
    pub(super) async fn form_caller(&self, intake: &mut Intake) -> Result<Named, Reply> {
        let named = self.named(intake).await?;
        match self.foreign(intake, &named.caller) {
            None => Ok(named),
            Some(reply) => Err(reply),
        }
    }
}

/// A value of the query.
pub(super) fn query(intake: &Intake, name: &str) -> Option<String> {
    let query = intake.parts.uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn busy() -> Refusal {
    Refusal::new("login-busy", StatusCode::SERVICE_UNAVAILABLE).of_page()
}
