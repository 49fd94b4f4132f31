//! The request object handlers get, and the same facts as data for templates.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use gotemplate::value::{self as page, Record, Shape};
use gotemplate::{Type, Value as Page};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use starlark::values::{Heap, Value};
use value::Request;

use super::convert::from_json;
use crate::request::AppRequest;
use crate::template;

/// What a request is made of, by the names apps know.
#[derive(Debug, Clone)]
pub struct Facts {
    all: Map<String, Json>,
    now: Timestamp,
}

/// Names of a request's attributes. Pages that ask for another one fail.
const NAMES: [&str; 22] = [
    "AppName",
    "AppPath",
    "AppUrl",
    "PagePath",
    "PageUrl",
    "Method",
    "IsDev",
    "IsPartial",
    "PushEvents",
    "HtmxVersion",
    "Headers",
    "RemoteIP",
    "UrlParams",
    "Form",
    "Query",
    "PostForm",
    "UserId",
    "UserSubject",
    "UserEmail",
    "CustomPerms",
    "AppRBACEnabled",
    "Data",
];

/// Facts of the app that every request repeats.
#[derive(Debug, Clone)]
pub struct AppFacts {
    /// `req.AppName`.
    pub name: String,
    /// `req.PushEvents`.
    pub push_events: bool,
    /// `req.HtmxVersion`.
    pub htmx: String,
}

impl Facts {
    /// Of one request.
    pub fn new(request: &AppRequest, app: &AppFacts) -> Self {
        let origin = format!("{}://{}", request.scheme, request.host);
        let page = if request.path == "/" {
            ""
        } else {
            request.path.as_str()
        };
        let query = pairs(&request.query);
        let posted = posted(request);
        let form = joined(&posted, &query);
        let facts = json!({
            "AppName": app.name, "AppPath": request.app_path, "AppUrl": format!("{origin}{}", request.app_path),
            "PagePath": page, "PageUrl": format!("{origin}{page}"), "Method": request.method,
            "IsDev": request.is_dev, "IsPartial": is_partial(request),
            "PushEvents": app.push_events, "HtmxVersion": app.htmx,
            "Headers": headers(request), "RemoteIP": request.remote_ip,
            "UrlParams": request.url_params, "Form": form, "Query": query, "PostForm": posted,
            "UserId": request.user.id, "UserSubject": request.user.subject,
            "UserEmail": request.user.email, "CustomPerms": request.user.permissions,
            "AppRBACEnabled": request.user.rbac, "Data": null,
        });
        let all = match facts {
            Json::Object(map) => map,
            _ => Map::new(),
        };
        Self {
            all,
            now: request.now,
        }
    }

    /// When the request was made.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The request object on `heap`.
    pub fn object<'v>(&self, heap: Heap<'v>) -> Value<'v> {
        heap.alloc(Request::new(
            self.all
                .iter()
                .map(|(name, value)| (name.clone(), from_json(value, heap))),
        ))
    }

    /// The dot of a template: the facts without headers, with the handler's data.
    pub fn into_dot(mut self, data: Page) -> Page {
        let mut data = Some(data);
        let values = NAMES
            .iter()
            .map(|name| match (*name, self.all.remove(*name)) {
                ("Data", _) => data.take().unwrap_or_default(),
                ("Headers", _) => lists(&Json::Null),
                ("UrlParams", Some(fact)) => mapping(&fact, Type::Text),
                ("Form" | "Query" | "PostForm", Some(fact)) => lists(&fact),
                ("CustomPerms", Some(fact)) => texts(&fact),
                (_, fact) => template::from_json(&fact.unwrap_or_default()),
            });
        let values = values.collect();
        Page::Record(Arc::new(Record::new(Arc::clone(&SHAPE), values)))
    }
}

static SHAPE: LazyLock<Arc<Shape>> = LazyLock::new(|| Shape::new("starlark_type.Request", &NAMES));

/// Lists of texts by name.
fn lists(fact: &Json) -> Page {
    mapping(fact, Type::list(Type::Text))
}

/// A map whose values are of one type, also when it is empty.
fn mapping(fact: &Json, values: Type) -> Page {
    let entries = fact.as_object().into_iter().flatten();
    let entries =
        entries.map(|(name, value)| (Page::text(name.as_str()), template::from_json(value)));
    Page::Map(Arc::new(page::Map::new(
        Type::Text,
        values,
        entries.collect(),
    )))
}

fn texts(fact: &Json) -> Page {
    let texts = fact.as_array().into_iter().flatten();
    Page::texts(texts.filter_map(Json::as_str))
}

/// Whether only a part of the page is asked for.
pub fn is_partial(request: &AppRequest) -> bool {
    header(request, "hx-request") == Some("true") && header(request, "hx-boosted") != Some("true")
}

/// First value of a header.
pub fn header<'a>(request: &'a AppRequest, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

type Lists = BTreeMap<String, Vec<String>>;

fn pairs(text: &str) -> Lists {
    let mut lists = Lists::new();
    let readable: Vec<&str> = text.split('&').filter(|pair| is_encoded(pair)).collect();
    for (name, value) in url::form_urlencoded::parse(readable.join("&").as_bytes()) {
        lists
            .entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    lists
}

/// Whether every `%` begins an escape; what cannot be read is left out, as in OpenRun.
fn is_encoded(pair: &str) -> bool {
    let hex = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let escapes = pair.split('%').skip(1);
    !pair.contains(';')
        && escapes
            .map(|rest| rest.get(..2))
            .all(|two| two.is_some_and(hex))
}

fn posted(request: &AppRequest) -> Lists {
    let kind = header(request, "content-type")
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim();
    let carries = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if !carries || !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Lists::new();
    }
    pairs(&String::from_utf8_lossy(&request.body))
}

fn joined(first: &Lists, second: &Lists) -> Lists {
    let mut lists = first.clone();
    for (name, values) in second {
        lists
            .entry(name.clone())
            .or_default()
            .extend(values.iter().cloned());
    }
    lists
}

/// Headers by canonical name; what pretends to come from the gateway is replaced by the truth.
fn headers(request: &AppRequest) -> Lists {
    let mut lists = Lists::new();
    for (name, value) in &request.headers {
        let name = canonical(name);
        // The host is told by `AppUrl`; Go keeps it out of the headers, too.
        if !name.starts_with("X-Openrun-") && name != "Host" {
            lists.entry(name).or_default().push(value.clone());
        }
    }
    let user = &request.user;
    let mut own = |name: &str, value: &str| {
        if !value.is_empty() {
            lists.insert(format!("X-Openrun-{name}"), vec![value.to_owned()]);
        }
    };
    own("User", &user.id);
    own("User-Id", &user.id);
    own("User-Email", &user.email);
    own("Perms", &user.permissions.join(","));
    own("Rbac-Enabled", if user.rbac { "true" } else { "false" });
    lists
}

/// Go's spelling of a header name: `content-TYPE` is `Content-Type`.
fn canonical(name: &str) -> String {
    let part = |part: &str| {
        let lower = part.to_ascii_lowercase();
        let mut letters = lower.chars();
        letters
            .next()
            .map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
            .unwrap_or_default()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn facts(request: &AppRequest) -> Json {
        let app = AppFacts {
            name: "App".into(),
            push_events: false,
            htmx: "2.0.3".into(),
        };
        Json::Object(Facts::new(request, &app).all)
    }

    #[test]
    fn names_are_those_of_the_facts() {
        let Json::Object(map) = facts(&AppRequest::default()) else {
            unreachable!()
        };
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        let mut found: Vec<&str> = map.keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, names);
    }

    #[test]
    fn urls_name_the_path_of_the_app_once() {
        let mut request = AppRequest {
            scheme: "https".into(),
            host: "h:1".into(),
            path: "/app/x".into(),
            app_path: "/app".into(),
            ..AppRequest::default()
        };
        let below = facts(&request);
        assert_eq!(below["AppUrl"], "https://h:1/app");
        assert_eq!(below["PageUrl"], "https://h:1/app/x");
        (request.path, request.app_path) = ("/".into(), String::new());
        assert_eq!(facts(&request)["PageUrl"], "https://h:1");
    }

    #[test]
    fn forms_join_body_before_query() {
        let request = AppRequest {
            method: "POST".into(),
            query: "a=1&b=%20x".into(),
            headers: vec![(
                "content-type".into(),
                "application/x-www-form-urlencoded; charset=utf-8".into(),
            )],
            body: Bytes::from_static(b"a=2"),
            ..AppRequest::default()
        };
        let facts = facts(&request);
        assert_eq!(facts["Form"], json!({"a": ["2", "1"], "b": [" x"]}));
        assert_eq!(facts["Query"], json!({"a": ["1"], "b": [" x"]}));
        assert_eq!(facts["PostForm"], json!({"a": ["2"]}));
    }

    #[test]
    fn the_gateways_headers_cannot_be_forged() {
        let mut request = AppRequest::default();
        request.user.id = "local:1".into();
        request.headers = vec![
            ("x-openrun-USER".into(), "admin".into()),
            ("accept".into(), "a".into()),
        ];
        let headers = facts(&request)["Headers"].clone();
        assert_eq!(headers["X-Openrun-User"], json!(["local:1"]));
        assert_eq!(headers["Accept"], json!(["a"]));
    }

    #[test]
    fn partial_means_htmx_and_not_boosted() {
        let mut request = AppRequest::default();
        assert!(!is_partial(&request));
        request.headers = vec![("HX-Request".into(), "true".into())];
        assert!(is_partial(&request));
        request.headers.push(("HX-Boosted".into(), "true".into()));
        assert!(!is_partial(&request));
    }
}
