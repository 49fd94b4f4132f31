//! What is recorded before anything happens: who asked for what, what was answered and why.
//!
//! The types are plain data with public fields because the policy crate fills them in; they
//! become a record only by passing through the log, which is the one maker of [`crate::Receipt`]s.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Blob, RecordId};

/// A policy decision, complete enough to be judged again later.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When it was decided, in nanoseconds since the Unix epoch.
    pub time_ns: i64,
    /// Identifier shared by everything that one outside request causes.
    pub trace: String,
    /// The decision under which this one was asked for.
    pub parent: Option<RecordId>,
    /// Who asked.
    pub principal: EntityRef,
    /// The person for whom an app asked.
    pub on_behalf_of: Option<EntityRef>,
    /// How the person is known.
    pub auth: Option<AuthFacts>,
    /// The app instance that is reached or that asks.
    pub app: Option<AppFacts>,
    /// The action in the policy's vocabulary, such as `http.in.get`.
    pub action: String,
    /// What kind of effect the action has.
    pub effect: Effect,
    /// What it acts on.
    pub resource: EntityRef,
    /// The policy context; class detail, so it goes to the erasable store and the record only
    /// commits to it.
    pub context: Value,
    /// The answer.
    pub verdict: Verdict,
    /// Ids of the policies that determined the answer.
    pub reasons: Vec<String>,
    /// Evaluation errors; any of them denies.
    pub errors: Vec<String>,
    /// Policies that would have allowed it but for one condition.
    pub near: Vec<String>,
    /// What decided.
    pub policy: Arc<PolicyFacts>,
    /// Entity slices it was decided with, kept by hash.
    pub entities: Vec<Arc<Blob>>,
    /// Secrets the call refers to, by reference and never by value.
    pub secret_refs: Vec<String>,
    /// What must wait for the record.
    pub durability: Durability,
    /// Where the request came from.
    pub net: Option<NetFacts>,
    /// The HTTP request, when there is one.
    pub http: Option<HttpFacts>,
}

/// A typed entity identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityRef {
    /// Entity type, such as `User`.
    pub kind: String,
    /// Identifier within the type.
    pub id: String,
}

impl EntityRef {
    /// The entity of this type with this identifier.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }
}

/// The kind of effect an action has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Reads through a plugin.
    Read,
    /// Writes through a plugin.
    Write,
    /// Touches the host: programs, containers, secrets.
    System,
    /// Changes the gateway itself.
    Admin,
    /// Reaches an app or a page.
    Access,
}

impl Effect {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::System => "system",
            Self::Admin => "admin",
            Self::Access => "access",
        }
    }
}

/// The answer of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may happen, once, and its record closes with an outcome.
    Allow,
    /// It does not happen; the record is complete by itself.
    Deny,
}

impl Verdict {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// What has to wait until the record is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Durability {
    /// The act itself.
    Sync,
    /// The answer; the act is an idempotent read and may run at the same time.
    Held,
}

impl Durability {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Held => "held",
        }
    }
}

/// How a person is known.
#[derive(Clone, Debug)]
pub struct AuthFacts {
    /// Method of login.
    pub method: String,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// Age of the login in seconds.
    pub age_s: i64,
    /// Keyed hash of the session, made with [`crate::Log::hmac`].
    pub session: Option<String>,
    /// Identity provider.
    pub idp: Option<String>,
}

/// The app instance, exactly as approved.
#[derive(Clone, Debug)]
pub struct AppFacts {
    /// App.
    pub id: String,
    /// Instance of the app; shares of the queue are counted by it.
    pub instance: String,
    /// Where it is mounted.
    pub path: String,
    /// Environment.
    pub env: String,
    /// Version of the source.
    pub version: u64,
    /// Hash of the specification.
    pub spec_hash: String,
    /// Position of the record that approved it.
    pub approval_seq: Option<u64>,
}

/// Hashes of what decided.
#[derive(Clone, Debug, Default)]
pub struct PolicyFacts {
    /// Hash of the policy set.
    pub set: String,
    /// Hash of the schema.
    pub schema: String,
    /// Name and version of the engine.
    pub engine: String,
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct NetFacts {
    /// `loopback`, `private`, `public` or `unix`.
    pub src_class: String,
    /// Keyed hash of the address, made with [`crate::Log::hmac`].
    pub src: String,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// The part of an HTTP request that is public.
#[derive(Clone, Debug)]
pub struct HttpFacts {
    /// Method.
    pub method: String,
    /// Route pattern, never the full URL.
    pub route: String,
}
