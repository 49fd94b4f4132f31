//! Signing in at real identity providers, from the app that asked for it and back, and everything that ends a sign-in.

mod browser;
mod keycloak;
mod lemonldap;
pub mod oidc;
mod refresh;
mod refused;
mod saml;
mod stepup;
mod stolen;
mod stream;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use tempfile::TempDir;

use crate::front::HELLO;
use crate::harness::{CONFIG, Server, eventually};
use crate::peer::agent::{Agent, Page};
use crate::peer::oidc::{Client, SECRET};

/// The name of the provider in every test.
pub const NAME: &str = "corp";

/// People are sent to the provider without a page to choose from.
const AT_ONCE: &str = "default_provider = \"corp\"\n\n";

/// Everybody of the group `dev` may open `/open`, and `admins` may open `/vault`, too.
const GRANTS: &str = r#"
@id("t.dev")
permit (
  principal in Sallyport::Group::"corp:dev",
  action == Sallyport::Action::"app.access",
  resource in Sallyport::AppSet::"open"
);

@id("t.admins")
permit (
  principal in Sallyport::Group::"corp:admins",
  action == Sallyport::Action::"app.access",
  resource is Sallyport::AppInstance
);
"#;

/// A gateway at a port that is known before it starts, so that a provider can be told of it.
pub struct Site {
    pub server: Server,
    pub port: u16,
    scheme: &'static str,
    _home: TempDir,
}

impl Site {
    /// With the apps `/open` and `/vault`, and files in its home, which `@HOME@` in the sections stands for. What
    /// comes before the first section belongs to `[login]`.
    pub fn start(port: u16, files: &[(&str, &str)], sections: &str) -> Site {
        Site::over("http", port, files, sections)
    }

    /// The same, where people come by `http` or `https`.
    pub fn over(scheme: &'static str, port: u16, files: &[(&str, &str)], sections: &str) -> Site {
        let home = TempDir::new().unwrap();
        for (name, text) in files {
            let file = home.path().join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
        }
        let sections = sections.replace("@HOME@", home.path().to_str().unwrap());
        let listener = |port: u16| format!("[{scheme}]\nport = {port}\n");
        let config = CONFIG.replace(&listener(0), &listener(port));
        let login = format!("[login]\norigin = \"{scheme}://auth.localhost:{port}\"\n");
        let server = Server::at(home.path(), &format!("{config}\n{login}{sections}"));
        for path in ["/open", "/vault"] {
            server.approved(path, HELLO);
        }
        server.cli(&["set", "add", "open", "/open"]).ok();
        std::fs::write(server.home().join("policy/grants/sso.cedar"), GRANTS).unwrap();
        server.cli(&["policy", "reload"]).ok();
        Site {
            server,
            port,
            scheme,
            _home: home,
        }
    }

    /// The address of a path of an app.
    pub fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port)
    }

    /// The address of a path where people sign in.
    pub fn login_url(&self, path: &str) -> String {
        format!("{}://auth.localhost:{}{path}", self.scheme, self.port)
    }

    /// Opens an app and says how that ended.
    #[track_caller]
    pub fn status(&self, agent: &mut Agent, path: &str) -> u16 {
        agent.glance(&self.url(path)).reply.status
    }

    /// The newest decision on an action about a person of the provider.
    pub fn last(&self, action: &str, subject: &str) -> Value {
        let id = format!("{NAME}:{subject}");
        let found = self.decisions(action, &id).pop();
        found.unwrap_or_else(|| panic!("no {action} by {id}"))
    }

    /// The decisions on an action about a person, oldest first.
    pub fn decisions(&self, action: &str, id: &str) -> Vec<Value> {
        let mut found = self.server.decisions(action);
        found.retain(|record| record["principal"]["id"] == id);
        found
    }

    /// Waits until the provider was asked twice about a person, who stays signed in: its answers to the first
    /// question must do for the second.
    #[track_caller]
    pub fn is_renewed(&self, agent: &mut Agent) {
        let renewed = || {
            let asked = self.server.decisions("session.refresh");
            let outcomes = asked.iter().map(|record| self.server.outcome(record));
            outcomes
                .filter(|outcome| outcome["status"] == "success")
                .count()
        };
        let before = renewed();
        eventually("the provider answers twice", || {
            assert_eq!(self.status(agent, "/open"), 200);
            renewed() >= before + 2
        });
    }

    /// Wants a stronger sign-in for `/vault`: `how` is what to ask for, `enough` the condition.
    pub fn guard(&self, how: &str, enough: &str) {
        let rule = format!(
            "@id(\"g.strong\")\n@reason(\"the vault wants more\")\n@stepup(\"{how}\")\n\
             forbid (principal is Sallyport::User, action == Sallyport::Action::\"app.access\", resource)\n\
             unless {{ resource in Sallyport::AppSet::\"open\" || (context has auth && {enough}) }};\n"
        );
        let file = self.server.home().join("policy/guardrails/strong.cedar");
        std::fs::write(file, rule).unwrap();
        self.server.cli(&["policy", "reload"]).ok();
    }

    /// Signs out at the app, as the button of a page does.
    #[track_caller]
    pub fn sign_out(&self, agent: &mut Agent) -> Page {
        agent.post(&self.url("/_sallyport/logout"), &[])
    }
}

/// What a provider of OpenID is told about the gateway at a port.
pub fn client(port: u16) -> Client {
    let origin = format!("http://auth.localhost:{port}");
    Client {
        back_channel: Some(format!("{origin}/_sallyport/oidc/{NAME}/logout")),
        ..client_at(&origin)
    }
}

/// What it is told about the gateway where people sign in at an origin.
pub fn client_at(origin: &str) -> Client {
    Client {
        redirects: vec![format!("{origin}/_sallyport/oidc/{NAME}/callback")],
        after_logout: vec![format!("{origin}/_sallyport/signed-out")],
        ..Client::default()
    }
}

/// A gateway with a provider of OpenID; `more` are further lines.
pub fn oidc(port: u16, issuer: &str, client: &str, more: &str) -> Site {
    oidc_over("http", port, (issuer, client), more)
}

/// The same, where people come by `http` or `https`.
pub fn oidc_over(
    scheme: &'static str,
    port: u16,
    (issuer, client): (&str, &str),
    more: &str,
) -> Site {
    let section = format!(
        "{AT_ONCE}[oidc.{NAME}]\nissuer = \"{issuer}\"\nclient_id = \"{client}\"\nclient_secret_file = \"@HOME@/secret\"\n{more}\n"
    );
    Site::over(scheme, port, &[("secret", SECRET)], &section)
}

/// A gateway that fetches the metadata of its provider of SAML, as `lines` say.
pub fn saml_fetching(port: u16, lines: &str) -> Site {
    Site::start(port, &[], &format!("{AT_ONCE}[saml.{NAME}]\n{lines}\n"))
}

/// A gateway with a provider of SAML; `more` are further lines.
pub fn saml(port: u16, metadata: &str, more: &str) -> Site {
    saml_over("http", port, metadata, more)
}

/// The same, where people come by `http` or `https`.
pub fn saml_over(scheme: &'static str, port: u16, metadata: &str, more: &str) -> Site {
    let section =
        format!("{AT_ONCE}[saml.{NAME}]\nmetadata_file = \"@HOME@/provider.xml\"\n{more}\n");
    Site::over(scheme, port, &[("provider.xml", metadata)], &section)
}
