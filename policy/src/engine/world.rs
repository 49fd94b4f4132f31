//! Facts and nodes in Cedar's terms: as values for the evaluator and as JSON for the record. Both come
//! from the same [`Fact`], so the record can be replayed.

use std::collections::{HashMap, HashSet};

use cedar_policy::{Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::call::{Fact, Fields, Node};

pub(super) const NAMESPACE: &str = "Sallyport";

/// A fact that Cedar does not take.
#[derive(Debug, Error)]
pub(super) enum WorldError {
    #[error("`{0}` is not an entity type")]
    Type(String),
    #[error(transparent)]
    Cedar(Box<dyn std::error::Error + Send + Sync>),
}

impl WorldError {
    pub fn cedar(error: impl std::error::Error + Send + Sync + 'static) -> WorldError {
        WorldError::Cedar(Box::new(error))
    }
}

/// The uid of an entity of ours.
pub(super) fn uid(kind: &str, id: &str) -> Result<EntityUid, WorldError> {
    let name: EntityTypeName = format!("{NAMESPACE}::{kind}")
        .parse()
        .map_err(|_error| WorldError::Type(kind.to_owned()))?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

/// A node as an entity.
pub(super) fn entity(node: &Node) -> Result<Entity, WorldError> {
    let parents = node
        .parents
        .iter()
        .map(|(kind, id)| uid(kind, id))
        .collect::<Result<HashSet<_>, _>>()?;
    let attributes = pairs(&node.fields)?.into_iter().collect::<HashMap<_, _>>();
    Entity::new(uid(node.kind, &node.id)?, attributes, parents).map_err(WorldError::cedar)
}

/// Fields as a context.
pub(super) fn context(fields: &Fields) -> Result<Context, WorldError> {
    Context::from_pairs(pairs(fields)?).map_err(WorldError::cedar)
}

fn pairs(fields: &Fields) -> Result<Vec<(String, RestrictedExpression)>, WorldError> {
    fields
        .0
        .iter()
        .map(|(name, fact)| Ok(((*name).to_owned(), expression(fact)?)))
        .collect()
}

fn expression(fact: &Fact) -> Result<RestrictedExpression, WorldError> {
    Ok(match fact {
        Fact::Text(text) => RestrictedExpression::new_string(text.clone()),
        Fact::Number(number) => RestrictedExpression::new_long(*number),
        Fact::Flag(flag) => RestrictedExpression::new_bool(*flag),
        Fact::Ip(ip) => RestrictedExpression::new_ip(ip.to_string()),
        Fact::Time(time) => RestrictedExpression::new_datetime(datetime(time)),
        Fact::Entity(kind, id) => RestrictedExpression::new_entity_uid(uid(kind, id)?),
        Fact::Texts(texts) => RestrictedExpression::new_set(
            texts.iter().cloned().map(RestrictedExpression::new_string),
        ),
        Fact::Record(fields) => {
            RestrictedExpression::new_record(pairs(fields)?).map_err(WorldError::cedar)?
        }
    })
}

/// Fields as Cedar's JSON.
pub(super) fn record(fields: &Fields) -> Value {
    Value::Object(
        fields
            .0
            .iter()
            .map(|(name, fact)| ((*name).to_owned(), value(fact)))
            .collect::<Map<_, _>>(),
    )
}

fn value(fact: &Fact) -> Value {
    match fact {
        Fact::Text(text) => Value::String(text.clone()),
        Fact::Number(number) => json!(number),
        Fact::Flag(flag) => json!(flag),
        Fact::Ip(ip) => extension("ip", ip.to_string()),
        Fact::Time(time) => extension("datetime", datetime(time)),
        Fact::Entity(kind, id) => json!({ "__entity": reference(kind, id) }),
        Fact::Texts(texts) => json!(texts),
        Fact::Record(fields) => record(fields),
    }
}

/// A node as Cedar's JSON, keys sorted: the text that records cite by hash.
pub(super) fn node_text(node: &Node) -> String {
    let mut parents = node.parents.clone();
    parents.sort();
    let parents: Vec<Value> = parents
        .iter()
        .map(|(kind, id)| reference(kind, id))
        .collect();
    json!({ "attrs": record(&node.fields), "parents": parents, "uid": reference(node.kind, &node.id) }).to_string()
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "id": id, "type": format!("{NAMESPACE}::{kind}") })
}

fn extension(function: &str, argument: String) -> Value {
    json!({ "__extn": { "arg": argument, "fn": function } })
}

fn datetime(time: &jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
