//! The cookies of one person, by the rules of browsers as far as sign-ins need them.

use url::Url;

#[derive(Debug, Clone)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    subdomains: bool,
    path: String,
    same_site: SameSite,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum SameSite {
    Strict,
    Lax,
    None,
}

/// What a browser keeps.
#[derive(Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

impl Jar {
    /// Takes a `Set-Cookie` of a host.
    pub fn store(&mut self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut cookie = Cookie {
            name: name.into(),
            value: value.into(),
            host: host.into(),
            subdomains: false,
            path: "/".into(),
            same_site: SameSite::Lax,
        };
        let mut over = value.is_empty();
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => cookie.path = value.into(),
                "domain" => {
                    let domain = value.trim_start_matches('.').to_ascii_lowercase();
                    assert!(covers(&domain, host), "{host} sets a cookie for {domain}");
                    // As in browsers, a domain without a dot is the host alone.
                    cookie.subdomains =
                        domain.contains('.') && domain.parse::<std::net::IpAddr>().is_err();
                    cookie.host = domain;
                }
                "samesite" if value.eq_ignore_ascii_case("strict") => {
                    cookie.same_site = SameSite::Strict
                }
                "samesite" if value.eq_ignore_ascii_case("none") => {
                    cookie.same_site = SameSite::None
                }
                "max-age" => over |= value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                "expires" => over |= value.contains("1970"),
                _ => {}
            }
        }
        self.cookies.retain(|known| {
            (&known.name, &known.host, &known.path) != (&cookie.name, &cookie.host, &cookie.path)
        });
        if !over {
            self.cookies.push(cookie);
        }
    }

    /// What `Cookie` says in a request. A request from another site carries no strict cookies, and lax ones only
    /// when it opens a page; `apart` are those that do not: forms that post, and frames.
    pub fn header(&self, host: &str, path: &str, foreign: bool, apart: bool) -> String {
        let goes = |cookie: &&Cookie| {
            cookie.fits(host, path)
                && match cookie.same_site {
                    SameSite::Strict => !foreign,
                    SameSite::Lax => !(foreign && apart),
                    SameSite::None => true,
                }
        };
        let pairs = self.cookies.iter().filter(goes);
        let pairs: Vec<String> = pairs
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        pairs.join("; ")
    }

    pub fn value(&self, host: &str, name: &str) -> Option<String> {
        let found = self
            .cookies
            .iter()
            .find(|cookie| cookie.name == name && cookie.fits(host, "/"));
        found.map(|cookie| cookie.value.clone())
    }
}

impl Cookie {
    fn fits(&self, host: &str, path: &str) -> bool {
        let named = if self.subdomains {
            covers(&self.host, host)
        } else {
            self.host == host
        };
        let below = path.strip_prefix(self.path.as_str());
        named
            && below.is_some_and(|rest| {
                self.path.ends_with('/') || rest.is_empty() || rest.starts_with('/')
            })
    }
}

fn covers(domain: &str, host: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// What browsers call one site: ports do not count, and below localhost every name is a site of its own.
pub fn site(url: &Url) -> (String, String) {
    let host = url.host_str().unwrap();
    let site = match url.domain() {
        Some(_) => {
            let mut labels: Vec<&str> = host.rsplit('.').take(2).collect();
            labels.reverse();
            labels.join(".")
        }
        None => host.to_owned(),
    };
    (url.scheme().to_owned(), site)
}
