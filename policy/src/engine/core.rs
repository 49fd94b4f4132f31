//! The part of an engine that does not depend on which apps there are: schema, guardrails, grants, and the
//! caches. Engines that differ only in their apps share it.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use audit::Blob;
use cedar_policy::{Entities, Entity, EntityUid, Policy, PolicySet, Schema, Validator};
use lru::LruCache;
use regex::Regex;
use serde_json::json;

use super::error::PolicyError;
use super::index::{Index, action_matches};
use super::lint;
use super::parse::parse;
use super::shelf::App;
use super::source::{Layer, PolicySource, SCHEMA};
use super::world::{self, WorldError};
use super::written::{Written, read_source, validate};
use crate::action::Action;
use crate::call::Node;
use crate::permission::anchored;
use crate::question::Question;

const PREPARED: NonZeroUsize = NonZeroUsize::new(2048).unwrap();
/// Questions with more entities are not kept: closures grow with the square of the depth, and an app can
/// ask for as many deep names as it likes.
const KEPT_WHO: usize = 64;
const KEPT_WHAT: usize = 24;
const PARSED: NonZeroUsize = NonZeroUsize::new(2048).unwrap();

pub(super) struct Core {
    pub schema: Schema,
    validator: Validator,
    pub written: Vec<Written>,
    index: Index,
    actions: HashMap<Action, ActionFacts>,
    prepared: Mutex<LruCache<Key, Arc<Prepared>>>,
    parsed: Mutex<LruCache<String, Arc<Parsed>>>,
    pub blobs: Vec<Arc<Blob>>,
}

struct ActionFacts {
    /// Its own, then its groups'.
    uids: Vec<EntityUid>,
    entity: Option<Entity>,
}

/// The policies of an app, ready to be asked.
pub(super) struct Parsed {
    pub policies: Vec<Policy>,
    pub regexes: Vec<Compiled>,
}

pub(super) struct Compiled {
    pub id: String,
    pub action: String,
    pub index: usize,
    pub regex: Regex,
}

/// Everything that the parts of a question apart from its context come to.
pub(super) struct Prepared {
    pub policies: PolicySet,
    pub entities: Entities,
    pub blobs: Vec<Arc<Blob>>,
}

/// INVARIANT: holds all that [`Prepared`] is made from, so an entry is never out of date.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    app: Option<String>,
    who: Vec<Node>,
    action: Action,
    what: Vec<Node>,
}

impl Core {
    pub fn new(guardrails: &[PolicySource], grants: &[PolicySource]) -> Result<Core, PolicyError> {
        let schema = schema()?;
        let validator = Validator::new(schema.clone());
        let mut written = Vec::new();
        let mut taken = HashMap::new();
        for (layer, sources) in [(Layer::Guardrail, guardrails), (Layer::Grant, grants)] {
            for source in sources {
                let placed = read_source(layer, source, &validator, &mut taken)?;
                written.extend(
                    placed
                        .iter()
                        .map(|placed| Written::new(layer, source, placed)),
                );
            }
        }
        let blobs = [blob(guardrails), blob(grants), Arc::new(Blob::new(SCHEMA))].into();
        Ok(Core {
            index: Index::new(written.iter().map(|written| &written.policy)),
            actions: action_facts(&schema)
                .map_err(|error| world_error("schema.cedarschema", &error))?,
            schema,
            validator,
            written,
            prepared: Mutex::new(LruCache::new(PREPARED)),
            parsed: Mutex::new(LruCache::new(PARSED)),
            blobs,
        })
    }

    /// The policies of an app, from the cache or from its text.
    pub fn parsed(&self, app: &App) -> Result<Arc<Parsed>, PolicyError> {
        cached(&self.parsed, app.blob.hash().to_owned(), || {
            self.parse_app(app).map(Arc::new)
        })
    }

    fn parse_app(&self, app: &App) -> Result<Parsed, PolicyError> {
        lint::size(&app.policies)?;
        let (mut policies, mut regexes) = (Vec::new(), Vec::new());
        for policy in &app.policies.policies {
            if policy.text.is_empty() {
                continue;
            }
            let file = format!("{}/{}", app.policies.instance, policy.id);
            let placed = parse(&file, &policy.text)?;
            for placed in &placed {
                lint::generated(&app.policies, &file, &policy.text, placed)?;
            }
            validate(&self.validator, &file, &policy.text, &placed)?;
            policies.extend(placed.into_iter().map(|placed| placed.policy));
            for regex in &policy.regex {
                regexes.push(compile(&file, regex)?);
            }
        }
        Ok(Parsed { policies, regexes })
    }

    /// What a question comes to, from the cache or built anew.
    pub fn prepared(
        &self,
        question: &Question,
        app: Option<(&App, &Parsed)>,
    ) -> Result<Arc<Prepared>, WorldError> {
        if question.who.len() > KEPT_WHO || question.what.len() > KEPT_WHAT {
            return self
                .prepare(question, app.map(|(_, parsed)| parsed))
                .map(Arc::new);
        }
        let key = Key {
            app: app.map(|(app, _)| app.blob.hash().to_owned()),
            who: question.who.clone(),
            action: question.action,
            what: question.what.clone(),
        };
        cached(&self.prepared, key, || {
            self.prepare(question, app.map(|(_, parsed)| parsed))
                .map(Arc::new)
        })
    }

    fn prepare(
        &self,
        question: &Question,
        parsed: Option<&Parsed>,
    ) -> Result<Prepared, WorldError> {
        let facts = self.actions.get(&question.action);
        let uids = facts.map(|facts| facts.uids.as_slice()).unwrap_or_default();
        let found = self.index.find(&question.who, &question.what)?;
        let written = found
            .iter()
            .filter_map(|number| self.written.get(*number))
            .map(|written| &written.policy);
        let own = parsed.into_iter().flat_map(|parsed| &parsed.policies);
        let policies = written
            .chain(own)
            .filter(|policy| action_matches(policy, uids))
            .cloned();
        let nodes = question.who.iter().chain(&question.what);
        let mut blobs: Vec<Arc<Blob>> = nodes
            .clone()
            .map(|node| Arc::new(Blob::new(world::node_text(node))))
            .collect();
        blobs.sort_by(|left, right| left.hash().cmp(right.hash()));
        blobs.dedup_by(|left, right| left.hash() == right.hash());
        Ok(Prepared {
            policies: PolicySet::from_policies(policies).map_err(WorldError::cedar)?,
            entities: entities(nodes, facts.and_then(|facts| facts.entity.clone()))?,
            blobs,
        })
    }

    /// The uids of an action: its own first, then its groups'.
    pub fn action_uids(&self, action: Action) -> &[EntityUid] {
        self.actions
            .get(&action)
            .map(|facts| facts.uids.as_slice())
            .unwrap_or_default()
    }
}

/// One entity each; a node that comes up twice is the same both times.
pub(super) fn entities<'a>(
    nodes: impl Iterator<Item = &'a Node>,
    action: Option<Entity>,
) -> Result<Entities, WorldError> {
    let mut unique: HashMap<(&str, &str), &Node> = HashMap::new();
    for node in nodes {
        unique.entry((node.kind, &node.id)).or_insert(node);
    }
    let nodes = unique
        .into_values()
        .map(world::entity)
        .collect::<Result<Vec<_>, _>>()?;
    Entities::from_entities(nodes.into_iter().chain(action), None).map_err(WorldError::cedar)
}

fn cached<K: Hash + Eq, V, E>(
    cache: &Mutex<LruCache<K, Arc<V>>>,
    key: K,
    make: impl FnOnce() -> Result<Arc<V>, E>,
) -> Result<Arc<V>, E> {
    if let Some(found) = cache
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
    {
        return Ok(Arc::clone(found));
    }
    let made = make()?;
    cache
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .put(key, Arc::clone(&made));
    Ok(made)
}

fn schema() -> Result<Schema, PolicyError> {
    match Schema::from_cedarschema_str(SCHEMA) {
        Ok((schema, _warnings)) => Ok(schema),
        Err(error) => Err(PolicyError::from_cedar(
            "schema.cedarschema",
            SCHEMA,
            0,
            &error,
        )),
    }
}

fn compile(file: &str, declared: &crate::permission::Regex) -> Result<Compiled, PolicyError> {
    let regex = anchored(&declared.pattern).map_err(|error| {
        PolicyError::new(
            file,
            &declared.pattern,
            0,
            format!("bad regular expression: {error}"),
        )
    })?;
    Ok(Compiled {
        id: declared.id.clone(),
        action: declared.action.clone(),
        index: declared.index,
        regex,
    })
}

fn action_facts(schema: &Schema) -> Result<HashMap<Action, ActionFacts>, WorldError> {
    let entities = schema.action_entities().map_err(WorldError::cedar)?;
    let mut facts = HashMap::new();
    for action in Action::ALL {
        let own = world::uid("Action", action.as_str())?;
        let groups = entities.ancestors(&own).into_iter().flatten().cloned();
        let uids = std::iter::once(own.clone()).chain(groups).collect();
        facts.insert(
            *action,
            ActionFacts {
                uids,
                entity: entities.get(&own).cloned(),
            },
        );
    }
    Ok(facts)
}

fn world_error(file: &str, error: &WorldError) -> PolicyError {
    PolicyError::new(file, "", 0, error.to_string())
}

fn blob(sources: &[PolicySource]) -> Arc<Blob> {
    let files: Vec<_> = sources
        .iter()
        .map(|source| json!({ "name": source.name, "text": source.text }))
        .collect();
    Arc::new(Blob::new(json!(files).to_string()))
}
