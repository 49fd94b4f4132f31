//! Why an app could not be changed.

use policy::{PermissionError, PolicyError, Refused};
use thiserror::Error;

use crate::{StoreError, catalog::AddressError};

/// A failed change of an app.
#[derive(Debug, Error)]
pub enum LifecycleError {
    /// Not an address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Something is served there.
    #[error("an app exists already at `{0}`; reload or delete it")]
    Taken(String),
    /// One app would hide parts of another.
    #[error("`{0}` and the app at `{1}` would lie inside each other; choose another path")]
    Nested(String, String),
    /// It was deleted meanwhile.
    #[error("no app at `{0}`")]
    Missing(String),
    /// It is not the version that was looked at.
    #[error(
        "the current version is `{now}` and not `{given}`; look at it again with `sallyport app show`"
    )]
    Other {
        /// What was to be approved; at least 8 characters of its hash.
        given: String,
        /// What would have been.
        now: String,
    },
    /// The server reads folders of its own machine only.
    #[error("source `{0}` is not an absolute path")]
    Relative(String),
    /// The folder cannot be read.
    #[error(transparent)]
    Source(#[from] sandbox::SourceError),
    /// The app does not load.
    #[error(transparent)]
    App(#[from] sandbox::AppError),
    /// The app asks for what cannot be granted.
    #[error("the app's permissions cannot be granted as declared:\n{}", list(.0))]
    Permissions(Vec<PermissionError>),
    /// A secret reference names nothing known.
    #[error(transparent)]
    Secret(#[from] secrets::SecretError),
    /// The generated policies do not fit the others.
    #[error("the app's policies cannot be activated")]
    Policy(#[from] PolicyError),
    /// Policy or log said no.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// The change cannot be recorded, so it does not happen.
    #[error(transparent)]
    Unrecorded(#[from] audit::Unwritable),
    /// The metadata store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What development mode does for the app failed.
    #[error(transparent)]
    Dev(#[from] crate::dev::DevError),
    /// A background thread failed.
    #[error("a background task failed")]
    Task(#[from] tokio::task::JoinError),
    /// A link for something that is no plugin.
    #[error("there is no plugin `{0}`; name one as the app loads it, for example `store.in`")]
    NoPlugin(String),
    /// A link to an account without settings.
    #[error(
        "no account `{0}` is configured; add a block `[plugin.\"{0}\"]` and restart the server"
    )]
    NoAccount(String),
    /// `auth` names nothing known.
    #[error("no way to sign in is called `{given}`; there are `{known}`")]
    NoProvider {
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
    /// OpenRun's administrator is nobody here.
    #[error(
        "there is no `system` account here; take `builtin`, for people added with `sallyport user add`"
    )]
    SystemAuth,
    /// The configuration wants everybody to sign in.
    #[error(
        "`[login] auth_required` is set, so no app can be opened without signing in; choose another `auth`"
    )]
    AuthRequired,
    /// No app can be where people sign in.
    #[error("people sign in on `{0}`, so no app can be served there; choose another host")]
    LoginHost(String),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl From<Refused> for LifecycleError {
    fn from(refused: Refused) -> Self {
        LifecycleError::Refused(Box::new(refused))
    }
}

impl From<serde_json::Error> for LifecycleError {
    fn from(error: serde_json::Error) -> Self {
        LifecycleError::Store(error.into())
    }
}

fn list(errors: &[PermissionError]) -> String {
    errors
        .iter()
        .map(|error| format!("  {error}"))
        .collect::<Vec<_>>()
        .join("\n")
}
