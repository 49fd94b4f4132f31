//! Operations on policies: what is in force, and why something was decided.

use std::collections::{BTreeMap, HashSet};

use policy::{Engine, InstanceId, Recorded, Sources};
use serde_json::{Value, json};

use super::{Context, records};
use crate::{
    boot::{self, BootError},
    catalog::Installed,
    wire::{
        Class, ExplainRecord, Explained, Layer, PolicyList, Problem, ReadPolicies, ReloadPolicies,
        ReloadedPolicies,
    },
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

/// `policy.reload`: the files of the home become the policies in force, all of them or none.
pub(super) async fn reload(
    context: &Context,
    request: ReloadPolicies,
) -> Result<ReloadedPolicies, Problem> {
    let _turn = context.turn().await?;
    let (home, engine) = (context.state().home.clone(), context.state().gate.engine());
    let made = tokio::task::spawn_blocking(move || {
        let (guardrails, grants) = boot::policies(&home)?;
        let next = engine.with_layers(&guardrails, &grants)?;
        Ok::<_, BootError>((difference(&engine, &next), next))
    });
    let (told, next) = made
        .await?
        .map_err(|error| Problem::new(Class::Invalid, super::problem::chain(&error)))?;
    if !request.dry_run && told.before != told.after {
        let (caller, at) = (context.caller(), context.at());
        context.state().gate.activate(next, caller, at).await?;
    }
    Ok(told)
}

fn difference(before: &Engine, after: &Engine) -> ReloadedPolicies {
    let by_id = |engine: &Engine| -> BTreeMap<String, String> {
        let own = engine.texts().into_iter();
        own.filter(|text| text.layer != policy::Layer::App)
            .map(|text| (text.id, text.text))
            .collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| -> Vec<String> {
        a.keys()
            .filter(|id| !b.contains_key(*id))
            .cloned()
            .collect()
    };
    let changed = new
        .iter()
        .filter(|(id, text)| old.get(*id).is_some_and(|old| old != *text));
    ReloadedPolicies {
        before: before.set_hash().to_owned(),
        after: after.set_hash().to_owned(),
        added: only(&new, &old),
        removed: only(&old, &new),
        changed: changed.map(|(id, _)| id.clone()).collect(),
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
        let engine = recalled(&query, &shown.record);
        Ok::<_, Problem>((shown, entities, engine))
    });
    let (shown, entities, then) = found.await??;
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
    let now = context.state().gate.engine();
    let recorded = detail.and_then(|detail| recorded(record, detail, entities));
    let again = |engine: &Engine| {
        let explanation = recorded
            .as_ref()
            .map(|recorded| engine.explain_recorded(recorded));
        explanation.map(serde_json::to_value).transpose()
    };
    let known = then.as_ref().unwrap_or(&now).texts();
    Ok(Explained {
        seq: shown.seq,
        decision,
        question: question(record),
        reasons: texts(record, "reasons"),
        near: texts(record, "near"),
        texts: reasons(&known, &texts(record, "reasons")),
        recalled: then.is_some(),
        then: then.as_ref().map_or(Ok(None), again)?,
        now: again(&now)?,
    })
}

/// The policies of the record's time.
fn recalled(query: &audit::Query, record: &Value) -> Option<Engine> {
    let set = record.pointer("/policy/set")?.as_str()?;
    let principal = record.get("principal").and_then(entity)?;
    let instance =
        (principal.kind == "AppInstance").then(|| InstanceId::from(principal.id.as_str()));
    let sources = Sources::recall(set, instance.as_ref(), |hash| {
        query.blob(hash).ok().flatten()
    })?;
    Engine::build(sources).ok()
}

/// The policies that decided.
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
