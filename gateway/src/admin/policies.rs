//! Operations on policies: what is in force, and why something was decided.

use std::collections::HashSet;

use policy::Recorded;
use serde_json::{Value, json};

use super::{Context, records};
use crate::{
    catalog::Installed,
    wire::{Class, ExplainRecord, Explained, Layer, PolicyList, Problem, ReadPolicies},
};

/// `policy.read`.
pub(super) fn read(
    context: &Context,
    request: &ReadPolicies,
    app: Option<&Installed>,
) -> PolicyList {
    let engine = context.state().gate.engine();
    let layer = match request.layer {
        Layer::Guardrails => policy::Layer::Guardrail,
        Layer::Grants => policy::Layer::Grant,
        Layer::Apps => policy::Layer::App,
    };
    let own = |id: &str| app.is_none_or(|app| id.contains(app.instance.id.as_str()));
    let texts = engine
        .texts()
        .into_iter()
        .filter(|text| text.layer == layer && own(&text.id));
    let policies = texts.map(|text| json!({"layer": text.layer, "id": text.id, "text": text.text, "source": text.source}));
    PolicyList {
        set: engine.set_hash().to_owned(),
        policies: policies.collect(),
    }
}

/// `policy.explain`.
pub(super) async fn explain(
    context: &Context,
    request: ExplainRecord,
) -> Result<Explained, Problem> {
    let query = context.state().gate.log().query();
    let found = tokio::task::spawn_blocking(move || {
        let shown = records::named(&query, &request.record)?;
        let entities = entities(&query, &shown.record)?;
        Ok::<_, Problem>((shown, entities))
    });
    let (shown, entities) = found.await??;
    let record = &shown.record;
    let Some(decision) = text(record, "decision") else {
        let detail = format!(
            "record {} is not a decision; it has nothing to explain",
            shown.seq
        );
        return Err(Problem::new(Class::Invalid, detail));
    };
    let detail = match shown.detail {
        audit::Detail::Opened(detail) => Some(detail),
        audit::Detail::None | audit::Detail::Erased | audit::Detail::Forged => None,
    };
    let engine = context.state().gate.engine();
    let recorded = detail.and_then(|detail| recorded(record, detail, entities));
    let now = recorded.map(|recorded| engine.explain_recorded(&recorded));
    Ok(Explained {
        seq: shown.seq,
        decision,
        question: question(record),
        reasons: texts(record, "reasons"),
        near: texts(record, "near"),
        texts: reasons(&engine.texts(), &texts(record, "reasons")),
        now: now.map(serde_json::to_value).transpose()?,
    })
}

/// The policies that decided, as they read now.
fn reasons(all: &[policy::PolicyText], ids: &[String]) -> Vec<Value> {
    let ids: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let decided = all.iter().filter(|text| ids.contains(text.id.as_str()));
    decided.map(|text| json!({"layer": text.layer, "id": text.id, "text": text.text, "source": text.source})).collect()
}

/// The question a record keeps, ready to be asked again.
fn recorded(record: &Value, context: Value, entities: Vec<String>) -> Option<Recorded> {
    Some(Recorded {
        principal: entity(record.get("principal")?)?,
        action: text(record, "action")?,
        resource: entity(record.get("resource")?)?,
        context,
        entities,
    })
}

fn entity(value: &Value) -> Option<audit::EntityRef> {
    Some(audit::EntityRef::new(
        text(value, "type")?,
        text(value, "id")?,
    ))
}

/// The entities a record names by hash.
fn entities(query: &audit::Query, record: &Value) -> Result<Vec<String>, audit::QueryError> {
    let hashes = record.get("entities").and_then(Value::as_array);
    let hashes = hashes.into_iter().flatten().filter_map(Value::as_str);
    hashes
        .filter_map(|hash| query.blob(hash).transpose())
        .collect()
}

fn question(record: &Value) -> String {
    let side = |name: &str| {
        let entity = record.get(name).and_then(entity);
        entity.map_or_else(
            || "?".to_owned(),
            |entity| format!("{} {}", entity.kind, entity.id),
        )
    };
    let action = text(record, "action").unwrap_or_default();
    format!(
        "may {} do {action} on {}?",
        side("principal"),
        side("resource")
    )
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
