//! From errors to what a client is told. Operators may know why; the class decides the exit code.

use policy::{Refused, RefusedKind};

use crate::{
    StoreError,
    lifecycle::LifecycleError,
    wire::{Class, Problem},
};

impl From<LifecycleError> for Problem {
    fn from(error: LifecycleError) -> Self {
        let text = chain(&error);
        match error {
            LifecycleError::Refused(refused) => refusal(&refused),
            LifecycleError::Store(error) => error.into(),
            LifecycleError::Address(_)
            | LifecycleError::Relative(_)
            | LifecycleError::NoPlugin(_)
            | LifecycleError::NoAccount(_)
            | LifecycleError::NoProvider { .. }
            | LifecycleError::SystemAuth
            | LifecycleError::AuthRequired
            | LifecycleError::LoginHost(_) => Problem::new(Class::Invalid, text),
            LifecycleError::Taken(_)
            | LifecycleError::Nested(..)
            | LifecycleError::Other { .. } => Problem::new(Class::Conflict, text),
            LifecycleError::Missing(_) => Problem::new(Class::NotFound, text),
            LifecycleError::Source(_)
            | LifecycleError::App(_)
            | LifecycleError::Dev(_)
            | LifecycleError::Permissions(_)
            | LifecycleError::Secret(_)
            | LifecycleError::Policy(_) => Problem::new(Class::App, text),
            LifecycleError::Unrecorded(_) | LifecycleError::Stopping => {
                Problem::new(Class::Unavailable, text)
            }
            LifecycleError::Task(_) => Problem::new(Class::Failed, text),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let class = match &error {
            StoreError::Exists(_) => Class::Conflict,
            StoreError::Missing(_) => Class::NotFound,
            StoreError::Closed => Class::Unavailable,
            StoreError::Database(_)
            | StoreError::Decode(_)
            | StoreError::File(_)
            | StoreError::Thread(_)
            | StoreError::Newer(..) => Class::Failed,
        };
        Problem::new(class, chain(&error))
    }
}

impl From<audit::Unwritable> for Problem {
    fn from(error: audit::Unwritable) -> Self {
        LifecycleError::from(error).into()
    }
}

impl From<audit::QueryError> for Problem {
    fn from(error: audit::QueryError) -> Self {
        Problem::new(Class::Failed, chain(&error))
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Problem::new(Class::Failed, chain(&error))
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Problem::new(Class::Failed, chain(&error))
    }
}

/// What a refusal means to the operator who asked.
pub(super) fn refusal(refused: &Refused) -> Problem {
    let class = match refused.kind {
        RefusedKind::Denied => Class::Denied,
        RefusedKind::Rejected => Class::Invalid,
        RefusedKind::Unwritable => Class::Unavailable,
    };
    let record = (!refused.id.is_empty()).then(|| refused.id.clone());
    Problem {
        record,
        ..Problem::new(class, refused.to_string())
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
