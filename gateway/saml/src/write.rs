//! The messages we send.

use jiff::{SignedDuration, Timestamp};
use uppsala::XmlWriter;
use url::Url;

use crate::error::Error;
use crate::identity::NameId;
use crate::name::{ASSERTION, POST, PROTOCOL, SUCCESS, USER_LOGOUT};
use crate::settings::{Settings, Wish};
use crate::time;

/// How long a request to end a session may be acted on.
const LASTS: SignedDuration = SignedDuration::from_mins(5);

/// What every message begins with.
pub(crate) struct Head<'a> {
    pub(crate) id: &'a str,
    pub(crate) to: &'a Url,
    pub(crate) issuer: &'a str,
    pub(crate) now: Timestamp,
}

impl Head<'_> {
    /// A message of that name: attributes, the issuer, the signature's form, and then its body.
    fn message(
        &self,
        name: &str,
        more: &[(&str, &str)],
        form: &str,
        body: impl FnOnce(&mut XmlWriter),
    ) -> String {
        let (issued, name) = (time::write(self.now), format!("samlp:{name}"));
        let mut attributes = vec![
            ("xmlns:samlp", PROTOCOL),
            ("xmlns:saml", ASSERTION),
            ("ID", self.id),
            ("Version", "2.0"),
            ("IssueInstant", &issued),
            ("Destination", self.to.as_str()),
        ];
        attributes.extend_from_slice(more);
        let mut writer = XmlWriter::new();
        writer.start_element(&name, &attributes);
        leaf(&mut writer, "saml:Issuer", &[], self.issuer);
        writer.raw(form);
        body(&mut writer);
        writer.end_element(&name);
        writer.into_string()
    }

    pub(crate) fn sign_on(&self, settings: &Settings, wish: &Wish, form: &str) -> String {
        let mut more = vec![
            ("AssertionConsumerServiceURL", settings.acs.as_str()),
            ("ProtocolBinding", POST),
        ];
        if wish.force {
            more.push(("ForceAuthn", "true"));
        }
        self.message("AuthnRequest", &more, form, |writer| {
            let mut policy = vec![("AllowCreate", "true")];
            policy.extend(
                settings
                    .name_id_format
                    .as_deref()
                    .map(|format| ("Format", format)),
            );
            writer.empty_element("samlp:NameIDPolicy", &policy);
            if wish.mfa {
                contexts(writer, &settings.mfa_contexts);
            }
        })
    }

    pub(crate) fn logout(&self, subject: &NameId, session: Option<&str>, form: &str) -> String {
        let end = time::write(time::later(self.now, LASTS));
        let more = [("Reason", USER_LOGOUT), ("NotOnOrAfter", &*end)];
        self.message("LogoutRequest", &more, form, |writer| {
            leaf(writer, "saml:NameID", &qualifiers(subject), &subject.value);
            if let Some(session) = session {
                leaf(writer, "samlp:SessionIndex", &[], session);
            }
        })
    }

    pub(crate) fn logged_out(&self, request: &str, form: &str) -> String {
        self.message(
            "LogoutResponse",
            &[("InResponseTo", request)],
            form,
            |writer| {
                writer.start_element("samlp:Status", &[]);
                writer.empty_element("samlp:StatusCode", &[("Value", SUCCESS)]);
                writer.end_element("samlp:Status");
            },
        )
    }
}

fn contexts(writer: &mut XmlWriter, contexts: &[String]) {
    writer.start_element("samlp:RequestedAuthnContext", &[("Comparison", "exact")]);
    for context in contexts {
        leaf(writer, "saml:AuthnContextClassRef", &[], context);
    }
    writer.end_element("samlp:RequestedAuthnContext");
}

fn qualifiers(name: &NameId) -> Vec<(&'static str, &str)> {
    let format = name.format.as_deref().map(|value| ("Format", value));
    let provider = name
        .name_qualifier
        .as_deref()
        .map(|value| ("NameQualifier", value));
    let service = name
        .sp_name_qualifier
        .as_deref()
        .map(|value| ("SPNameQualifier", value));
    format.into_iter().chain(provider).chain(service).collect()
}

pub(crate) fn leaf(writer: &mut XmlWriter, name: &str, attributes: &[(&str, &str)], text: &str) {
    writer.start_element(name, attributes);
    writer.text(text);
    writer.end_element(name);
}

/// A new id that nobody can guess.
pub(crate) fn id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::Settings("the system gives no random numbers".to_owned()))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("_{hex}"))
}
