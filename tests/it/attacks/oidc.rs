//! Cases 36 to 43: answers, tokens and claims of a provider, and where a sign-in leads.

mod flow;
mod mail;
mod target;
mod token;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::provider::{forged, header, honest, key, public, signed, stranger};
use super::site::{APPS, Answer, BINDING, Begun, Hostile, LOGIN, location, login_origin, value};
use super::{Variant, play};
use crate::harness::cli;
use crate::http::Reply;
use crate::peer::agent::{Agent, Page};

/// A grant for everybody of a domain, instead of those by group.
const DOMAIN: &str = "@id(\"t.mail\")\npermit (principal is Sallyport::User, action == Sallyport::Action::\"app.access\", resource)\n\
    when { principal has emailDomain && principal.emailDomain == \"company.test\" };\n";

#[test]
fn answers_belong_to_the_browser_that_asked() {
    let hostile = Hostile::start("");
    play(&hostile, "flow", flow::FLOW);
}

#[test]
fn tokens_are_for_us_from_our_provider_and_of_now() {
    let hostile = Hostile::start("");
    play(&hostile, "token", token::TOKEN);
}

#[test]
fn addresses_and_names_are_nobodys_proof() {
    let hostile = Hostile::start("");
    let grants = hostile.site.server.home().join("policy/grants/sso.cedar");
    let before = std::fs::read_to_string(&grants).unwrap();
    std::fs::write(
        &grants,
        before.replace("Group::\"corp:admins\"", "Group::\"local:admins\"") + DOMAIN,
    )
    .unwrap();
    hostile.site.server.cli(&["policy", "reload"]).ok();
    play(&hostile, "mail", mail::MAIL);
}

#[test]
fn sign_ins_lead_to_our_own_paths() {
    let hostile = Hostile::start("");
    play(&hostile, "target", target::TARGETS);
    play(&hostile, "elsewhere", target::ELSEWHERE);
}

#[test]
fn codes_are_bound_to_a_hashed_proof() {
    let hostile = Hostile::start("");
    let mut begun = hostile.begin(Agent::new());
    assert_eq!(
        value(&begun.asked, "code_challenge_method").as_deref(),
        Some("S256")
    );
    let challenge = value(&begun.asked, "code_challenge").expect("a challenge");
    let answer = hostile.answer(&begun, "ann");
    let callback = hostile.callback(&begun, &answer);
    assert_eq!(begun.agent.open(&callback).reply.status, 200);
    let asked = hostile
        .provider
        .seen("/corp/token")
        .pop()
        .expect("a question");
    let body = asked.split("\r\n\r\n").nth(1).unwrap();
    let verifier = url::form_urlencoded::parse(body.as_bytes())
        .find(|(key, _)| key == "code_verifier")
        .unwrap()
        .1;
    use base64::Engine as _;
    let hash = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    assert_eq!(hash, challenge);
}

#[test]
fn a_provider_without_a_client_is_no_provider() {
    let home = tempfile::TempDir::new().unwrap();
    for client in ["", " ", "\\t"] {
        let config = format!(
            "{}\n[login]\norigin = \"{}\"\n\n[oidc.corp]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"{client}\"\n",
            crate::harness::CONFIG,
            login_origin(1)
        );
        std::fs::write(home.path().join("sallyport.toml"), config).unwrap();
        let ran = cli(home.path(), &["server", "start"]);
        assert_ne!(ran.code, 0, "it starts without an audience: {ran:?}");
        assert!(ran.stderr.contains("client_id"), "{ran:?}");
    }
}

fn with(hostile: &Hostile, name: &str, value: &str) -> Reply {
    hostile.bent(|answer| {
        answer.query.retain(|(key, _)| key != name);
        answer.query.push((name.to_owned(), value.to_owned()));
    })
}

fn without(hostile: &Hostile, name: &str) -> Reply {
    hostile.bent(|answer| answer.query.retain(|(key, _)| key != name))
}
