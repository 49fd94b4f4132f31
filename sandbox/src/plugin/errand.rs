//! One plugin call on its way: who makes it, when, under which name. Everything a plugin asks of
//! the gate goes through here, so that refusals read alike and nothing is done without a record.

use std::sync::Arc;

use audit::{EntityRef, Outcome, RecordId};
use policy::{
    Acting, Action, Caller, Moment, Open, Permit, PluginCall, Refused, RefusedKind, Rejection,
    SecretResolve, Sink,
};
use secrets::{Reference, Tokens};

use super::Plugins;
use super::carried::Revealed;
use super::message::CallAnswer;
use super::session::Session;
use super::settings::Block;

/// The circumstances of one call.
#[derive(Clone, Copy)]
pub struct Errand<'a> {
    /// Where it runs.
    pub plugins: &'a Plugins,
    /// The app instance and the person it acts for.
    pub acting: &'a Arc<Acting>,
    /// When, and under which record.
    pub at: &'a Moment,
    /// The references of the app.
    pub tokens: &'a Tokens,
    /// What the request has open.
    pub session: &'a Session,
    /// Plugin as loaded, and function: `http.in.get`.
    pub name: &'a str,
    /// The plugin as loaded: `http.in#work`.
    pub loaded: &'a str,
    /// The account the plugin was loaded for, or empty.
    pub account: &'a str,
}

/// Why a call ends early.
#[derive(Debug)]
pub enum Stop {
    /// It is not allowed; the app cannot catch this.
    Refused(String),
    /// It failed; the app finds the text in its response object.
    Failed(String),
}

impl From<Stop> for CallAnswer {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(message) => CallAnswer::Refused { message },
            Stop::Failed(error) => CallAnswer::Failed { error, code: 1 },
        }
    }
}

impl Errand<'_> {
    /// The operator's settings for the plugin, unless its account has none.
    pub fn settings(&self) -> Option<&Block> {
        self.session.settings(self.loaded)
    }

    /// Asks the gate for `call`; `asked` says in words what it is about, without any value.
    pub async fn admit<T: Send>(
        &self,
        call: PluginCall<T>,
        asked: &str,
    ) -> Result<Permit<PluginCall<T>>, Stop> {
        let admitted = self.plugins.gate.admit(&self.caller(), call, self.at).await;
        admitted.map_err(|refused| self.refused(&refused, asked))
    }

    /// Asks the gate for each of `references`, to be sent to `sink`, and reveals those permitted.
    pub async fn reveal(
        &self,
        references: &[&Reference],
        (via, sink): (Action, &Sink),
        parent: &RecordId,
    ) -> Result<Revealed, Stop> {
        let at = Moment {
            parent: Some(parent.clone()),
            ..self.at.clone()
        };
        let mut revealed = Revealed::default();
        for reference in references {
            let secret = self
                .plugins
                .secrets
                .id(reference)
                .map_err(|error| Stop::Failed(error.to_string()))?;
            let asked = format!("with secret {secret} for {}", place(sink));
            let call = SecretResolve {
                secret,
                via,
                sink: sink.clone(),
                account: self.account.to_owned(),
            };
            let permit = self.plugins.gate.admit(&self.caller(), call, &at).await;
            let permit = permit.map_err(|refused| self.refused(&refused, &asked))?;
            let value = self.plugins.secrets.reveal(permit).await;
            revealed.add(
                (*reference).clone(),
                value.map_err(|error| Stop::Failed(spelt(&error)))?,
            );
        }
        Ok(revealed)
    }

    /// Closes the record of a call whose result may now leave, once the decision is durable.
    pub async fn close(&self, mut open: Open, outcome: Outcome) -> Result<(), Stop> {
        let durable = open.durable().await;
        open.close(outcome);
        match durable {
            Ok(_) => Ok(()),
            Err(_) => Err(self.unwritable()),
        }
    }

    /// Refuses, with a record, a function that no plugin here has.
    pub fn unknown(&self) -> Stop {
        let message = format!("{} is not available in this version", self.name);
        self.reject("plugin.unknown", &message, Stop::Refused)
    }

    /// Refuses, with a record, a call whose arguments make no sense; the app may handle that.
    pub fn malformed(&self, problem: &str) -> Stop {
        self.reject("plugin.arguments", problem, Stop::Failed)
    }

    /// Refuses, with a record, a call for a place where no app may go; the app may handle that.
    pub fn off_limits(&self, problem: &str) -> Stop {
        self.reject("plugin.place", problem, Stop::Failed)
    }

    /// Ends, with a record, a call whose target cannot be found; the app may handle that.
    pub fn unreachable(&self, problem: &str) -> Stop {
        self.reject("plugin.unreachable", problem, Stop::Failed)
    }

    /// Refuses, with a record, a call that no policy may permit.
    pub fn forbidden(&self, code: &'static str, message: &str) -> Stop {
        self.reject(code, message, Stop::Refused)
    }

    /// Whether the app acts for somebody who has signed in and may.
    pub fn is_authenticated(&self) -> bool {
        let person = self.acting.on_behalf_of.as_ref();
        person.is_some_and(|person| !person.disabled)
    }

    /// Who asks.
    pub fn caller(&self) -> Caller {
        Caller::App(Arc::clone(self.acting))
    }

    fn reject(&self, code: &'static str, message: &str, stop: fn(String) -> Stop) -> Stop {
        let message = self.tokens.show(message);
        let rejection = Rejection {
            code,
            action: self.name.to_owned(),
            resource: EntityRef::new("AppInstance", self.acting.instance.id.to_string()),
            detail: serde_json::json!({ "problem": clip(&message) }),
        };
        let refused = self.plugins.gate.reject(&self.caller(), rejection, self.at);
        match refused.kind {
            RefusedKind::Unwritable => self.unwritable(),
            RefusedKind::Denied | RefusedKind::Rejected => stop(message),
        }
    }

    fn refused(&self, refused: &Refused, asked: &str) -> Stop {
        if refused.kind == RefusedKind::Unwritable {
            return self.unwritable();
        }
        let why = if !refused.texts.is_empty() {
            refused.texts.join("; ")
        } else if let Some(near) = self.declared(&refused.near) {
            format!("the nearest permission, {near}, does not cover it")
        } else if refused.reasons.is_empty() {
            "no permission covers it".to_owned()
        } else {
            refused.reasons.join(", ")
        };
        Stop::Refused(format!(
            "app {} is not permitted to call {} {}: {why}; decision {}. Update the app or audit and approve permissions",
            self.acting.instance.path,
            self.name,
            clip(&self.tokens.show(asked)),
            refused.id,
        ))
    }

    /// The first of these policies, in the words of the app's author.
    fn declared(&self, near: &[String]) -> Option<String> {
        let engine = self.plugins.gate.engine();
        let own = &engine.app(&self.acting.instance.id)?.policies;
        let nearest = near
            .iter()
            .find_map(|id| own.iter().find(|policy| policy.id == *id))?;
        Some(self.tokens.show(&nearest.declared))
    }

    /// Ends a call whose decision could not be written.
    pub fn unwritable(&self) -> Stop {
        Stop::Refused(format!(
            "{} was not done: the audit log cannot be written; try again later",
            self.name
        ))
    }
}

/// An error with its causes, the outermost first.
pub fn spelt(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

fn place(sink: &Sink) -> String {
    match sink {
        Sink::Url(url) => url.host().to_owned(),
        Sink::Program(program) => program.display().to_string(),
    }
}

/// App text in messages and records is bounded.
fn clip(text: &str) -> String {
    const LONGEST: usize = 500;
    let mut chars = text.chars();
    let mut clipped: String = chars.by_ref().take(LONGEST).collect();
    if chars.next().is_some() {
        clipped.push('…');
    }
    clipped
}
