//! Case 55: signed messages for somebody else, of another time, or used before.

use super::*;

pub const MEANT: &[Variant<Signed>] = &[
    ("audience-other", |signed| {
        signed.words(|answer| answer.conditions = audience("https://other.test"))
    }),
    ("audience-missing", |signed| {
        signed.words(|answer| answer.conditions = String::new())
    }),
    ("audience-empty", |signed| {
        signed.words(|answer| answer.conditions = audience(""))
    }),
    ("audience-of-both", |signed| {
        signed.words(|answer| answer.conditions += &audience("https://other.test"))
    }),
    ("condition-unknown", |signed| {
        signed.words(|answer| answer.conditions += "<saml:Condition/>")
    }),
    ("recipient-other", |signed| {
        signed.words(|answer| answer.recipient = "https://other.test/acs".into())
    }),
    ("destination-other", |signed| {
        signed.words(|answer| answer.destination = "https://other.test/acs".into())
    }),
    ("destination-with-slash", |signed| {
        signed.words(|answer| answer.destination += "/")
    }),
    ("issuer-other", |signed| {
        signed.words(|answer| answer.issuer = "https://other.test".into())
    }),
    ("assertion-issuer-other", |signed| {
        signed.words(|answer| answer.assertion_issuer = "https://other.test".into())
    }),
    ("request-other", |signed| {
        signed.words(|answer| answer.answers = "InResponseTo=\"_other\"".into())
    }),
    ("request-missing", |signed| {
        signed.words(|answer| answer.answers = String::new())
    }),
    ("confirmed-request-other", |signed| {
        signed.words(|answer| answer.confirmed = "InResponseTo=\"_other\"".into())
    }),
    ("confirmed-request-missing", |signed| {
        signed.words(|answer| answer.confirmed = String::new())
    }),
    ("holder-of-key", |signed| {
        signed.words(|answer| {
            answer.confirmation = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key".into()
        })
    }),
    ("expired", |signed| {
        signed.words(|answer| answer.until = after(-61))
    }),
    ("confirmation-expired", |signed| {
        signed.words(|answer| answer.confirmed_until = format!("NotOnOrAfter=\"{}\"", after(-61)))
    }),
    ("no-end", |signed| {
        signed.words(|answer| answer.confirmed_until = String::new())
    }),
    ("not-yet", |signed| {
        signed.words(|answer| answer.not_before = after(90))
    }),
    ("from-the-future", |signed| {
        signed.words(|answer| answer.instant = after(90))
    }),
    ("failure", |signed| {
        signed.words(|answer| {
            answer.status =
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/>".into();
        })
    }),
    ("name-for-once", |signed| {
        signed.words(|answer| {
            answer.format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient".into()
        })
    }),
    ("name-with-spaces", |signed| {
        signed.words(|answer| answer.name_id = " ann".into())
    }),
    ("name-with-newline", |signed| {
        signed.words(|answer| answer.name_id = "ann&#10;root".into())
    }),
    ("group-with-element", |signed| {
        signed.words(|answer| answer.attributes = attribute("groups", &["ad<x/>mins"]))
    }),
    ("assertion-again", |signed| {
        let used = id();
        let mut first = signed.begin();
        let answer = Answer {
            assertion_id: used.clone(),
            ..signed.honest(&first)
        };
        first.agent.stop_before(&signed.site.url(""));
        let page = signed.post(&mut first.agent, &answer.text(), &first.relay);
        assert_eq!(page.reply.status, 303, "{page:?}");
        signed.words(|answer| answer.assertion_id = used)
    }),
    ("response-again", |signed| {
        let mut begun = signed.begin();
        let response = signed.honest(&begun).text();
        begun.agent.stop_before(&signed.site.url(""));
        signed.post(&mut begun.agent, &response, &begun.relay);
        signed.post(&mut begun.agent, &response, &begun.relay).reply
    }),
    ("state-missing", |signed| relayed(signed, "")),
    ("state-unknown", |signed| relayed(signed, &"A".repeat(43))),
    ("state-is-an-address", |signed| {
        relayed(signed, "https://evil.test/")
    }),
    ("state-of-another-login", |signed| {
        let (mut begun, other) = (signed.begin(), signed.begin());
        let response = signed.honest(&begun).text();
        signed.post(&mut begun.agent, &response, &other.relay).reply
    }),
    ("state-twice", |signed| {
        let mut begun = signed.begin();
        let response = BASE64_STANDARD.encode(signed.honest(&begun).text());
        let fields = [
            ("SAMLResponse", response.as_str()),
            ("RelayState", &begun.relay),
            ("RelayState", "x"),
        ];
        begun
            .agent
            .post(&format!("{}/acs", signed.base()), &fields)
            .reply
    }),
    ("response-twice", |signed| {
        let mut begun = signed.begin();
        let response = BASE64_STANDARD.encode(signed.honest(&begun).text());
        let fields = [
            ("SAMLResponse", response.as_str()),
            ("SAMLResponse", &response),
            ("RelayState", &begun.relay),
        ];
        begun
            .agent
            .post(&format!("{}/acs", signed.base()), &fields)
            .reply
    }),
    ("another-browser", |signed| {
        let begun = signed.begin();
        let response = signed.honest(&begun).text();
        signed
            .post(&mut Agent::new(), &response, &begun.relay)
            .reply
    }),
    ("last-step-in-another-browser", |signed| {
        Agent::new()
            .glance(&arrival(signed, &mut signed.begin()))
            .reply
    }),
    ("last-step-again", |signed| {
        let mut begun = signed.begin();
        let done = arrival(signed, &mut begun);
        begun.agent.glance(&done);
        begun.agent.glance(&done).reply
    }),
    ("last-step-unknown", |signed| {
        Agent::new()
            .glance(&format!(
                "{}/done?arrival={}",
                signed.base(),
                "A".repeat(43)
            ))
            .reply
    }),
    ("not-base64", |signed| {
        let mut begun = signed.begin();
        let fields = [("SAMLResponse", "*"), ("RelayState", &begun.relay)];
        begun
            .agent
            .post(&format!("{}/acs", signed.base()), &fields)
            .reply
    }),
    ("response-in-the-address", |signed| {
        let begun = signed.begin();
        let response = escaped(&BASE64_STANDARD.encode(signed.honest(&begun).text()));
        let path = format!(
            "/_sallyport/saml/{}/acs?SAMLResponse={response}&RelayState={}",
            sso::NAME,
            begun.relay
        );
        let host = format!("{LOGIN}:{}", signed.site.port);
        signed
            .site
            .server
            .send(&Ask::get(&path).host(&host).browser())
    }),
    ("response-at-an-app-host", |signed| {
        let begun = signed.begin();
        let response = escaped(&BASE64_STANDARD.encode(signed.honest(&begun).text()));
        let path = format!("/_sallyport/saml/{}/acs", sso::NAME);
        let form = format!("SAMLResponse={response}&RelayState={}", begun.relay);
        let host = format!("{APPS}:{}", signed.site.port);
        signed
            .site
            .server
            .send(&Ask::post(&path, &form).host(&host).browser())
    }),
];

fn relayed(signed: &Signed, relay: &str) -> Reply {
    let mut begun = signed.begin();
    let response = signed.honest(&begun).text();
    signed.post(&mut begun.agent, &response, relay).reply
}

/// Where a good response leads, before anybody goes there.
fn arrival(signed: &Signed, begun: &mut Begun) -> String {
    let response = signed.honest(begun).text();
    begun.agent.stop_before(&format!("{}/done", signed.base()));
    let page = signed.post(&mut begun.agent, &response, &begun.relay);
    begun.agent.go_on();
    location(&page).into()
}
