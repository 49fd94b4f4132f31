//! Cases 53 to 57: responses and messages of a SAML provider, most of them really signed and then bent.

mod heavy;
mod logout;
mod meant;
mod unsigned;
mod wrapped;

use std::io::{Read, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use url::form_urlencoded;

use super::signer::{
    ASSERTION, Answer, CBC, ENTITY, ENVELOPED, EXCLUSIVE, GCM, OAEP, PROTOCOL, RSA_SHA256, SIGN_IN,
    Signing, after, after_issuer, attribute, audience, detached, id, inside, known, metadata,
    parts, sealed, shown, stranger, transform, with_object,
};
use super::site::{APPS, COOKIE, LOGIN, location, value};
use super::{Stage, Variant, play};
use crate::harness::Server;
use crate::http::{Ask, Reply};
use crate::peer::agent::{Agent, Page};
use crate::peer::port;
use crate::sso::{self, Site};

/// A gateway whose SAML provider is hostile.
struct Signed {
    site: Site,
}

/// A sign-in whose browser stands before the provider.
struct Begun {
    agent: Agent,
    relay: String,
    request: String,
}

impl Stage for Signed {
    fn server(&self) -> &Server {
        &self.site.server
    }

    fn good(&self) {
        self.signed_in();
    }
}

impl Signed {
    fn start() -> Signed {
        Signed {
            site: sso::saml(port(), &metadata(), ""),
        }
    }

    fn base(&self) -> String {
        self.site
            .login_url(&format!("/_sallyport/saml/{}", sso::NAME))
    }

    #[track_caller]
    fn begin(&self) -> Begun {
        let mut agent = Agent::new();
        let page = agent.glance(&self.site.url("/_sallyport/login?next=/open"));
        agent.stop_before(SIGN_IN);
        let page = agent.open(location(&page).as_str());
        agent.go_on();
        let asked = location(&page);
        let mut text = String::new();
        let packed = BASE64_STANDARD
            .decode(value(&asked, "SAMLRequest").expect("a request"))
            .unwrap();
        DeflateDecoder::new(packed.as_slice())
            .read_to_string(&mut text)
            .unwrap();
        let request = text
            .split(" ID=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        Begun {
            agent,
            relay: value(&asked, "RelayState").expect("a state"),
            request: request.expect("an id").to_owned(),
        }
    }

    fn honest(&self, begun: &Begun) -> Answer {
        Answer::honest(&self.base(), &begun.request)
    }

    #[track_caller]
    fn post(&self, agent: &mut Agent, response: &str, relay: &str) -> Page {
        let response = BASE64_STANDARD.encode(response);
        agent.post(
            &format!("{}/acs", self.base()),
            &[("SAMLResponse", &response), ("RelayState", relay)],
        )
    }

    #[track_caller]
    fn signed_in(&self) -> Agent {
        let mut begun = self.begin();
        let response = Answer {
            name_id: "ann".to_owned(),
            ..self.honest(&begun)
        }
        .text();
        let page = self.post(&mut begun.agent, &response, &begun.relay);
        assert_eq!(
            (page.reply.status, page.url.path()),
            (200, "/open"),
            "{page:?}"
        );
        begun.agent
    }

    /// A sign-in whose response is made of an honest answer.
    #[track_caller]
    fn sent(&self, made: impl FnOnce(Answer) -> String) -> Reply {
        let mut begun = self.begin();
        let response = made(self.honest(&begun));
        self.post(&mut begun.agent, &response, &begun.relay).reply
    }

    /// A sign-in with other words, properly signed twice.
    #[track_caller]
    fn words(&self, bend: impl FnOnce(&mut Answer)) -> Reply {
        self.sent(|mut answer| {
            answer.signed = Some(Signing::by(known()));
            bend(&mut answer);
            answer.text()
        })
    }

    /// A sign-in whose assertion alone is signed, otherwise than honest ones.
    #[track_caller]
    fn signing(&self, bend: impl FnOnce(&mut Signing)) -> Reply {
        self.sent(|mut answer| {
            answer.assertion_signed = Some(Signing::with(bend));
            answer.text()
        })
    }

    /// A sign-in whose text is changed after it was signed.
    #[track_caller]
    fn text(&self, change: impl FnOnce(String) -> String) -> Reply {
        self.sent(|answer| change(answer.text()))
    }

    /// A sign-in whose assertion is sealed, within a signed response or not.
    #[track_caller]
    fn sealed(
        &self,
        signed: bool,
        how: (&str, &str),
        bend: impl FnOnce(String) -> String,
    ) -> Reply {
        let owner = self.site.server.home().join("keys/saml-key.pem");
        let owner = std::fs::read(owner).expect("our key");
        self.sent(|mut answer| {
            let content = bend(sealed(&owner, &answer.assertion(), how));
            answer.signed = signed.then(|| Signing::by(known()));
            answer.around(&content)
        })
    }

    /// A message about the end of Ann's session, which goes on.
    #[track_caller]
    fn ends(&self, send: impl FnOnce(&Signed) -> Reply) -> Reply {
        let ann = self.signed_in_quietly();
        let reply = send(self);
        let cookie = format!("{COOKIE}={}", ann.cookie(LOGIN, COOKIE).expect("a session"));
        let ask = Ask::get("/_sallyport/logout").host(&format!("{LOGIN}:{}", self.site.port));
        let page = self.site.server.send(&ask.header("Cookie", &cookie));
        assert_eq!(page.status, 200, "the session has ended: {page:?}");
        reply
    }

    /// Somebody who has signed in and has not looked at an app.
    #[track_caller]
    fn signed_in_quietly(&self) -> Agent {
        let mut begun = self.begin();
        let response = Answer {
            name_id: "ann".to_owned(),
            ..self.honest(&begun)
        }
        .text();
        begun.agent.stop_before(&self.site.url("/open"));
        let page = self.post(&mut begun.agent, &response, &begun.relay);
        assert_eq!(
            (page.reply.status, page.url.path()),
            (303, "/_sallyport/session"),
            "{page:?}"
        );
        begun.agent.go_on();
        begun.agent
    }

    fn logout(&self) -> (String, String) {
        let id = id();
        let text = format!(
            "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{}\" \
             Destination=\"{}/slo\"><saml:Issuer>{ENTITY}</saml:Issuer><saml:NameID>ann</saml:NameID></samlp:LogoutRequest>",
            after(-10),
            self.base()
        );
        (id, text)
    }

    fn by_query(&self, query: &str) -> Reply {
        let host = format!("{LOGIN}:{}", self.site.port);
        let path = format!("/_sallyport/saml/{}/slo?{query}", sso::NAME);
        self.site
            .server
            .send(&Ask::get(&path).host(&host).browser())
    }

    fn by_form(&self, text: &str) -> Reply {
        let host = format!("{LOGIN}:{}", self.site.port);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLRequest", &BASE64_STANDARD.encode(text))
            .finish();
        let path = format!("/_sallyport/saml/{}/slo", sso::NAME);
        self.site
            .server
            .send(&Ask::post(&path, &form).host(&host).browser())
    }
}

fn deflated(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(encoder.finish().unwrap())
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn unsigned_query(text: &str) -> String {
    format!("SAMLRequest={}", escaped(&deflated(text)))
}

fn query(text: &str, pair: &super::signer::Pair, method: &str) -> String {
    let signed = format!("{}&SigAlg={}", unsigned_query(text), escaped(method));
    let signature = detached(pair, &signed);
    format!("{signed}&Signature={}", escaped(&signature))
}

#[test]
fn only_what_is_signed_is_read() {
    let signed = Signed::start();
    play(&signed, "wrapped", wrapped::WRAPPED);
    play(&signed, "unsigned", unsigned::UNSIGNED);
}

#[test]
fn an_assertion_is_for_us_now_and_once() {
    play(&Signed::start(), "meant", meant::MEANT);
}

#[test]
fn only_the_provider_ends_sessions() {
    let signed = Signed::start();
    play(&signed, "logout", logout::LOGOUT);
    // A good message ends the session, so the refusals above were for what was wrong with theirs.
    let ann = signed.signed_in_quietly();
    signed.by_query(&query(&signed.logout().1, known(), RSA_SHA256));
    let cookie = format!("{COOKIE}={}", ann.cookie(APPS, COOKIE).unwrap());
    let ask = Ask::get("/open")
        .host(&format!("{APPS}:{}", signed.site.port))
        .header("Cookie", &cookie);
    assert_eq!(signed.site.server.send(&ask).status, 401);
}

#[test]
fn heavy_messages_weigh_nothing() {
    let signed = Signed::start();
    signed.good();
    let before = kilobytes(&signed, "VmRSS");
    play(&signed, "heavy", heavy::HEAVY);
    for length in [0, 1, 15, 16, 17, 31, 32, 48, 64, 4096] {
        assert_eq!(
            heavy::cbc_garbage(&signed, length).status,
            401,
            "{length} bytes"
        );
    }
    let bomb = query(&" ".repeat(32 << 20), known(), RSA_SHA256);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(signed.by_query(&bomb).status, 400));
        }
    });
    let most = kilobytes(&signed, "VmHWM");
    assert!(
        most < before + 128 * 1024,
        "it grew from {before} to {most} kB"
    );
    assert_eq!(
        signed.sealed(true, (GCM, OAEP), |content| content).status,
        200,
        "honest ones are opened"
    );
}

/// A number of the server's status, in kB.
fn kilobytes(signed: &Signed, what: &str) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", signed.site.server.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("a number")
}

/// Where an attribute names people, the provider still ends their sessions by the `NameID` it gave.
#[test]
fn the_provider_ends_sessions_by_its_own_name() {
    let signed = Signed {
        site: sso::saml(port(), &metadata(), "subject_attribute = \"uid\"\n"),
    };
    let enter = |name: &str, uid: &str| {
        let mut begun = signed.begin();
        let mut answer = signed.honest(&begun);
        answer.name_id = name.to_owned();
        answer.attributes += &attribute("uid", &[uid]);
        let page = signed.post(&mut begun.agent, &answer.text(), &begun.relay);
        assert_eq!(page.reply.status, 200, "{page:?}");
        begun.agent
    };
    let (mut ann, mut bob) = (enter("ann", "one"), enter("bob", "two"));
    let reply = signed.by_query(&query(&signed.logout().1, known(), RSA_SHA256));
    assert_eq!(reply.status, 303, "{reply:?}");
    let open = |agent: &mut Agent| signed.site.status(agent, "/open");
    assert_eq!((open(&mut ann), open(&mut bob)), (303, 200));
}
