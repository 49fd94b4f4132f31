//! The question a call becomes: action, resource with its ancestors, and context. Context and attributes
//! are [`Fields`], so that what Cedar judges and what the record keeps come from one value.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use audit::Durability;
use jiff::Timestamp;

use crate::action::Action;
use crate::caller::Instance;

/// A question for policy.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub action: Action,
    /// The resource first, then its ancestors.
    pub resource: Vec<Node>,
    /// The context beyond what every request carries.
    pub facts: Fields,
    /// How durable the record must be before the effect.
    pub durability: Durability,
    /// Method and route, for calls that came in by HTTP.
    pub http: Option<(String, String)>,
    /// The app instance that is asked for.
    pub instance: Option<Arc<Instance>>,
    /// The secrets concerned.
    pub secrets: Vec<String>,
    /// Printed arguments by parameter index, for the app's declared regular expressions.
    pub subjects: Vec<(usize, String)>,
}

impl Ask {
    /// A question with nothing in its context, recorded before its effect.
    pub fn new(action: Action, resource: Vec<Node>) -> Self {
        Self {
            action,
            resource,
            facts: Fields::new(),
            durability: Durability::Sync,
            http: None,
            instance: None,
            secrets: Vec::new(),
            subjects: Vec::new(),
        }
    }
}

/// One value in a context or attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    Text(String),
    Number(i64),
    Flag(bool),
    Ip(IpAddr),
    Time(Timestamp),
    Entity(&'static str, String),
    Texts(Vec<String>),
    Record(Fields),
}

impl Fact {
    pub fn text(text: impl Into<String>) -> Self {
        Fact::Text(text.into())
    }
}

/// Named values, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fields(pub BTreeMap<&'static str, Fact>);

impl Fields {
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: Fact) -> Self {
        self.0.insert(name, fact);
        self
    }
}

/// An entity as the gateway knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Type without the namespace.
    pub kind: &'static str,
    /// Id.
    pub id: String,
    /// Attributes, all that the schema asks for.
    pub fields: Fields,
    /// Direct parents.
    pub parents: Vec<(&'static str, String)>,
}

impl Node {
    pub fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            fields: Fields::new(),
            parents: Vec::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, fact: Fact) -> Self {
        self.fields = self.fields.with(name, fact);
        self
    }

    #[must_use]
    pub fn below(mut self, kind: &'static str, id: impl Into<String>) -> Self {
        self.parents.push((kind, id.into()));
        self
    }

    /// The gateway itself.
    pub fn system() -> Self {
        Node::new("System", "gateway")
    }

    /// An app instance, without its ancestors.
    pub fn instance(instance: &Instance) -> Self {
        let node = Node::new("AppInstance", instance.id.as_str())
            .with("env", Fact::text(&instance.env))
            .with("approved", Fact::Flag(instance.approved))
            .with("risk", Fact::Number(instance.risk))
            .with("auth", Fact::text(&instance.auth))
            .with(
                "ownerGroup",
                Fact::Entity("Group", instance.owner_group.to_string()),
            )
            .below("App", instance.app.as_str())
            .below("Space", &instance.space);
        instance
            .sets
            .iter()
            .fold(node, |node, set| node.below("AppSet", set.as_str()))
    }
}
