//! Where an app is, as the browser that asks has to write it: a path on this host, an origin for another one.

use super::Intake;
use crate::{catalog::Address, config::LoginOrigin};

/// What is known of the way the browser came.
pub(super) struct Links<'a> {
    /// The canonical host that was asked.
    host: &'a str,
    /// `:port` as the browser wrote it, or nothing.
    port: &'a str,
    tls: bool,
    login: Option<&'a LoginOrigin>,
}

/// Where an app is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// For the browser.
    pub(super) href: String,
    /// For the eyes.
    pub(super) shown: String,
}

impl<'a> Links<'a> {
    pub(super) fn new(intake: &'a Intake, login: Option<&'a LoginOrigin>) -> Links<'a> {
        Links {
            host: intake.host.as_str(),
            port: port(&intake.authority),
            tls: intake.peer.tls,
            login,
        }
    }

    /// The link to the app at `address`; nothing when this browser cannot reach it.
    pub(super) fn to(&self, address: &Address) -> Option<Link> {
        let host = match address.host() {
            "" => "localhost",
            host => host,
        };
        let path = address.path();
        if host == self.host {
            return Some(Link {
                href: path.to_owned(),
                shown: path.to_owned(),
            });
        }
        // Names of this machine mean another machine to a browser elsewhere.
        if is_here(host) && !is_here(self.host) {
            return None;
        }
        let (scheme, port) = self.origin(host);
        let authority = format!("{host}{port}");
        Some(Link {
            href: format!("{scheme}://{authority}{path}"),
            shown: format!("{authority}{path}"),
        })
    }

    /// Scheme and port: those of this request, unless only the login's origin tells how we look from outside.
    fn origin(&self, host: &str) -> (&'static str, String) {
        let ours = if self.tls { "https" } else { "http" };
        let outside = self
            .login
            .map(LoginOrigin::url)
            .filter(|url| !is_here(host) && url.host_str().is_some_and(|login| !is_here(login)));
        match outside {
            Some(url) => {
                let scheme = if url.scheme() == "https" {
                    "https"
                } else {
                    ours
                };
                let port = url.port().map(|port| format!(":{port}"));
                (scheme, port.unwrap_or_default())
            }
            None => (ours, self.port.to_owned()),
        }
    }
}

/// Whether a host name means the machine that says it.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

fn port(authority: &str) -> &str {
    let from = authority
        .rfind(':')
        .filter(|at| !authority[*at..].contains(']'));
    from.map_or("", |at| authority.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: (&str, bool), login: Option<&str>, to: &str) -> Option<String> {
        let login: Option<LoginOrigin> =
            login.map(|origin| serde_json::from_value(origin.into()).unwrap());
        let host = from.0.split(':').next().unwrap();
        let links = Links {
            host,
            port: port(from.0),
            tls: from.1,
            login: login.as_ref(),
        };
        links.to(&to.parse().unwrap()).map(|link| link.href)
    }

    #[test]
    fn links_lead_where_this_browser_finds_the_app() {
        let auth = Some("https://auth.example.com");
        let local = Some("http://auth.localhost:25222");
        for (from, login, to, expected) in [
            (("localhost:25222", false), None, "/a", Some("/a")),
            (
                ("auth.localhost:25222", false),
                None,
                "/a",
                Some("http://localhost:25222/a"),
            ),
            (
                ("auth.localhost:25223", true),
                local,
                "/a",
                Some("https://localhost:25223/a"),
            ),
            (
                ("localhost:1", false),
                None,
                "b.localhost:/a",
                Some("http://b.localhost:1/a"),
            ),
            (("tools.example.com", true), auth, "/a", None),
            (("tools.example.com", true), auth, "b.localhost:/a", None),
            (
                ("tools.example.com", true),
                auth,
                "tools.example.com:/a",
                Some("/a"),
            ),
            (
                ("auth.example.com", true),
                auth,
                "tools.example.com:/",
                Some("https://tools.example.com/"),
            ),
            (
                ("auth.example.com", false),
                auth,
                "tools.example.com:/a",
                Some("https://tools.example.com/a"),
            ),
            (
                ("localhost:25222", false),
                auth,
                "tools.example.com:/a",
                Some("https://tools.example.com/a"),
            ),
            (
                ("a.example.com:8443", true),
                None,
                "b.example.com:/a",
                Some("https://b.example.com:8443/a"),
            ),
            (
                ("localhost", false),
                None,
                "b.example.com:/a",
                Some("http://b.example.com/a"),
            ),
        ] {
            let found = link(from, login, to);
            assert_eq!(found.as_deref(), expected, "{to} from {from:?}");
        }
    }
}
