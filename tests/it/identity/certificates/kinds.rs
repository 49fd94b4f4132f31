//! Whom a certificate names, in each of the ways that can be asked for, and that being known is not being let in.

use super::pki::{Authority, Wish};
use super::{CN, Gate};

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
    let ids = [
        "OU=ops,CN=ann",
        "ann",
        "a@b.example",
        "a.example",
        "spiffe://corp/a",
    ];
    for (kind, id) in kinds.into_iter().zip(ids) {
        let path = format!("/{kind}");
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
