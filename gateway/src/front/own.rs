//! The gateway's own pages, each decided and recorded like everything else.

use std::time::Instant;

use audit::{Health, Outcome, Status};
use http::{Method, StatusCode, header};
use policy::{Caller, Open, Page, PageCall};

use super::{Dispatches, Front, Intake, OTHER_HEALTH, OTHER_LOGOUT, OWN, Refusal};
use crate::{
    page,
    respond::{self, Reply},
};

/// A page that was admitted: its open record, and since when.
pub(super) struct Admitted {
    pub(super) open: Open,
    since: Instant,
    held: bool,
}

impl<S: Dispatches> Front<S> {
    pub(super) async fn own(&self, intake: Intake) -> Reply {
        let path = intake.path.as_str().to_owned();
        let method = intake.parts.method.clone();
        let get = matches!(method, Method::GET | Method::HEAD);
        let post = method == Method::POST;
        let rest = match path.as_str() {
            OTHER_HEALTH => "/health",
            OTHER_LOGOUT => "/logout",
            path => path.strip_prefix(OWN).unwrap_or_default(),
        };
        match rest {
            "" if get => self.home(intake).await,
            "/health" if get => {
                self.simple(intake, Page::Health, respond::text(StatusCode::OK, "OK\n"))
                    .await
            }
            "/ready" if get => {
                let ready = self.ready();
                self.simple(intake, Page::Ready, ready).await
            }
            "/jwks.json" if get => self.simple(intake, Page::Metadata, self.keys()).await,
            "/login" if get => self.login_form(intake).await,
            "/login" if post => self.login(intake).await,
            "/session" if get => self.join(intake).await,
            "/signed-out" if get => self.signed_out(intake).await,
            "/logout" if get => self.logout_page(intake).await,
            "/logout" if post => self.logout(intake).await,
            rest if rest.starts_with("/oidc/") || rest.starts_with("/saml/") => {
                let rest = rest.to_owned();
                self.provider(intake, &rest).await
            }
            rest if rest.starts_with("/asset/") && get => match page::asset(&path) {
                Some((kind, text)) => self.simple(intake, Page::Asset, asset(kind, text)).await,
                None => self.nothing(&intake, StatusCode::NOT_FOUND),
            },
            "" | "/health" | "/ready" | "/session" | "/signed-out" | "/jwks.json" => {
                self.wrong_method(&intake, "GET, HEAD")
            }
            "/login" | "/logout" => self.wrong_method(&intake, "GET, HEAD, POST"),
            _ => self.nothing(&intake, StatusCode::NOT_FOUND),
        }
    }

    fn ready(&self) -> Reply {
        match self.state.gate.log().health() {
            Health::Writable => respond::text(StatusCode::OK, "READY\n"),
            Health::Unwritable(why) => {
                tracing::warn!(why, "not ready: the audit log cannot be written");
                respond::unwritable()
            }
        }
    }

    /// What upstreams check with who asks.
    fn keys(&self) -> Reply {
        let text = self.state.assertions.published().to_string();
        let mut reply = respond::body(StatusCode::OK, "application/jwk-set+json", text);
        let kept = http::HeaderValue::from_static("public, max-age=300");
        reply.headers_mut().insert(header::CACHE_CONTROL, kept);
        reply
    }

    /// A page that is the same for everybody.
    async fn simple(&self, intake: Intake, page: Page, mut reply: Reply) -> Reply {
        respond::guard_own_kept(reply.headers_mut());
        match self.admit_page(&intake, &Caller::Anonymous, page).await {
            Ok(admitted) => admitted.finish(reply).await,
            Err(refused) => refused,
        }
    }

    /// Asks the gate for a page.
    pub(super) async fn admit_page(
        &self,
        intake: &Intake,
        caller: &Caller,
        page: Page,
    ) -> Result<Admitted, Reply> {
        let method = intake.parts.method.as_str().to_owned();
        let held = intake.reads();
        let call = PageCall {
            page,
            method,
            path: intake.path.as_str().to_owned(),
            request: (),
        };
        match self.state.gate.admit(caller, call, &intake.moment).await {
            Ok(permit) => {
                let (PageCall { .. }, open) = permit.spend();
                Ok(Admitted {
                    open,
                    since: Instant::now(),
                    held,
                })
            }
            Err(refused) => Err(respond::refused(
                &refused,
                StatusCode::FORBIDDEN,
                &intake.asker,
            )),
        }
    }

    pub(super) fn nothing(&self, intake: &Intake, status: StatusCode) -> Reply {
        self.reject(
            intake,
            &Caller::Anonymous,
            Refusal::new("not-found", status).of_page(),
        )
    }

    pub(super) fn wrong_method(&self, intake: &Intake, allowed: &'static str) -> Reply {
        let refusal = Refusal::new("method", StatusCode::METHOD_NOT_ALLOWED).of_page();
        let mut reply = self.reject(intake, &Caller::Anonymous, refusal);
        reply
            .headers_mut()
            .insert(header::ALLOW, http::HeaderValue::from_static(allowed));
        reply
    }
}

impl Admitted {
    /// Holds the answer until the decision is durable, then closes the record.
    pub(super) async fn finish(mut self, reply: Reply) -> Reply {
        let durable = if self.held {
            self.open.durable().await.is_ok()
        } else {
            true
        };
        let mut reply = if durable {
            reply
        } else {
            respond::unwritable()
        };
        respond::name_decision(&mut reply, self.open.id().as_str());
        let status = if reply.status().is_client_error() || reply.status().is_server_error() {
            Status::Failure
        } else {
            Status::Success
        };
        self.open.close(Outcome {
            status,
            code: Some(reply.status().as_u16()),
            bytes: respond::length(&reply),
            ..Outcome::of(None, self.since.elapsed())
        });
        reply
    }
}

fn asset(kind: &'static str, text: &'static str) -> Reply {
    let mut reply = respond::body(StatusCode::OK, kind, text);
    let kept = http::HeaderValue::from_static("public, max-age=3600");
    reply.headers_mut().insert(header::CACHE_CONTROL, kept);
    reply
}
