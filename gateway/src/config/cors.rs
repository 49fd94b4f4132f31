//! `[cors]`: which other origins may read answers of apps. Nobody, unless an operator names them; an app
//! cannot open itself.

use http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

use super::{
    reference::{Field, field},
    value::Count,
};

/// Longest time a browser may keep the answer to a preflight: browsers keep it no longer than a day.
const DAY: u64 = 86_400;

/// `[cors]`: who may read answers from another origin.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, try_from = "RawCors", into = "RawCors")]
pub struct Cors {
    /// Origins that may read.
    pub origins: Origins,
    /// Methods they may use.
    pub methods: HeaderValue,
    /// Headers they may send.
    pub headers: HeaderValue,
    /// Whether the browser may send cookies and logins along.
    pub credentials: bool,
    /// Seconds a browser may keep the answer to a preflight.
    pub max_age: u64,
    raw: RawCors,
}

/// The origins that may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// All of them, without credentials.
    Any,
    /// These, compared letter by letter; none switches CORS off.
    Listed(Vec<String>),
}

/// `[cors]` as written.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct RawCors {
    allow_origins: Vec<String>,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    allow_credentials: bool,
    max_age_s: Count<0, DAY>,
}

impl Default for RawCors {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        RawCors {
            allow_origins: Vec::new(),
            allow_methods: texts(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            allow_headers: texts(&["Content-Type", "Range"]),
            allow_credentials: false,
            max_age_s: Count::new(600),
        }
    }
}

impl Default for Cors {
    fn default() -> Self {
        let raw = RawCors::default();
        Cors {
            origins: Origins::Listed(Vec::new()),
            methods: joined(&raw.allow_methods),
            headers: joined(&raw.allow_headers),
            credentials: false,
            max_age: raw.max_age_s.value(),
            raw,
        }
    }
}

impl From<Cors> for RawCors {
    fn from(cors: Cors) -> Self {
        cors.raw
    }
}

impl TryFrom<RawCors> for Cors {
    type Error = String;

    fn try_from(raw: RawCors) -> Result<Self, String> {
        let any = raw.allow_origins.iter().any(|origin| origin == "*");
        if any && raw.allow_credentials {
            return Err("`allow_credentials` needs origins by name; `*` would hand every site what a signed-in person may read".to_owned());
        }
        if any && raw.allow_origins.len() > 1 {
            return Err(
                "`*` already means every origin; write it alone or list origins".to_owned(),
            );
        }
        for origin in raw.allow_origins.iter().filter(|_| !any) {
            check_origin(origin)?;
        }
        let bad = raw
            .allow_methods
            .iter()
            .find(|method| Method::from_bytes(method.as_bytes()).is_err());
        if let Some(method) = bad {
            return Err(format!(
                "`{method}` is not a method; write for example \"GET\""
            ));
        }
        let bad = raw
            .allow_headers
            .iter()
            .find(|name| HeaderName::from_bytes(name.as_bytes()).is_err());
        if let Some(name) = bad {
            return Err(format!("`{name}` is not the name of a header"));
        }
        Ok(Cors {
            origins: match any {
                true => Origins::Any,
                false => Origins::Listed(raw.allow_origins.clone()),
            },
            methods: joined(&raw.allow_methods),
            headers: joined(&raw.allow_headers),
            credentials: raw.allow_credentials,
            max_age: raw.max_age_s.value(),
            raw,
        })
    }
}

/// An origin as browsers write it, or what is wrong with it.
fn check_origin(origin: &str) -> Result<(), String> {
    let right = url::Url::parse(origin)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(|url| url.origin().ascii_serialization());
    match right {
        Some(right) if right == origin => Ok(()),
        Some(right) => Err(format!("`{origin}` is not an origin; write `{right}`")),
        None => Err(format!(
            "`{origin}` is not an origin; write for example \"https://app.example\""
        )),
    }
}

fn joined(words: &[String]) -> HeaderValue {
    HeaderValue::from_str(&words.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

pub(super) const CORS: &[Field] = &[
    field(
        "allow_origins",
        "[]",
        "Origins whose pages may read answers of apps, such as `\"https://portal.example\"`; `[\"*\"]` means every origin, without credentials; empty means none.",
    ),
    field(
        "allow_methods",
        "[\"GET\", \"HEAD\", \"POST\", \"PUT\", \"PATCH\", \"DELETE\"]",
        "Methods these pages may use.",
    ),
    field(
        "allow_headers",
        "[\"Content-Type\", \"Range\"]",
        "Headers these pages may send.",
    ),
    field(
        "allow_credentials",
        "false",
        "Whether browsers send cookies along. An origin that is named here then counts as one of our own for changes too.",
    ),
    field(
        "max_age_s",
        "600",
        "Seconds a browser may keep the answer to a preflight.",
    ),
];
