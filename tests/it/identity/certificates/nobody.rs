//! What names nobody is refused and recorded, and reaches nothing; and nothing else counts where a certificate is asked
//! for.

use super::pki::{Authority, Wish, ask};
use super::{CN, Gate, WAYS};
use crate::harness::DEV;
use crate::http::{Ask, basic};

/// What is shown to the app of which section, and the code and a part of the reason of the refusal.
struct Case {
    name: &'static str,
    shown: String,
    section: &'static str,
    code: &'static str,
    reason: &'static str,
}

fn case(
    (name, shown): (&'static str, String),
    section: &'static str,
    code: &'static str,
    reason: &'static str,
) -> Case {
    Case {
        name,
        shown,
        section,
        code,
        reason,
    }
}

fn ann() -> Wish {
    Wish::named("ann", 7)
}

/// No authority vouches for these.
fn unsigned(ca: &Authority, other: &Authority, renewed: &Authority) -> Vec<Case> {
    let (server, nameless) = (ann().of_a_server(), Wish::nameless(7).unit("ops"));
    vec![
        case(
            ("over", ca.signs(&ann().over())),
            "plain",
            "certificate-expired",
            "expired",
        ),
        case(
            ("early", ca.signs(&ann().early())),
            "plain",
            "certificate-expired",
            "not valid yet",
        ),
        case(
            ("other", other.signs(&ann())),
            "plain",
            "certificate-unknown",
            "UnknownIssuer",
        ),
        case(
            ("renewed", renewed.signs(&ann())),
            "plain",
            "certificate-unknown",
            "",
        ),
        case(
            ("alone", ann().alone()),
            "plain",
            "certificate-unknown",
            "UnknownIssuer",
        ),
        case(
            ("posing", ca.posing(ann()).signs(&ann())),
            "plain",
            "certificate-refused",
            "",
        ),
        case(
            ("server", ca.signs(&server)),
            "plain",
            "certificate-refused",
            "",
        ),
        case(
            ("nameless", ca.signs(&nameless)),
            "plain",
            "certificate-identity",
            "common name",
        ),
    ]
}

/// Signed, but revoked, or covered by no list: whom an authority below signed, by the list of that one.
fn uncovered(ca: &Authority) -> Vec<Case> {
    let below = ca.below("Below");
    vec![
        case(
            ("revoked", ca.signs(&ann())),
            "listed",
            "certificate-revoked",
            "Revoked",
        ),
        case(
            ("below", below.signs(&ann())),
            "listed",
            "certificate-unchecked",
            "",
        ),
        case(
            ("foreign", ca.signs(&ann())),
            "foreign",
            "certificate-unchecked",
            "",
        ),
        case(
            ("stale", ca.signs(&ann())),
            "stale",
            "certificate-unchecked",
            "",
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
    let cases = unsigned(&ca, &other, &renewed).into_iter();
    for case in cases.chain(uncovered(&ca)) {
        let (name, section) = (case.name, case.section);
        let file = gate.keep(name, &case.shown);
        for way in WAYS {
            let asks = || gate.get(&format!("/{section}"), Some(&file), way).status;
            let detail = gate.refuses(asks, (401, case.code));
            assert_eq!(detail["provider"], section, "{name}: {detail}");
            assert_eq!(detail["serial"], "07", "{name}: {detail}");
            assert!(detail["issuer"].is_string(), "{name}: {detail}");
            let said = detail["reason"].as_str().unwrap_or_default();
            assert!(
                !said.is_empty() && said.contains(case.reason),
                "{name}: {detail}"
            );
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
        // Browsers are not sent to sign in: there is no way to.
        "Accept: text/html".into(),
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
