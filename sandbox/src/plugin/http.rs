//! `http.in`: requests of apps to other servers.
//!
//! The URL that is judged is the URL that is sent, and the address that is judged is the address
//! that is connected to: a name is resolved once per hop and the connection pinned to the answer.
//! Every redirect is a new call, judged again.

pub mod address;
mod answer;
mod body;
mod client;
mod draft;
mod exchange;
mod hop;
mod redirect;
mod signature;
pub mod trust;

use audit::{Outcome, RecordId};
use policy::{Bound, HttpMethod, Moment, PluginCall, Sink, Target};
use tokio::time::Instant;

use super::carried::{Revealed, carried};
use super::errand::{Errand, Stop};
use super::message::CallAnswer;
use draft::{Draft, Wish};
use exchange::Sent;
use hop::Hop;

pub use client::Clients;

/// Redirects followed before giving up.
const REDIRECTS: usize = 10;

/// Runs one call with all its hops.
pub async fn run(errand: &Errand<'_>, bound: &Bound) -> Result<CallAnswer, Stop> {
    let Draft {
        mut hop,
        wish,
        subjects,
    } = Draft::new(errand, bound).map_err(|problem| errand.malformed(&problem))?;
    let mut trip = Trip {
        deadline: Instant::now() + wish.timeout,
        wish,
        subjects,
        revealed: Revealed::default(),
    };
    let mut at = errand.at.clone();
    for _ in 0..=REDIRECTS {
        let errand = Errand { at: &at, ..*errand };
        match trip.step(&errand, hop).await? {
            Step::Done(answer) => return Ok(answer),
            Step::Onward(next, parent) => {
                hop = next;
                at = Moment {
                    parent: Some(parent),
                    ..at
                };
            }
        }
    }
    Err(Stop::Failed(format!("stopped after {REDIRECTS} redirects")))
}

/// One call over its hops.
struct Trip {
    deadline: Instant,
    wish: Wish,
    subjects: Vec<(usize, String)>,
    /// Everything revealed so far; taken out of all answers.
    revealed: Revealed,
}

enum Step {
    Done(CallAnswer),
    Onward(Hop, RecordId),
}

impl Trip {
    async fn step(&mut self, errand: &Errand<'_>, hop: Hop) -> Result<Step, Stop> {
        let started = Instant::now();
        let judged = hop
            .judged(errand.tokens)
            .map_err(|problem| errand.malformed(&problem))?;
        let asked = brief(&judged);
        let subjects = self.subjects.clone();
        let located = address::locate(errand, hop.method, &judged, &subjects).await?;
        let sink = Sink::Url(judged.clone());
        let target = Target::Http {
            method: hop.method,
            url: judged,
            ip: located.ip(),
        };
        let call = PluginCall {
            target,
            account: errand.account.to_owned(),
            subjects,
            cargo: hop,
        };
        let permit = errand.admit(call, &asked).await?;
        let address::Located::At(ip) = located else {
            drop(permit);
            return Err(Stop::Refused(format!(
                "{} {asked} was not done: its host was not looked up",
                errand.name
            )));
        };
        let (call, open) = permit.spend();
        let hop = call.cargo;
        let parent = open.id().clone();
        let sent = match self.reveal(errand, &hop, (&sink, &parent)).await {
            Ok(()) => self.send(errand, &hop, ip).await,
            Err(stop) => {
                open.close(Outcome::of(Some("plugin.secret"), started.elapsed()));
                return Err(stop);
            }
        };
        errand
            .close(open, exchange::outcome(&sent, started.elapsed()))
            .await?;
        let sent = sent.map_err(|failure| Stop::Failed(self.revealed.redact(&failure.text)))?;
        self.conclude(errand, hop, sent, parent)
    }

    async fn reveal(
        &mut self,
        errand: &Errand<'_>,
        hop: &Hop,
        (sink, parent): (&Sink, &RecordId),
    ) -> Result<(), Stop> {
        let references = carried(errand.tokens, hop.texts());
        let revealed = errand
            .reveal(&references, (hop.method.action(), sink), parent)
            .await?;
        self.revealed.extend(revealed);
        Ok(())
    }

    async fn send(
        &self,
        errand: &Errand<'_>,
        hop: &Hop,
        ip: std::net::IpAddr,
    ) -> Result<Sent, exchange::Failure> {
        let bounds = &errand.plugins.bounds;
        let client = errand
            .plugins
            .clients
            .client(&hop.url, ip, bounds.connect)?;
        let values = (&self.revealed, errand.tokens);
        let now = (errand.plugins.premises.now)();
        let exchange = exchange::run(&client, hop, values, (bounds.body, now));
        match tokio::time::timeout_at(self.deadline, exchange).await {
            Ok(sent) => sent,
            Err(_) => Err(exchange::Failure::late(self.wish.timeout)),
        }
    }

    fn conclude(
        &self,
        errand: &Errand<'_>,
        hop: Hop,
        sent: Sent,
        parent: RecordId,
    ) -> Result<Step, Stop> {
        if let Some(location) = sent.location() {
            let next =
                redirect::follow(errand.tokens, &self.revealed, hop, (sent.status, location));
            return next
                .map(|hop| Step::Onward(hop, parent))
                .map_err(Stop::Failed);
        }
        let status = reqwest::StatusCode::from_u16(sent.status).unwrap_or_default();
        if self.wish.error_on_fail && !status.is_success() {
            let reason = status.canonical_reason().unwrap_or_default();
            let code = status.as_u16();
            return Err(Stop::Failed(format!(
                "http request failed with status code {code}: {code} {reason}"
            )));
        }
        let url = errand.tokens.show(&hop.url.to_string());
        Ok(Step::Done(CallAnswer::Http(answer::answer(
            url,
            sent,
            &self.revealed,
        ))))
    }
}

/// A URL for messages: without the values in its query.
fn brief(url: &policy::Url) -> String {
    let text = url.to_string();
    match text.split_once('?') {
        Some((start, _)) => format!("{start}?…"),
        None => text,
    }
}

/// The name of a method on the wire.
fn verb(method: HttpMethod) -> reqwest::Method {
    match method {
        HttpMethod::Get => reqwest::Method::GET,
        HttpMethod::Head => reqwest::Method::HEAD,
        HttpMethod::Options => reqwest::Method::OPTIONS,
        HttpMethod::Post => reqwest::Method::POST,
        HttpMethod::Put => reqwest::Method::PUT,
        HttpMethod::Patch => reqwest::Method::PATCH,
        HttpMethod::Delete => reqwest::Method::DELETE,
    }
}

#[cfg(test)]
mod tests;
