//! Routes of an app: each page with its fragments before it, as they are registered.

mod proxy;

use starlark::values::{OwnedFrozenValue, Value};

use super::{Handler, at};
use crate::inspection::{Route, RouteKind};
use crate::pattern;
use crate::star::attrs::Attrs;
use crate::star::evaluate::Failure;
use crate::star::unpack::callable;

/// The method of a route that takes them all.
const ANY: &str = "*";

type Read = (Vec<Route>, Vec<Option<Handler>>);

/// Reads `routes` of the app.
pub fn read(
    app: &Attrs<'_>,
    owner: &OwnedFrozenValue,
    default: Option<Handler>,
) -> Result<Read, Failure> {
    let list = app.list("routes");
    let list = list.ok_or_else(|| at(app, "routes is not a list"))?;
    let index = if app.flag("custom_layout") {
        "index.go.html"
    } else {
        "index_gen.go.html"
    };
    let mut reader = Reader {
        owner,
        default,
        index,
        routes: Vec::new(),
        handlers: Vec::new(),
    };
    for (at, value) in list.iter().enumerate() {
        let wrong = || super::at(app, format!("routes entry {} is not a struct", at + 1));
        let attrs = Attrs::of(*value).ok_or_else(wrong)?;
        reader
            .entry(at + 1, &attrs)
            .map_err(|error| super::at(&attrs, error))?;
    }
    Ok((reader.routes, reader.handlers))
}

struct Reader<'a> {
    owner: &'a OwnedFrozenValue,
    default: Option<Handler>,
    index: &'a str,
    routes: Vec<Route>,
    handlers: Vec<Option<Handler>>,
}

/// What a fragment takes over from its page.
struct Page {
    number: usize,
    path: String,
    full: String,
    partial: String,
    handler: Option<Handler>,
}

impl Reader<'_> {
    fn entry(&mut self, number: usize, attrs: &Attrs<'_>) -> Result<(), String> {
        let path = attrs.text("path").to_owned();
        if attrs.value("config").is_some() {
            return self.proxy(number, &path, attrs);
        }
        if attrs.value("full").is_none() {
            let handler = self.handler(attrs, self.default.clone(), || {
                format!("handler for API {path} is not a function")
            })?;
            return self.api(attrs, path.clone(), handler);
        }
        let handler = self.handler(attrs, self.default.clone(), || {
            format!("handler for page {path} is not a function")
        })?;
        let full = Some(attrs.text("full"))
            .filter(|full| !full.is_empty())
            .unwrap_or(self.index)
            .to_owned();
        let page = Page {
            number,
            path,
            full,
            partial: attrs.text("partial").to_owned(),
            handler,
        };
        self.fragments(&page, attrs)?;
        let route = Route {
            full: page.full,
            partial: page.partial,
            ..route(RouteKind::Html, attrs.text("method"), page.path)
        };
        self.add(route, page.handler)
    }

    fn fragments(&mut self, page: &Page, attrs: &Attrs<'_>) -> Result<(), String> {
        let not_a_list = || format!("fragments attribute in page {} is not a list", page.number);
        for (at, value) in attrs
            .list("fragments")
            .ok_or_else(not_a_list)?
            .iter()
            .enumerate()
        {
            let name = format!("page {} fragment {}", page.number, at + 1);
            let attrs = Attrs::of(*value).ok_or_else(|| format!("{name} is not a struct"))?;
            let handler = self.handler(&attrs, page.handler.clone(), || {
                format!("handler for {name} is not a function")
            })?;
            let path = join(&page.path, attrs.text("path"));
            if attrs.value("partial").is_none() {
                self.api(&attrs, path, handler)?;
                continue;
            }
            let partial = Some(attrs.text("partial"))
                .filter(|own| !own.is_empty())
                .unwrap_or(&page.partial);
            let route = Route {
                full: page.full.clone(),
                partial: partial.to_owned(),
                ..route(RouteKind::Html, attrs.text("method"), path)
            };
            self.add(route, handler)?;
        }
        Ok(())
    }

    fn api(
        &mut self,
        attrs: &Attrs<'_>,
        path: String,
        handler: Option<Handler>,
    ) -> Result<(), String> {
        let route = Route {
            api_type: attrs.text("type").to_owned(),
            ..route(RouteKind::Api, attrs.text("method"), path)
        };
        self.add(route, handler)
    }

    fn proxy(&mut self, number: usize, path: &str, attrs: &Attrs<'_>) -> Result<(), String> {
        let config = attrs.value("config").unwrap_or_else(Value::new_none);
        let config = proxy::read(number, path, config)?;
        let path = join("", path);
        let below = format!("{}/*", path.trim_end_matches('/'));
        let slash = format!("{}/", path.trim_end_matches('/'));
        let mut patterns = vec![path, slash, below];
        patterns.dedup();
        for pattern in patterns {
            let proxied = Route {
                proxy: Some(config.clone()),
                ..route(RouteKind::Proxy, ANY, pattern)
            };
            self.add(proxied, None)?;
        }
        Ok(())
    }

    fn handler(
        &self,
        attrs: &Attrs<'_>,
        inherited: Option<Handler>,
        complaint: impl Fn() -> String,
    ) -> Result<Option<Handler>, String> {
        match attrs.some("handler") {
            None => Ok(inherited),
            Some(value) => self.own(value).ok_or_else(complaint).map(Some),
        }
    }

    fn own(&self, value: Value<'_>) -> Option<Handler> {
        if callable(value) {
            Handler::new(value, self.owner)
        } else {
            None
        }
    }

    fn add(&mut self, route: Route, handler: Option<Handler>) -> Result<(), String> {
        let method = if route.method == ANY {
            "GET"
        } else {
            &route.method
        };
        pattern::check(method, &route.pattern).map_err(|error| error.to_string())?;
        self.routes.push(Route {
            handler: self.handlers.len(),
            ..route
        });
        self.handlers.push(handler);
        Ok(())
    }
}

/// A route without templates and types; its handler is numbered when it is added.
fn route(kind: RouteKind, method: &str, pattern: String) -> Route {
    Route {
        kind,
        method: method.to_uppercase(),
        pattern,
        full: String::new(),
        partial: String::new(),
        api_type: String::new(),
        handler: 0,
        proxy: None,
    }
}

/// The page's path and the fragment's, with single slashes and no dots.
fn join(page: &str, fragment: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in page.split('/').chain(fragment.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn fragments_are_below_their_page() {
        let check = |page, fragment, expected: &str| assert_eq!(join(page, fragment), expected);
        check("/", "files", "/files");
        check("/notes", "", "/notes");
        check("/notes", "/", "/notes");
        check("/notes/", "/add", "/notes/add");
        check("/notes", "../x", "/x");
    }
}
