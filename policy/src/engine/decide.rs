//! Answers questions. Whatever goes wrong on the way is an error in the answer, and an error denies.

use std::sync::Arc;

use audit::Blob;
use cedar_policy::{Authorizer, Decision, Effect, Entities, PolicyId, PolicySet, Request};
use serde_json::Value;

use super::Engine;
use super::core::{Parsed, Prepared};
use super::stepup::{self, StepUp};
use super::world;
use crate::call::{Fact, Fields};
use crate::question::Question;

/// At most so many near misses are named with a denial.
const NEAR: usize = 5;

/// What policy says to a question.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub allowed: bool,
    /// Ids of the policies that decided.
    pub reasons: Vec<String>,
    /// What those policies say, `@reason`.
    pub texts: Vec<String>,
    /// What went wrong; never empty together with `allowed`.
    pub errors: Vec<String>,
    /// The sign-in that would turn a denial into a yes, if a stronger one is all that lacks.
    pub step_up: Option<StepUp>,
    /// Ids of permits that were close, for denials without a forbid.
    pub near: Vec<String>,
    /// The entities that were looked at.
    pub entities: Vec<Arc<Blob>>,
    /// The context as policy saw it.
    pub context: Value,
}

/// A question ready for Cedar.
pub(super) struct Ready {
    pub prepared: Arc<Prepared>,
    pub request: Request,
}

impl Engine {
    /// Decides. INVARIANT: `allowed` only when Cedar allows and nothing failed.
    pub(crate) fn decide(&self, question: &Question) -> Answer {
        let (context, ready) = self.ready(question);
        let mut answer = Answer {
            context: world::record(&context),
            ..Answer::default()
        };
        match ready {
            Err(error) => answer.errors.push(error),
            Ok(ready) => {
                answer.entities.clone_from(&ready.prepared.blobs);
                judge(
                    &ready.request,
                    &ready.prepared.policies,
                    &ready.prepared.entities,
                    &mut answer,
                );
            }
        }
        if !answer.errors.is_empty() {
            answer.allowed = false;
        }
        answer
    }

    /// The context with the regular expressions that match, and the question in Cedar's terms.
    pub(super) fn ready(&self, question: &Question) -> (Fields, Result<Ready, String>) {
        if question.is_too_deep() {
            return (
                question.context.clone(),
                Err("the question has too many ancestors or groups".to_owned()),
            );
        }
        let app = question
            .instance
            .as_ref()
            .and_then(|id| self.shelf.find(id));
        let parsed = app.map(|app| self.core.parsed(app)).transpose();
        let context = match (&question.instance, &parsed) {
            (Some(_), Ok(Some(parsed))) => question
                .context
                .clone()
                .with("rx", matching(parsed, question)),
            (Some(_), Ok(None) | Err(_)) => {
                question.context.clone().with("rx", Fact::Texts(Vec::new()))
            }
            (None, _) => question.context.clone(),
        };
        let ready = parsed
            .map_err(|error| error.to_string())
            .and_then(|parsed| {
                let own = app.map(Arc::as_ref).zip(parsed.as_deref());
                let prepared = self
                    .core
                    .prepared(question, own)
                    .map_err(|error| error.to_string())?;
                Ok(Ready {
                    request: self.request(question, &context)?,
                    prepared,
                })
            });
        (context, ready)
    }

    fn request(&self, question: &Question, context: &Fields) -> Result<Request, String> {
        let uid = |node: Option<&crate::call::Node>| match node {
            Some(node) => world::uid(node.kind, &node.id).map_err(|error| error.to_string()),
            None => Err("the question names nothing".to_owned()),
        };
        let action = self.core.action_uids(question.action).first().cloned();
        Request::new(
            uid(question.who.first())?,
            action.ok_or_else(|| format!("`{}` is not in the schema", question.action))?,
            uid(question.what.first())?,
            world::context(context).map_err(|error| error.to_string())?,
            Some(&self.core.schema),
        )
        .map_err(|error| error.to_string())
    }
}

pub(super) fn judge(
    request: &Request,
    policies: &PolicySet,
    entities: &Entities,
    answer: &mut Answer,
) {
    let response = Authorizer::new().is_authorized(request, policies, entities);
    answer
        .errors
        .extend(response.diagnostics().errors().map(ToString::to_string));
    answer.allowed = response.decision() == Decision::Allow;
    if answer.allowed && !answer.errors.is_empty() {
        return;
    }
    let mut reasons: Vec<_> = response.diagnostics().reason().collect();
    reasons.sort();
    if !answer.allowed && answer.errors.is_empty() {
        answer.step_up = stepup::wanted((request, policies, entities), &reasons);
    }
    answer.texts = reasons.iter().filter_map(|id| said(policies, id)).collect();
    answer.reasons = reasons.into_iter().map(ToString::to_string).collect();
    if !answer.allowed && answer.reasons.is_empty() {
        answer.near = near(policies);
    }
}

/// What a policy says of itself: its reason, and the exception it makes.
fn said(policies: &PolicySet, id: &PolicyId) -> Option<String> {
    let reason = policies.annotation(id, "reason")?;
    let text = match policies.annotation(id, "unless") {
        Some(unless) => format!("{reason}, unless {unless}"),
        None => reason.to_owned(),
    };
    Some(text)
}

/// The permits of the slice: their action fits, and who and what may.
fn near(policies: &PolicySet) -> Vec<String> {
    let permits = policies
        .policies()
        .filter(|policy| policy.effect() == Effect::Permit);
    let mut near: Vec<String> = permits.map(|policy| policy.id().to_string()).collect();
    near.sort();
    near.truncate(NEAR);
    near
}

/// Ids of the app's expressions that match. An expression looks only at the parameter of the function it
/// was declared for.
fn matching(parsed: &Parsed, question: &Question) -> Fact {
    let mut ids: Vec<String> = parsed
        .regexes
        .iter()
        .filter(|compiled| compiled.action == question.action.as_str())
        .filter(|compiled| {
            question
                .subjects
                .iter()
                .any(|(index, text)| *index == compiled.index && compiled.regex.is_match(text))
        })
        .map(|compiled| compiled.id.clone())
        .collect();
    ids.sort();
    ids.dedup();
    Fact::Texts(ids)
}
