//! Makes records: every field by name, in the class in which it is kept.
//!
//! Field classes are decided here and nowhere else. *Public* fields stand in the record. *Hmac*
//! fields stand there as keyed hashes. *Detail* goes to the erasable store and leaves a
//! commitment. What is *never* recorded has no field.

mod fields;

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Map, Value, json};

use crate::{
    Decision, Event, Options, Outcome, RecordId, Status, Unwritable,
    canonical::{self, Limits},
    detail::Detail,
    flood::Counted,
    keys::Key,
};
use fields::{auth, entity, http, judged, listed, net, optional};

/// The largest record; later formats give its length two bytes.
const LARGEST: usize = 60_000;
const USUAL: Limits = Limits {
    text: 4096,
    items: 64,
};
const TIGHT: Limits = Limits {
    text: 256,
    items: 16,
};

/// Kinds that only the log writes.
const OWN: [&str; 6] = [
    "decision",
    "outcome",
    "aggregate",
    "boot",
    "heartbeat",
    "outage",
];

/// What all records of one run have in common.
#[derive(Debug)]
pub(crate) struct Origin {
    node: String,
    boot: RecordId,
    started: i64,
    elapsed: AtomicI64,
    clock: fn() -> i64,
}

/// A record as it will be written.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) body: String,
    pub(crate) detail: Option<Detail>,
}

/// What an outcome needs to know of its decision.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) id: RecordId,
    /// Reserved with the decision, so that closing cannot fail.
    pub(crate) outcome: RecordId,
    pub(crate) trace: String,
    pub(crate) action: String,
}

impl Origin {
    pub(crate) fn new(options: &Options) -> Result<Self, Unwritable> {
        let started = (options.now)();
        Ok(Self {
            node: options.node.clone(),
            boot: RecordId::new(started)?,
            started,
            elapsed: AtomicI64::new(0),
            clock: options.now,
        })
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn decision(
        &self,
        id: &RecordId,
        decision: &Decision,
    ) -> Result<Record, Unwritable> {
        let mut map = self.common("decision", id, decision.time_ns, &decision.trace);
        judged(&mut map, decision);
        map.insert("durability".into(), json!(decision.durability.name()));
        optional(
            &mut map,
            "parent",
            decision.parent.as_ref().map(|id| json!(id.as_str())),
        );
        optional(&mut map, "auth", decision.auth.as_ref().map(auth));
        optional(&mut map, "net", decision.net.as_ref().map(net));
        optional(&mut map, "http", decision.http.as_ref().map(http));
        listed(&mut map, "errors", &decision.errors);
        listed(&mut map, "near", &decision.near);
        listed(&mut map, "secret_refs", &decision.secret_refs);
        if !decision.entities.is_empty() {
            let hashes: Vec<&str> = decision.entities.iter().map(|blob| blob.hash()).collect();
            map.insert("entities".into(), json!(hashes));
        }
        finish(id, map, &decision.context)
    }

    pub(crate) fn aggregate(&self, counted: &Counted) -> Result<Record, Unwritable> {
        let sample = &counted.sample;
        let mut map = self.common("aggregate", &counted.id, sample.time_ns, &sample.trace);
        judged(&mut map, sample);
        map.insert("count".into(), json!(counted.count));
        map.insert("last_ns".into(), json!(counted.last_ns));
        map.insert("mixed".into(), json!(counted.mixed));
        finish(&counted.id, map, &Value::Null)
    }

    pub(crate) fn outcome(&self, intent: &Intent, outcome: &Outcome) -> Result<Record, Unwritable> {
        let mut map = self.common("outcome", &intent.outcome, self.now(), &intent.trace);
        map.insert("intent".into(), json!(intent.id.as_str()));
        map.insert("span".into(), json!(span(&intent.id)));
        map.insert("action".into(), json!(intent.action));
        map.insert("status".into(), json!(outcome.status.name()));
        map.insert("dur_us".into(), json!(outcome.dur_us));
        map.insert("bytes".into(), json!(outcome.bytes));
        optional(&mut map, "code", outcome.code.map(Value::from));
        optional(
            &mut map,
            "error_class",
            outcome.error_class.as_deref().map(Value::from),
        );
        optional(&mut map, "peer", outcome.peer.as_deref().map(Value::from));
        optional(
            &mut map,
            "body_sha256",
            outcome.body_sha256.as_deref().map(Value::from),
        );
        finish(&intent.outcome, map, &Value::Null)
    }

    /// The outcome of a call in whose middle an earlier run stopped.
    pub(crate) fn unknown(&self, open: &OpenCall) -> Result<Record, Unwritable> {
        let intent = Intent {
            id: open.id.clone(),
            outcome: RecordId::new(self.now())?,
            trace: open.trace.clone(),
            action: open.action.clone(),
        };
        self.outcome(&intent, &Outcome::new(Status::Unknown))
    }

    pub(crate) fn event(&self, event: &Event, key: &Key) -> Result<Record, Unwritable> {
        if OWN.contains(&event.kind.as_str()) || event.kind.is_empty() {
            return Err(Unwritable::Invalid(format!(
                "`{}` is a kind of the log itself",
                event.kind
            )));
        }
        let id = RecordId::new(event.time_ns)?;
        let mut map = self.common(&event.kind, &id, event.time_ns, &event.trace);
        map.insert("principal".into(), entity(&event.principal));
        map.insert("target".into(), entity(&event.target));
        map.insert("public".into(), Value::Object(event.public.clone()));
        if !event.hmac.is_empty() {
            let hashed = event
                .hmac
                .iter()
                .map(|(name, value)| (name.clone(), json!(key.hash(value))));
            map.insert("hmac".into(), Value::Object(hashed.collect()));
        }
        finish(&id, map, &event.detail)
    }

    /// A record of the log about itself.
    pub(crate) fn own(&self, kind: &str, facts: Value) -> Result<Record, Unwritable> {
        let now = self.now();
        let id = RecordId::new(now)?;
        let mut map = self.common(kind, &id, now, self.boot.as_str());
        map.insert("public".into(), facts);
        finish(&id, map, &Value::Null)
    }

    fn common(&self, kind: &str, id: &RecordId, time_ns: i64, trace: &str) -> Map<String, Value> {
        let fields = [
            ("v", json!(1)),
            ("kind", json!(kind)),
            ("id", json!(id.as_str())),
            ("time_ns", json!(time_ns)),
            ("mono", json!(self.elapsed())),
            ("node", json!(self.node)),
            ("boot", json!(self.boot.as_str())),
            ("trace", json!(trace)),
            ("span", json!(span(id))),
        ];
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Nanoseconds since the boot; never less than before, whatever the clock does.
    fn elapsed(&self) -> i64 {
        let now = self.now().saturating_sub(self.started);
        self.elapsed.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

/// A permitted call whose outcome is not recorded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenCall {
    pub(crate) id: RecordId,
    pub(crate) trace: String,
    pub(crate) action: String,
}

impl OpenCall {
    pub(crate) fn of(intent: &Intent) -> Self {
        let Intent {
            id, trace, action, ..
        } = intent;
        Self {
            id: id.clone(),
            trace: trace.clone(),
            action: action.clone(),
        }
    }
}

/// How a record changes which calls are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Opens(OpenCall),
    Closes(RecordId),
    Nothing,
}

impl Change {
    /// Reads it from a record.
    pub(crate) fn of(record: &Value) -> Option<Self> {
        let field = |name| field(record, name);
        Some(match (field("kind")?, field("decision")) {
            ("decision", Some("allow")) => Self::Opens(OpenCall {
                id: RecordId::parse(field("id")?)?,
                trace: field("trace")?.to_owned(),
                action: field("action")?.to_owned(),
            }),
            ("outcome", _) => Self::Closes(RecordId::parse(field("intent")?)?),
            _ => Self::Nothing,
        })
    }
}

/// A field that holds text.
pub(crate) fn field<'a>(record: &'a Value, name: &str) -> Option<&'a str> {
    record.get(name).and_then(Value::as_str)
}

/// Brings a record into its final form, with its commitment, and never larger than allowed.
fn finish(
    id: &RecordId,
    mut map: Map<String, Value>,
    detail: &Value,
) -> Result<Record, Unwritable> {
    let detail = (!detail.is_null())
        .then(|| Detail::new(id, detail))
        .transpose()?;
    optional(
        &mut map,
        "ctx_commit",
        detail.as_ref().map(|detail| json!(detail.commitment)),
    );
    let body = [USUAL, TIGHT]
        .into_iter()
        .map(|limits| shrunk(&map, limits))
        .find(|body| fits(body));
    let body = body.unwrap_or_else(|| {
        if let Some(public) = map.get_mut("public") {
            *public = json!({"cut": canonical::mark(&canonical::text(public))});
        }
        shrunk(&map, TIGHT)
    });
    if fits(&body) {
        Ok(Record { body, detail })
    } else {
        Err(Unwritable::Invalid(format!("it has {} bytes", body.len())))
    }
}

fn shrunk(map: &Map<String, Value>, limits: Limits) -> String {
    if map.values().all(|value| canonical::within(value, limits)) {
        return canonical::object(map);
    }
    let mut map = map.clone();
    map.values_mut()
        .for_each(|value| canonical::shrink(value, limits));
    canonical::object(&map)
}

fn fits(body: &str) -> bool {
    body.len() <= LARGEST
}

/// The last eight bytes of the id, the form of a span in trace contexts.
fn span(id: &RecordId) -> String {
    id.as_str().chars().filter(|c| *c != '-').skip(16).collect()
}

#[cfg(test)]
mod tests;
