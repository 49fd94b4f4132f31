//! Client certificates at the front door: who is named by one, what names nobody, and that nothing else counts where
//! one is asked for.

mod kinds;
mod nobody;
mod pki;
mod running;
mod start;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::reason;
use crate::harness::{CONFIG, DEV, Server};
use crate::proxy::install;
use crate::service::Service;
use pki::{Answer, ask, keep};

/// Whoever is named may open the app.
const CN: &str = "ca = \"ca.pem\"\nidentity = \"cn\"\ndefault_groups = [\"local:users\"]\n";

/// How connections are made: HTTP and TLS in each version that is spoken.
const WAYS: [&[&str]; 3] = [
    &["--http1.1"],
    &["--http2"],
    &["--http1.1", "--tls-max", "1.2"],
];

/// A gateway with `[cert.…]` sections, an app for each that passes everything on, and what it is passed to.
struct Gate {
    server: Server,
    service: Service,
    home: TempDir,
}

impl Gate {
    /// With files in the home, and the sections as (name, settings).
    fn open(files: &[(&str, &str)], sections: &[(&str, &str)]) -> Gate {
        Gate::before(Service::echo(), files, sections)
    }

    fn before(service: Service, files: &[(&str, &str)], sections: &[(&str, &str)]) -> Gate {
        let home = TempDir::new().unwrap();
        for (name, text) in files {
            std::fs::write(home.path().join(name), text).unwrap();
        }
        let mut config = CONFIG.to_owned();
        for (name, settings) in sections {
            config += &format!("\n[cert.{name}]\n{settings}\n");
        }
        let server = Server::at(home.path(), &config);
        server.user(DEV, "users");
        let gate = Gate {
            server,
            service,
            home,
        };
        for (name, _) in sections {
            gate.install(&format!("/{name}"), name);
        }
        gate
    }

    fn install(&self, path: &str, auth: &str) {
        install(&self.server, path, &self.service.url(), "");
        self.server
            .cli(&["app", "update", path, "--auth", auth])
            .ok();
    }

    fn keep(&self, name: &str, text: &str) -> PathBuf {
        keep(self.home.path(), name, text)
    }

    fn get(&self, path: &str, shown: Option<&Path>, way: &[&str]) -> Answer {
        ask(self.server.https, &format!("localhost{path}"), shown, way)
    }

    /// The holder is let in by this name.
    #[track_caller]
    fn known(&self, path: &str, shown: &Path, id: &str) {
        for way in WAYS {
            let answer = self.get(path, Some(shown), way);
            let user = format!("x-openrun-user: {id}\r\n");
            assert_eq!(answer.status, 200, "{way:?}: {answer:?}");
            assert!(
                answer
                    .body
                    .to_ascii_lowercase()
                    .contains(&user.to_ascii_lowercase()),
                "{answer:?}"
            );
            let version = if way.contains(&"--http2") { "2" } else { "1.1" };
            assert_eq!(answer.version, version);
            let record = self.server.last("app.access");
            assert_eq!(record["decision"], "allow");
            assert_eq!(record["principal"]["id"], id, "{record}");
            assert_eq!(record["net"]["tls"], true);
        }
    }

    /// Whoever asks is refused for this reason before policy; answers the detail.
    #[track_caller]
    fn refuses(&self, asks: impl FnOnce() -> u16, (status, code): (u16, &str)) -> Value {
        let denied = self.denied(asks, status);
        assert_eq!(reason(&denied), format!("r.{code}"), "{denied}");
        self.server.shown(&denied)["detail"].take()
    }

    /// Whoever asks is nobody, is refused and reaches nothing; answers the one denial.
    #[track_caller]
    fn denied(&self, asks: impl FnOnce() -> u16, status: u16) -> Value {
        let (reached, before) = (self.service.seen().len(), self.server.newest());
        assert_eq!(asks(), status);
        let mut records = self.server.since(before);
        records.retain(|record| record["action"] == "app.access");
        let [denied] = records.as_slice() else {
            panic!("not one record: {records:?}");
        };
        assert_eq!(denied["decision"], "deny", "{denied}");
        assert_eq!(denied["principal"]["type"], "Anonymous", "{denied}");
        assert_eq!(self.service.seen().len(), reached, "the app is reached");
        denied.clone()
    }
}
