//! The answer no, once for strangers and once for operators.

use std::fmt;

use audit::EntityRef;
use serde_json::Value;

use crate::engine::StepUp;

/// Why there is no permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Id of the record, for the person to quote; empty when nothing could be recorded.
    pub id: String,
    /// What kind of no.
    pub kind: RefusedKind,
    /// What was asked.
    pub action: String,
    /// Ids of the policies that decided, or `r.<code>`.
    pub reasons: Vec<String>,
    /// What those policies say: `@reason`, and `@unless`.
    pub texts: Vec<String>,
    /// What went wrong while deciding; for operators only.
    pub errors: Vec<String>,
    /// Ids of policies that would have permitted with a little more.
    pub near: Vec<String>,
    /// The sign-in that would have been permitted, if a stronger one is all that lacks.
    pub step_up: Option<StepUp>,
}

/// Kinds of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedKind {
    /// Policy said no.
    Denied,
    /// Refused before policy was asked.
    Rejected,
    /// The audit log could not be written.
    Unwritable,
}

/// A refusal that needs no policy.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Stable code; the record's reason is `r.<code>`.
    pub code: &'static str,
    /// What was asked, as far as known.
    pub action: String,
    /// On what.
    pub resource: EntityRef,
    /// More, for the record's detail.
    pub detail: Value,
}

impl Refused {
    pub(super) fn unwritable(action: &str, text: &str) -> Self {
        Self {
            id: String::new(),
            kind: RefusedKind::Unwritable,
            action: action.to_owned(),
            reasons: Vec::new(),
            texts: Vec::new(),
            errors: vec![text.to_owned()],
            near: Vec::new(),
            step_up: None,
        }
    }

    /// What a stranger may read: what was refused and which record to quote, never why.
    pub fn public_message(&self) -> String {
        match self.kind {
            RefusedKind::Denied | RefusedKind::Rejected => {
                format!("`{}` is not permitted (record {})", self.action, self.id)
            }
            RefusedKind::Unwritable => {
                "the gateway cannot record requests now; try again later".to_owned()
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RefusedKind::Denied => write!(f, "`{}` is denied", self.action)?,
            RefusedKind::Rejected => write!(f, "`{}` is rejected", self.action)?,
            // Its one error says which part of the log refuses.
            RefusedKind::Unwritable => write!(f, "`{}` is refused", self.action)?,
        }
        let mut parts: Vec<String> = self
            .texts
            .iter()
            .chain(&self.errors)
            .filter(|text| !text.is_empty())
            .cloned()
            .collect();
        if !self.reasons.is_empty() {
            parts.push(format!("by {}", self.reasons.join(", ")));
        }
        if !self.near.is_empty() {
            parts.push(format!("nearly permitted by {}", self.near.join(", ")));
        }
        if !parts.is_empty() {
            write!(f, ": {}", parts.join("; "))?;
        }
        if !self.id.is_empty() {
            write!(f, " (record {})", self.id)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
