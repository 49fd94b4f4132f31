//! Requests to and responses from an app, as they cross the wall to its worker.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One HTTP request for one route of an app.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AppRequest {
    /// HTTP method, upper case.
    pub method: String,
    /// Host as the client named it, with a port when it is not the default one.
    pub host: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Canonical full path.
    pub path: String,
    /// Mount path of the app, empty for a root app.
    pub app_path: String,
    /// Index into [`crate::Inspection::routes`].
    pub route: usize,
    /// Values of the pattern's parameters.
    pub url_params: BTreeMap<String, String>,
    /// Query string without the question mark.
    pub query: String,
    /// Header names and values; names in any case.
    pub headers: Vec<(String, String)>,
    /// Whole body.
    #[serde(with = "base64_body")]
    pub body: Bytes,
    /// Address of the client.
    pub remote_ip: String,
    /// Who asks.
    pub user: AppUser,
    /// Whether the app runs in development mode.
    pub is_dev: bool,
    /// When it was asked; the app sees no other clock.
    #[serde(with = "crate::moment")]
    pub now: jiff::Timestamp,
}

/// What an app may know of the one who asks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AppUser {
    /// `req.UserId`; `anonymous` when nobody is named.
    pub id: String,
    /// `req.UserSubject`.
    pub subject: String,
    /// `req.UserEmail`.
    pub email: String,
    /// `req.CustomPerms`.
    pub permissions: Vec<String>,
    /// `req.AppRBACEnabled`.
    pub rbac: bool,
}

/// An app's answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AppResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Whole body.
    #[serde(with = "base64_body")]
    pub body: Bytes,
    /// The last `ace.audit` of the request.
    pub audit: Option<CustomAudit>,
}

/// An event the app asked to have recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomAudit {
    /// What was done, in the app's words.
    pub operation: String,
    /// To what.
    pub target: String,
    /// More text.
    pub detail: String,
    /// Whether the handler returned without an error.
    pub success: bool,
}

/// Bodies are base64 inside JSON frames.
mod base64_body {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(body))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(D::Error::custom)
    }
}
