//! Client certificates at the front door: who is named by one, what names nobody, and that nothing else counts where
//! one is asked for.

mod pki;
mod running;
mod start;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::reason;
use crate::harness::{CONFIG, DEV, Server};
use crate::http::{Ask, basic};
use crate::proxy::install;
use crate::service::Service;
use pki::{Answer, Authority, Wish, ask, keep};

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

const CN: &str = "ca = \"ca.pem\"\nidentity = \"cn\"\ndefault_groups = [\"local:users\"]\n";

/// What is shown, to the app of which section, and the code and part of the reason of the refusal.
type Case = (
    &'static str,
    String,
    &'static str,
    &'static str,
    &'static str,
);

/// Everything that names nobody.
fn cases(ca: &Authority, other: &Authority, renewed: &Authority) -> Vec<Case> {
    let ann = || Wish::named("ann", 7);
    vec![
        (
            "over",
            ca.signs(&ann().over()),
            "plain",
            "certificate-expired",
            "expired",
        ),
        (
            "early",
            ca.signs(&ann().early()),
            "plain",
            "certificate-expired",
            "not valid yet",
        ),
        (
            "other",
            other.signs(&ann()),
            "plain",
            "certificate-unknown",
            "UnknownIssuer",
        ),
        (
            "renewed",
            renewed.signs(&ann()),
            "plain",
            "certificate-unknown",
            "",
        ),
        (
            "alone",
            ann().alone(),
            "plain",
            "certificate-unknown",
            "UnknownIssuer",
        ),
        (
            "server",
            ca.signs(&ann().of_a_server()),
            "plain",
            "certificate-refused",
            "",
        ),
        (
            "revoked",
            ca.signs(&ann()),
            "listed",
            "certificate-revoked",
            "Revoked",
        ),
        (
            "foreign",
            ca.signs(&ann()),
            "foreign",
            "certificate-unchecked",
            "",
        ),
        (
            "stale",
            ca.signs(&ann()),
            "stale",
            "certificate-unchecked",
            "",
        ),
        // Whom an authority below signed is covered by its list, not by that of the one above.
        (
            "below",
            ca.below("Below").signs(&ann()),
            "listed",
            "certificate-unchecked",
            "",
        ),
        (
            "posing",
            ca.posing(ann()).signs(&ann()),
            "plain",
            "certificate-refused",
            "",
        ),
        (
            "nameless",
            ca.signs(&Wish::nameless(7).unit("ops")),
            "plain",
            "certificate-identity",
            "common name",
        ),
    ]
}

#[test]
fn what_names_nobody_is_refused_and_recorded() {
    let [ca, other, renewed] = ["Root", "Other", "Root"].map(Authority::new);
    let with = |list: &str| format!("{CN}crl = [\"{list}.crl\"]\n");
    let [listed, foreign, stale] = ["listed", "foreign", "stale"].map(with);
    let gate = Gate::open(
        &[
            ("ca.pem", &ca.pem),
            ("listed.crl", &ca.revokes(&[7])),
            ("foreign.crl", &other.revokes(&[])),
            ("stale.crl", &ca.revoked_once()),
        ],
        &[
            ("plain", CN),
            ("listed", &listed),
            ("foreign", &foreign),
            ("stale", &stale),
        ],
    );
    for (name, shown, section, code, part) in cases(&ca, &other, &renewed) {
        let file = gate.keep(name, &shown);
        for way in WAYS {
            let asks = || gate.get(&format!("/{section}"), Some(&file), way).status;
            let detail = gate.refuses(asks, (401, code));
            assert_eq!(detail["provider"], section, "{name}: {detail}");
            assert_eq!(detail["serial"], "07", "{name}: {detail}");
            assert!(detail["issuer"].is_string(), "{name}: {detail}");
            let said = detail["reason"].as_str().unwrap_or_default();
            assert!(!said.is_empty() && said.contains(part), "{name}: {detail}");
        }
    }
    let absent = || gate.get("/plain", None, &[]).status;
    let detail = gate.refuses(absent, (401, "certificate-absent"));
    assert_eq!(detail["provider"], "plain", "{detail}");
    let plain = || gate.server.send(&Ask::get("/plain")).status;
    gate.refuses(plain, (401, "certificate-plain"));
    let bea = gate.keep("bea", &ca.signs(&Wish::named("bea", 8)));
    gate.known("/plain", &bea, "plain:bea");
    let below = ca.below("Below").signs(&Wish::named("cid", 9));
    gate.known("/plain", &gate.keep("cid", &below), "plain:cid");
    gate.known("/listed", &bea, "listed:bea");
}

/// Neither a password, nor a session, nor a token, nor what a proxy would say stands in for a certificate.
#[test]
fn nothing_else_stands_in_for_a_certificate() {
    let ca = Authority::new("Root");
    let gate = Gate::open(&[("ca.pem", &ca.pem)], &[("devices", CN)]);
    let session = gate.server.session(DEV);
    gate.server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let token = gate.server.cli(&["token", "create", "robot"]).ok().stdout;
    let over = gate.keep("over", &ca.signs(&Wish::named("ann", 7).over()));
    let good = gate.keep("good", &ca.signs(&Wish::named("ann", 7)));
    let pem = std::fs::read_to_string(&good).unwrap().replace('\n', "%0A");
    let session = session.split_once('=').unwrap().1;
    for header in [
        format!("Authorization: {}", basic(DEV.0, DEV.1)),
        format!("Authorization: Bearer {}", token.trim()),
        format!("Cookie: sallyport={session}"),
        format!("Cookie: __Host-sallyport={session}"),
        format!("X-Forwarded-Client-Cert: Cert=\"{pem}\""),
        format!("X-SSL-Client-Cert: {pem}"),
        "X-SSL-Client-Verify: SUCCESS".into(),
        "X-Openrun-User: devices:ann".into(),
    ] {
        let with = ["-H", header.as_str()];
        let asks = || gate.get("/devices", None, &with).status;
        gate.refuses(asks, (401, "certificate-absent"));
        let asks = || gate.get("/devices", Some(&over), &with).status;
        gate.refuses(asks, (401, "certificate-expired"));
        let (name, value) = header.split_once(": ").unwrap();
        let asks = || {
            gate.server
                .send(&Ask::get("/devices").header(name, value))
                .status
        };
        gate.refuses(asks, (401, "certificate-plain"));
        let answer = gate.get("/devices", Some(&good), &with);
        assert_eq!(answer.status, 200, "{header}: {answer:?}");
        assert_eq!(
            gate.server.last("app.access")["principal"]["id"],
            "devices:ann"
        );
    }
    // And a certificate opens nothing where another way to sign in is asked for.
    gate.install("/local", "default");
    let answer = gate.get("/local", Some(&good), &[]);
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(
        gate.server.last("app.access")["principal"]["type"],
        "Anonymous"
    );
}

/// Attack 14: the connection is opened for a host that asks for nothing, the request is for one that asks for a
/// certificate.
#[test]
fn a_connection_for_another_host_proves_nothing() {
    let ca = Authority::new("Root");
    let gate = Gate::open(&[("ca.pem", &ca.pem)], &[("devices", CN)]);
    gate.install("b.example:/front", "devices");
    let good = gate.keep("good", &ca.signs(&Wish::named("ann", 7)));
    let file = Some(good.as_path());
    for way in WAYS {
        for shown in [file, None] {
            let with = [way, &["-H", "Host: b.example"]].concat();
            let asks = || gate.get("/front", shown, &with).status;
            gate.refuses(asks, (421, "certificate-host"));
        }
        let to = gate.server.https;
        let answer = ask(to, "b.example/front", file, way);
        assert_eq!(answer.status, 200, "{answer:?}");
        let asks = || ask(to, "b.example/front", None, way).status;
        gate.refuses(asks, (401, "certificate-absent"));
        // By address: the connection names no host.
        let with = [way, &["-H", "Host: b.example"]].concat();
        let asks = || ask(to, "127.0.0.1/front", None, &with).status;
        gate.refuses(asks, (401, "certificate-absent"));
        let answer = ask(to, "127.0.0.1/front", file, &with);
        assert_eq!(answer.status, 200, "{answer:?}");
        // The name of a connection has one meaning.
        for host in ["B.Example", "b.example."] {
            let host = format!("Host: {host}");
            let with = [way, &["-H", &host]].concat();
            let answer = ask(to, "b.example/front", file, &with);
            assert_eq!(answer.status, 200, "{host}: {answer:?}");
        }
    }
}

#[test]
fn each_kind_of_identity_has_one_meaning() {
    let ca = Authority::new("Root");
    let kinds = ["subject", "cn", "email", "dns", "uri"];
    let settings = kinds.map(|kind| CN.replace("\"cn\"", &format!("\"{kind}\"")));
    let sections: Vec<(&str, &str)> = kinds
        .into_iter()
        .zip(settings.iter().map(String::as_str))
        .collect();
    let gate = Gate::open(&[("ca.pem", &ca.pem)], &sections);
    let ann = || {
        let wish = Wish::named("ann", 7).unit("ops");
        wish.email("a@b.example")
            .dns("a.example")
            .uri("spiffe://corp/a")
    };
    let one = gate.keep("one", &ca.signs(&ann()));
    let two = ann()
        .email("b@b.example")
        .dns("b.example")
        .uri("spiffe://corp/b");
    let two = gate.keep("two", &ca.signs(&two));
    let none = gate.keep("none", &ca.signs(&Wish::nameless(7)));
    for (kind, id) in kinds.into_iter().zip([
        "CN=ann",
        "ann",
        "a@b.example",
        "a.example",
        "spiffe://corp/a",
    ]) {
        let path = format!("/{kind}");
        let id = match kind {
            "subject" => "OU=ops,CN=ann",
            _ => id,
        };
        gate.known(&path, &one, &format!("{kind}:{id}"));
        let asks = || gate.get(&path, Some(&none), &[]).status;
        gate.refuses(asks, (401, "certificate-identity"));
        if !matches!(kind, "subject" | "cn") {
            let asks = || gate.get(&path, Some(&two), &[]).status;
            gate.refuses(asks, (401, "certificate-identity"));
        }
    }
}

/// Who is known is not let in for that: the unit is a group, and policy decides.
#[test]
fn policy_decides_by_the_unit() {
    let ca = Authority::new("Root");
    let map = "ca = \"ca.pem\"\nidentity = \"cn\"\ngroup_map = { ops = [\"local:users\"] }\n";
    let gate = Gate::open(&[("ca.pem", &ca.pem)], &[("devices", map)]);
    let shows = |name: &str, unit: &str| {
        let wish = Wish::named(name, 7).unit(unit);
        gate.keep(name, &ca.signs(&wish))
    };
    gate.known("/devices", &shows("ann", "ops"), "devices:ann");
    let reached = gate.service.seen().len();
    for (name, unit) in [("bob", "dev"), ("eve", "OPS"), ("may", "local:users")] {
        let answer = gate.get("/devices", Some(&shows(name, unit)), &[]);
        assert_eq!(answer.status, 403, "{answer:?}");
        let record = gate.server.last("app.access");
        assert_eq!(record["decision"], "deny");
        assert_eq!(
            record["principal"]["id"],
            format!("devices:{name}"),
            "{record}"
        );
    }
    assert_eq!(gate.service.seen().len(), reached, "the app is reached");
    let grant = "@id(\"t.dev\")\npermit (principal in Sallyport::Group::\"devices:dev\", \
        action == Sallyport::Action::\"app.access\", resource is Sallyport::AppInstance);\n";
    std::fs::write(gate.server.home().join("policy/grants/dev.cedar"), grant).unwrap();
    gate.server.cli(&["policy", "reload"]).ok();
    gate.known("/devices", &shows("bob", "dev"), "devices:bob");
}
