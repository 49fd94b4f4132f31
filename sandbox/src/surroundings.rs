//! What the gateway tells an app about where it runs; `ace.config` and `star_base` read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Surroundings of one app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Surroundings {
    /// Scheme and port at which the server is reached, when they are known before it listens.
    pub listener: Option<(String, u16)>,
    /// `_app_url`: scheme, host and path of the app.
    pub app_url: Option<String>,
    /// `_branch`: of the declaration the app comes from.
    pub branch: Option<String>,
    /// `_dev`: of the declaration the app comes from.
    pub dev: Option<bool>,
    /// Entries the operator has set for all apps.
    pub node: Map<String, Value>,
    /// Environment values that may stand in texts as `$NAME`.
    pub environment: BTreeMap<String, String>,
    /// Folder of the Starlark files, empty for the root of the app.
    pub star_base: String,
    /// The same folders of all apps that have one, by their `host:/path`.
    pub star_bases: BTreeMap<String, String>,
}

impl Surroundings {
    /// What the app at `path` of `host` is told; an empty host is the machine itself.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> Surroundings {
        let place = match host {
            "" => path.to_owned(),
            host => format!("{host}:{path}"),
        };
        let host = if host.is_empty() { "localhost" } else { host };
        let path = path.trim_end_matches('/');
        let url = |(scheme, port): &(String, u16)| match (scheme.as_str(), *port) {
            ("http", 80) | ("https", 443) => format!("{scheme}://{host}{path}"),
            (_, port) => format!("{scheme}://{host}:{port}{path}"),
        };
        Surroundings {
            app_url: self.listener.as_ref().map(url),
            star_base: self.star_bases.get(&place).cloned().unwrap_or_default(),
            star_bases: BTreeMap::new(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_told_where_it_is() {
        let check = |scheme: &str, port, host, path, url| {
            let around = Surroundings {
                listener: Some((scheme.to_owned(), port)),
                ..Surroundings::default()
            };
            assert_eq!(around.at(host, path).app_url.as_deref(), Some(url));
        };
        check(
            "https",
            25_223,
            "",
            "/notes",
            "https://localhost:25223/notes",
        );
        check("https", 443, "team.example", "/", "https://team.example");
        check(
            "http",
            8080,
            "team.example",
            "/a/b",
            "http://team.example:8080/a/b",
        );
        assert_eq!(Surroundings::default().at("x", "/").app_url, None);
    }

    #[test]
    fn an_app_has_the_folder_of_its_address() {
        let bases = [("/notes", "code"), ("h.example:/notes", "src")];
        let bases = bases.map(|(place, base)| (place.to_owned(), base.to_owned()));
        let around = Surroundings {
            star_bases: bases.into(),
            ..Surroundings::default()
        };
        assert_eq!(around.at("", "/notes").star_base, "code");
        assert_eq!(around.at("h.example", "/notes").star_base, "src");
        assert_eq!(around.at("h.example", "/").star_base, "");
    }
}
