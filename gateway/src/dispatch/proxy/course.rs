//! Where a proxied request goes, and where the upstream's redirects lead in the client's eyes.

use policy::Url;
use sandbox::ProxyConfig;

use crate::route::canonical_path;

/// The way of one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// The URL to ask.
    pub url: Url,
    /// What was taken from the front of the path; no slash at its end.
    removed: String,
    /// The path that was left.
    pub rest: String,
    /// The path of the upstream's own URL; no slash at its end.
    base: String,
}

/// Why there is no way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// The path does not begin with what is to be removed.
    Outside,
    /// The app's declaration is no URL, or leads to no path that we can judge.
    Declaration,
}

impl Course {
    /// The way of a request for `path` with `query` to an app mounted at `app`, both canonical.
    pub fn plot(
        config: &ProxyConfig,
        app: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Course, Astray> {
        let upstream = Url::parse(&config.url).map_err(|_| Astray::Declaration)?;
        let removed = prefix(config, app)?;
        let rest = match path.strip_prefix(&removed) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) | None => return Err(Astray::Outside),
        };
        let base = upstream.path().trim_end_matches('/').to_owned();
        let queries: Vec<&str> = [upstream.query(), query.unwrap_or_default()]
            .into_iter()
            .filter(|query| !query.is_empty())
            .collect();
        let question = if queries.is_empty() { "" } else { "?" };
        let text = format!(
            "{}://{}:{}{base}{rest}{question}{}",
            upstream.scheme(),
            upstream.host(),
            upstream.port(),
            queries.join("&")
        );
        let url = Url::parse(&text).map_err(|_| Astray::Declaration)?;
        if url.path() != format!("{base}{rest}") {
            return Err(Astray::Declaration);
        }
        Ok(Course {
            url,
            removed,
            rest: rest.to_owned(),
            base,
        })
    }

    /// The upstream as `Host` names it.
    pub fn host(&self) -> String {
        match (self.url.scheme(), self.url.port()) {
            ("http", 80) | ("https", 443) => self.url.host().to_owned(),
            (_, port) => format!("{}:{port}", self.url.host()),
        }
    }

    /// Where a redirect of the upstream leads for the client; none when it may stay as it is.
    pub fn location(&self, given: &str) -> Option<String> {
        let local = match given.strip_prefix("//") {
            Some(rest) => self.local(&format!("{}://{rest}", self.url.scheme()))?,
            None if given.starts_with('/') => given.to_owned(),
            None => self.local(given)?,
        };
        let below = local
            .strip_prefix(&self.base)
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
            .unwrap_or(&local);
        let here = below
            .strip_prefix(&self.removed)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let prefix = if here { "" } else { &self.removed };
        let location = format!("{prefix}{below}");
        let location = if location.starts_with('/') {
            location
        } else {
            format!("/{location}")
        };
        (location != given).then_some(location)
    }

    /// An absolute URL of the upstream without scheme and host; none for other servers.
    fn local(&self, given: &str) -> Option<String> {
        let (scheme, after) = given.split_once("://")?;
        let url = Url::parse(given).ok()?;
        let same = scheme.eq_ignore_ascii_case(self.url.scheme())
            && url.host() == self.url.host()
            && url.port() == self.url.port();
        let path = after.find(['/', '?', '#']).and_then(|at| after.get(at..));
        let path = path.unwrap_or("/");
        same.then(|| match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        })
    }
}

/// What is removed from the front of paths.
fn prefix(config: &ProxyConfig, app: &str) -> Result<String, Astray> {
    let app = match config.strip_app {
        true => app.trim_end_matches('/'),
        false => "",
    };
    let strip = canonical_path(&format!("/{}", config.strip_path.trim_matches('/')))
        .map_err(|_| Astray::Declaration)?;
    let strip = strip.as_str().trim_end_matches('/');
    Ok(format!("{app}{strip}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, strip_path: &str, strip_app: bool) -> ProxyConfig {
        ProxyConfig {
            url: url.to_owned(),
            strip_path: strip_path.to_owned(),
            preserve_host: false,
            strip_app,
            response_headers: Vec::new(),
        }
    }

    fn check(config: &ProxyConfig, path: &str, expected: Result<&str, Astray>) {
        let course = Course::plot(config, "/app", path, Some("q=1"));
        let url = course.map(|course| course.url.to_string());
        assert_eq!(url, expected.map(str::to_owned), "{path}");
    }

    #[test]
    fn prefixes_are_removed_at_slashes() {
        let plain = config("http://up.example:81", "", true);
        check(&plain, "/app", Ok("http://up.example:81/?q=1"));
        check(&plain, "/app/x/", Ok("http://up.example:81/x/?q=1"));
        check(&plain, "/apple", Err(Astray::Outside));
        let deep = config("https://up.example/base/", "/api/", true);
        check(&deep, "/app/api/x", Ok("https://up.example/base/x?q=1"));
        check(&deep, "/app/api", Ok("https://up.example/base/?q=1"));
        check(&deep, "/app/apis", Err(Astray::Outside));
        check(&deep, "/app/x", Err(Astray::Outside));
        let whole = config("http://up.example", "", false);
        check(&whole, "/app/x", Ok("http://up.example/app/x?q=1"));
        let other = config("http://up.example", "/x", false);
        check(&other, "/app/x", Err(Astray::Outside));
        let own = config("http://up.example/?k=v", "", true);
        check(&own, "/app/x", Ok("http://up.example/x?k=v&q=1"));
        check(
            &config("up.example", "", true),
            "/app",
            Err(Astray::Declaration),
        );
        check(
            &config("http://u", "/%2e%2e", true),
            "/app",
            Err(Astray::Declaration),
        );
    }

    #[test]
    fn redirects_lead_back() {
        let config = config("http://up.example/base", "/api", true);
        let course = Course::plot(&config, "/app", "/app/api/x", None).unwrap();
        for (given, expected) in [
            ("http://up.example/base/y?z#f", Some("/app/api/y?z#f")),
            ("HTTP://UP.example:80/base", Some("/app/api")),
            ("//up.example/base/y", Some("/app/api/y")),
            ("/base/y", Some("/app/api/y")),
            ("/basement", Some("/app/api/basement")),
            ("/app/api/y", None),
            ("y", None),
            ("?y", None),
            ("https://up.example/base/y", None),
            ("http://other.example/base/y", None),
            ("//other.example/base/y", None),
            ("http://up.example", Some("/app/api/")),
        ] {
            assert_eq!(course.location(given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn hosts_are_named_with_their_port() {
        let host = |url: &str| {
            let config = config(url, "", true);
            Course::plot(&config, "", "/", None).unwrap().host()
        };
        assert_eq!(host("http://up.example"), "up.example");
        assert_eq!(host("https://up.example:8443"), "up.example:8443");
        assert_eq!(host("http://[::1]:80"), "[::1]");
    }
}
