//! Why a decision is what it is: the policies that decided it, and for a denial without a forbid the
//! permits that came close, with the parts of each that did not hold. Only on demand: every part of a
//! permit is evaluated alone.

mod lacks;

use cedar_policy::{Context, Effect, Entities, EntityUid, Policy, PolicySet, Request};
use serde::Serialize;
use serde_json::Value;

use super::Engine;
use super::decide::Answer;
use super::index::action_matches;
use super::source::PolicyText;
use super::stepup::StepUp;
use crate::action::Action;
use crate::call::Call;
use crate::caller::{Caller, Moment};
use crate::ids::InstanceId;
use crate::question::Question;
use lacks::lacks;

/// At most so many near misses are explained.
const NEAR: usize = 5;
/// At most so many permits are looked at.
const LOOKED_AT: usize = 2000;

/// The reasons of a decision, for operators and auditors.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Explanation {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The policies that decided.
    pub determining: Vec<PolicyText>,
    /// What those policies say, `@reason`.
    pub texts: Vec<String>,
    /// What went wrong; any error denies.
    pub errors: Vec<String>,
    /// Permits that nearly matched, the nearest first.
    pub near: Vec<NearMiss>,
}

/// A permit that nearly matched.
#[derive(Clone, Debug, Serialize)]
pub struct NearMiss {
    /// The policy.
    pub policy: PolicyText,
    /// The parts that did not hold, as text.
    pub lacks: Vec<String>,
}

/// A question taken from a record.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Type (without namespace) and id of the principal.
    pub principal: audit::EntityRef,
    /// The action.
    pub action: String,
    /// Type and id of the resource.
    pub resource: audit::EntityRef,
    /// The context as recorded.
    pub context: Value,
    /// The texts of the entities as recorded.
    pub entities: Vec<String>,
}

impl Engine {
    /// Why `call` would be decided as it would be.
    pub fn explain<C: Call>(&self, caller: &Caller, call: &C, at: &Moment) -> Explanation {
        let question = Question::new(caller, &call.ask(), at);
        let answer = self.decide(&question);
        let instance = question.instance.as_ref();
        let unexplained = !answer.allowed && answer.reasons.is_empty();
        let near = match unexplained.then(|| self.ready(&question).1) {
            Some(Ok(ready)) => self.near(
                instance,
                question.action,
                &ready.request,
                &ready.prepared.entities,
            ),
            Some(Err(_)) | None => Vec::new(),
        };
        self.explanation(instance, answer, near)
    }

    /// Whether `call` would be allowed; for showing people what they may open. It permits nothing and is
    /// not recorded.
    pub fn would_allow<C: Call>(&self, caller: &Caller, call: &C, at: &Moment) -> bool {
        self.decide(&Question::new(caller, &call.ask(), at)).allowed
    }

    /// Like [`Engine::would_allow`]: the sign-in that lacks, if that is all; nothing when `call` is refused.
    pub fn would_allow_after<C: Call>(
        &self,
        caller: &Caller,
        call: &C,
        at: &Moment,
    ) -> Option<StepUp> {
        let answer = self.decide(&Question::new(caller, &call.ask(), at));
        match answer.allowed {
            true => Some(StepUp::default()),
            false => answer.step_up,
        }
    }

    /// Why a recorded question is decided as it is, by the policies in force now.
    pub fn explain_recorded(&self, recorded: &Recorded) -> Explanation {
        match self.replay(recorded) {
            Ok(explanation) => explanation,
            Err(error) => Explanation {
                errors: vec![error],
                ..Explanation::default()
            },
        }
    }

    fn replay(&self, recorded: &Recorded) -> Result<Explanation, String> {
        let action = Action::parse(&recorded.action)
            .ok_or_else(|| format!("`{}` was refused before policy was asked", recorded.action))?;
        let (request, entities) = self.recorded_request(recorded, action)?;
        let instance = (recorded.principal.kind == "AppInstance")
            .then(|| InstanceId::from(recorded.principal.id.as_str()));
        let policies = PolicySet::from_policies(
            self.policies(instance.as_ref())?
                .into_iter()
                .map(|(policy, _)| policy),
        )
        .map_err(|error| error.to_string())?;
        let mut answer = Answer::default();
        super::decide::judge(&request, &policies, &entities, &mut answer);
        answer.allowed &= answer.errors.is_empty();
        let near = if !answer.allowed && answer.reasons.is_empty() {
            self.near(instance.as_ref(), action, &request, &entities)
        } else {
            Vec::new()
        };
        Ok(self.explanation(instance.as_ref(), answer, near))
    }

    fn recorded_request(
        &self,
        recorded: &Recorded,
        action: Action,
    ) -> Result<(Request, Entities), String> {
        let uid = |entity: &audit::EntityRef| {
            super::world::uid(&entity.kind, &entity.id).map_err(|e| e.to_string())
        };
        let action_uid = self
            .core
            .action_uids(action)
            .first()
            .cloned()
            .ok_or("the schema lacks the action")?;
        let schema = &self.core.schema;
        let context =
            Context::from_json_value(recorded.context.clone(), Some((schema, &action_uid)))
                .map_err(|error| {
                    format!("the recorded context does not fit the schema in force: {error}")
                })?;
        let texts = recorded
            .entities
            .iter()
            .map(|text| serde_json::from_str::<Value>(text));
        let entities = Value::Array(
            texts
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?,
        );
        let entities = Entities::from_json_value(entities, Some(schema)).map_err(|error| {
            format!("the recorded entities do not fit the schema in force: {error}")
        })?;
        let request = Request::new(
            uid(&recorded.principal)?,
            action_uid,
            uid(&recorded.resource)?,
            context,
            Some(schema),
        );
        Ok((request.map_err(|error| error.to_string())?, entities))
    }

    fn explanation(
        &self,
        instance: Option<&InstanceId>,
        answer: Answer,
        near: Vec<NearMiss>,
    ) -> Explanation {
        let determining = answer
            .reasons
            .iter()
            .filter_map(|id| self.text(instance, id))
            .collect();
        Explanation {
            allowed: answer.allowed,
            determining,
            texts: answer.texts,
            errors: answer.errors,
            near,
        }
    }

    /// A policy as people read it, hand-written or of this instance.
    fn text(&self, instance: Option<&InstanceId>, id: &str) -> Option<PolicyText> {
        let written = self
            .core
            .written
            .iter()
            .map(|written| &written.text)
            .find(|text| text.id == id)
            .cloned();
        written.or_else(|| {
            let app = self.shelf.find(instance?)?;
            app.policies
                .policies
                .iter()
                .find(|policy| policy.id == id)
                .map(PolicyText::of_app)
        })
    }

    /// All policies that count for this instance or, without one, for a person.
    pub(super) fn policies(
        &self,
        instance: Option<&InstanceId>,
    ) -> Result<Vec<(Policy, PolicyText)>, String> {
        let mut all: Vec<(Policy, PolicyText)> = self
            .core
            .written
            .iter()
            .map(|written| (written.policy.clone(), written.text.clone()))
            .collect();
        if let Some(app) = instance.and_then(|id| self.shelf.find(id)) {
            let parsed = self.core.parsed(app).map_err(|error| error.to_string())?;
            for policy in &parsed.policies {
                let id = policy.id().to_string();
                let text = app
                    .policies
                    .policies
                    .iter()
                    .find(|policy| policy.id == id)
                    .map(PolicyText::of_app);
                all.extend(text.map(|text| (policy.clone(), text)));
            }
        }
        Ok(all)
    }

    fn near(
        &self,
        instance: Option<&InstanceId>,
        action: Action,
        request: &Request,
        entities: &Entities,
    ) -> Vec<NearMiss> {
        let uids: &[EntityUid] = self.core.action_uids(action);
        let policies = self.policies(instance).unwrap_or_default();
        let permits = policies
            .into_iter()
            .filter(|(policy, _)| policy.effect() == Effect::Permit);
        let fitting = permits
            .filter(|(policy, _)| action_matches(policy, uids))
            .take(LOOKED_AT);
        let mut near: Vec<(u32, NearMiss)> = fitting
            .map(|(policy, text)| {
                let (distance, lacks) = lacks(&policy, request, entities);
                (
                    distance,
                    NearMiss {
                        policy: text,
                        lacks,
                    },
                )
            })
            .collect();
        near.sort_by(|left, right| (left.0, &left.1.policy.id).cmp(&(right.0, &right.1.policy.id)));
        near.into_iter().take(NEAR).map(|(_, miss)| miss).collect()
    }
}
