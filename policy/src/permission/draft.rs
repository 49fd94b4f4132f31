//! A permission half-way to a policy: what it names, under which conditions, and how far it reaches.

use serde_json::Value;

use super::est;
use super::{Facts, Permission, Regex};
use crate::action::Action;
use crate::manifest::Function;

/// What the patterns of a permission come to.
pub(super) struct Draft {
    /// Scope of the resource.
    pub resource: Value,
    /// All of these must hold.
    pub conditions: Vec<Value>,
    /// The regular expressions among them.
    pub regex: Vec<Regex>,
    /// What an approver should know.
    pub risks: Vec<String>,
    /// How far it reaches: 0 a named target, 1 a family of them, 2 any, 3 a program or an expression.
    pub level: u8,
    /// Those of them that say where the call goes; its secrets go there and nowhere else.
    pub places: Vec<Value>,
    /// The condition that a secret goes to the same place; none when the place is not known.
    pub sink: Sinks,
}

/// Where the secrets of a permission may go.
pub(super) enum Sinks {
    /// Nowhere: the function carries none.
    None,
    /// Where this condition holds.
    Known(Value),
    /// Wherever the call may go.
    Any(&'static str),
}

/// What a pattern is read with.
pub(super) struct Reading<'a> {
    pub function: &'static Function,
    pub permission: &'a Permission,
    /// The app that asks.
    pub app: &'a str,
    /// The account of the plugin, or empty.
    pub account: &'a str,
    pub facts: &'a Facts<'a>,
}

impl Draft {
    pub fn new(resource: Value, level: u8) -> Draft {
        Draft {
            resource,
            conditions: Vec::new(),
            places: Vec::new(),
            regex: Vec::new(),
            risks: Vec::new(),
            level,
            sink: Sinks::None,
        }
    }

    #[must_use]
    pub fn when(mut self, condition: Value) -> Draft {
        self.conditions.push(condition);
        self
    }

    /// A condition on `context.url`, for the call and for the secrets it carries.
    #[must_use]
    pub fn at(mut self, condition: Value) -> Draft {
        self.places.push(condition.clone());
        self.when(condition)
    }

    #[must_use]
    pub fn risk(mut self, text: impl Into<String>) -> Draft {
        self.risks.push(text.into());
        self
    }

    #[must_use]
    pub fn sink(mut self, sink: Sinks) -> Draft {
        self.sink = sink;
        self
    }

    /// The argument at `index` must match the expression as a whole.
    pub fn expression(self, action: Action, index: usize, pattern: &str) -> Result<Draft, String> {
        let mut draft = self.matching(action, index, pattern)?;
        draft.level = 3;
        Ok(draft.risk(format!("regular expression, not analysable: {pattern}")))
    }

    /// The argument at `index` must be printed as `text`.
    pub fn printed(self, action: Action, index: usize, text: &str) -> Result<Draft, String> {
        self.matching(action, index, &regex::escape(text))
    }

    fn matching(mut self, action: Action, index: usize, pattern: &str) -> Result<Draft, String> {
        let regex = Regex::new(action, index, pattern)?;
        let found = est::binary(
            "contains",
            est::context(&["rx"]),
            est::literal(regex.id.as_str()),
        );
        self.regex.push(regex);
        Ok(self.when(found))
    }
}

impl Reading<'_> {
    /// The pattern at `index`.
    pub fn pattern(&self, index: usize) -> Option<&str> {
        self.permission.arguments.get(index).map(String::as_str)
    }

    /// Adds the patterns from `first` on, each compared with the printed argument at its index.
    pub fn rest(&self, draft: Draft, first: usize) -> Result<Draft, String> {
        let patterns = self.permission.arguments.iter().enumerate().skip(first);
        patterns
            .into_iter()
            .try_fold(draft, |draft, (index, pattern)| {
                match pattern.strip_prefix("regex:") {
                    Some(pattern) => draft.expression(self.function.action, index, pattern),
                    None => draft.printed(self.function.action, index, pattern),
                }
            })
    }
}
