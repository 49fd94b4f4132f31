//! How what the caller says becomes fields: each by name, so that nothing is recorded by accident.

use serde_json::{Map, Value, json};

use crate::{AppFacts, AuthFacts, Decision, EntityRef, HttpFacts, NetFacts};

/// Who, what, on what and with which answer: what decisions and aggregates share.
pub(super) fn judged(map: &mut Map<String, Value>, decision: &Decision) {
    map.insert("principal".into(), entity(&decision.principal));
    optional(
        map,
        "on_behalf_of",
        decision.on_behalf_of.as_ref().map(entity),
    );
    optional(map, "app", decision.app.as_ref().map(app));
    map.insert("action".into(), json!(decision.action));
    map.insert("effect".into(), json!(decision.effect.name()));
    map.insert("resource".into(), entity(&decision.resource));
    map.insert("decision".into(), json!(decision.verdict.name()));
    map.insert("reasons".into(), json!(decision.reasons));
    let policy = &*decision.policy;
    let hashes = json!({"set": policy.set, "schema": policy.schema, "engine": policy.engine});
    map.insert("policy".into(), hashes);
}

pub(super) fn optional(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value);
    }
}

pub(super) fn listed(map: &mut Map<String, Value>, name: &str, items: &[String]) {
    optional(map, name, (!items.is_empty()).then(|| json!(items)));
}

pub(super) fn entity(entity: &EntityRef) -> Value {
    json!({"type": entity.kind, "id": entity.id})
}

pub(super) fn auth(auth: &AuthFacts) -> Value {
    let mut map = Map::new();
    map.insert("method".into(), json!(auth.method));
    map.insert("mfa".into(), json!(auth.mfa));
    map.insert("age_s".into(), json!(auth.age_s));
    optional(
        &mut map,
        "session_hmac",
        auth.session.as_deref().map(Value::from),
    );
    optional(&mut map, "idp", auth.idp.as_deref().map(Value::from));
    Value::Object(map)
}

fn app(app: &AppFacts) -> Value {
    let AppFacts {
        id,
        instance,
        path,
        env,
        version,
        spec_hash,
        approval_seq,
    } = app;
    let mut value = json!({
        "id": id, "instance": instance, "path": path, "env": env,
        "version": version, "spec_hash": spec_hash,
    });
    if let (Some(map), Some(seq)) = (value.as_object_mut(), approval_seq) {
        map.insert("approval_seq".into(), json!(seq));
    }
    value
}

pub(super) fn net(net: &NetFacts) -> Value {
    json!({"src_class": net.src_class, "src_hmac": net.src, "tls": net.tls})
}

pub(super) fn http(http: &HttpFacts) -> Value {
    json!({"method": http.method, "route": http.route})
}
