//! The identifiers of policy: one newtype each, so that a user can never be passed where an app is meant.
//! Ids are immutable and never reused; names for people live elsewhere.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            #[doc = concat!("Makes a `", stringify!($name), "` from its text.")]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    )*};
}

ids! {
    /// An app, whatever its version: `app_…`.
    AppId;
    /// An app as installed in one environment: `<app id>@prod`.
    InstanceId;
    /// A person or service: `local:<uuid>`, `os:<uid>`, or `sa:<uuid>` for a service account.
    UserId;
    /// A group: `local:<name>`.
    GroupId;
    /// A list of apps that operators keep, for example `exec-allowed`.
    AppSet;
}

impl UserId {
    /// Whether this is a service account rather than a person.
    pub(crate) fn is_service(&self) -> bool {
        self.0.starts_with("sa:")
    }
}

/// A secret as its provider knows it. It names the secret and never holds its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretId {
    /// Name of the provider, for example `env`.
    pub provider: String,
    /// Path within the provider; the keys of a reference joined with `/`.
    pub path: String,
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.path)
    }
}
