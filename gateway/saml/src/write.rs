//! The messages we send, in the types and the writing of samael.
//!
//! samael writes attributes escaped and most texts as they are, so what goes into a text is escaped here first. A
//! request to end a session is written without its types: they leave out the qualifiers of a `NameID` and the time the
//! request ends, and put `SessionIndex` where the standard has no place for it.

use jiff::{SignedDuration, Timestamp};
use samael::schema::{
    AuthnContextClassRef, AuthnContextComparison, AuthnRequest, Issuer, LogoutResponse,
    NameIdPolicy, RequestedAuthnContext, Status, StatusCode,
};
use samael::signature::Signature;
use samael::traits::ToXml;
use uppsala::XmlWriter;
use url::Url;

use crate::error::{Error, quoted};
use crate::identity::NameId;
use crate::name::{ASSERTION, POST, PROTOCOL, SUCCESS, USER_LOGOUT};
use crate::settings::{Settings, Wish};
use crate::time;

/// How long a request to end a session may be acted on.
const LASTS: SignedDuration = SignedDuration::from_mins(5);
const VERSION: &str = "2.0";

/// What every message begins with.
pub(crate) struct Head<'a> {
    pub(crate) id: &'a str,
    pub(crate) to: &'a Url,
    pub(crate) issuer: &'a str,
    pub(crate) now: Timestamp,
}

impl Head<'_> {
    pub(crate) fn sign_on(
        &self,
        settings: &Settings,
        wish: &Wish,
        form: Option<Signature>,
    ) -> Result<String, Error> {
        let request = AuthnRequest {
            id: self.id.to_owned(),
            version: VERSION.to_owned(),
            issue_instant: instant(self.now)?,
            destination: Some(self.to.to_string()),
            consent: None,
            issuer: Some(self.issuer()),
            signature: form,
            subject: None,
            name_id_policy: Some(NameIdPolicy {
                format: settings.name_id_format.clone(),
                sp_name_qualifier: None,
                allow_create: Some(true),
            }),
            conditions: None,
            requested_authn_context: wish.mfa.then(|| contexts(&settings.mfa_contexts)),
            force_authn: wish.force.then_some(true),
            is_passive: None,
            assertion_consumer_service_index: None,
            assertion_consumer_service_url: Some(settings.acs.to_string()),
            protocol_binding: Some(POST.to_owned()),
            attribute_consuming_service_index: None,
            provider_name: None,
        };
        request.to_string().map_err(|error| unwritten(&*error))
    }

    pub(crate) fn logged_out(
        &self,
        request: &str,
        form: Option<Signature>,
    ) -> Result<String, Error> {
        let response = LogoutResponse {
            id: Some(self.id.to_owned()),
            in_response_to: Some(request.to_owned()),
            version: Some(VERSION.to_owned()),
            issue_instant: Some(instant(self.now)?),
            destination: Some(self.to.to_string()),
            consent: None,
            issuer: Some(self.issuer()),
            signature: form,
            status: Some(Status {
                status_code: StatusCode {
                    value: Some(SUCCESS.to_owned()),
                },
                status_message: None,
                status_detail: None,
            }),
        };
        response.to_string().map_err(|error| unwritten(&*error))
    }

    pub(crate) fn logout(
        &self,
        subject: &NameId,
        session: Option<&str>,
        form: Option<Signature>,
    ) -> Result<String, Error> {
        let (now, end) = (self.now, time::later(self.now, LASTS));
        let attributes = [
            ("xmlns:samlp", PROTOCOL),
            ("xmlns:saml", ASSERTION),
            ("ID", self.id),
            ("Version", VERSION),
            ("IssueInstant", &time::write(now)),
            ("Destination", self.to.as_str()),
            ("Reason", USER_LOGOUT),
            ("NotOnOrAfter", &time::write(end)),
        ];
        let mut writer = XmlWriter::new();
        writer.start_element("samlp:LogoutRequest", &attributes);
        leaf(&mut writer, "saml:Issuer", &[], self.issuer);
        if let Some(form) = form {
            writer.raw(&form.to_string().map_err(|error| unwritten(&*error))?);
        }
        leaf(
            &mut writer,
            "saml:NameID",
            &qualifiers(subject),
            &subject.value,
        );
        if let Some(session) = session {
            leaf(&mut writer, "samlp:SessionIndex", &[], session);
        }
        writer.end_element("samlp:LogoutRequest");
        Ok(writer.into_string())
    }

    fn issuer(&self) -> Issuer {
        Issuer {
            value: Some(escaped(self.issuer)),
            ..Issuer::default()
        }
    }
}

fn contexts(contexts: &[String]) -> RequestedAuthnContext {
    let context = |name: &String| AuthnContextClassRef {
        value: Some(escaped(name)),
    };
    RequestedAuthnContext {
        authn_context_class_refs: Some(contexts.iter().map(context).collect()),
        authn_context_decl_refs: None,
        comparison: Some(AuthnContextComparison::Exact),
    }
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

fn leaf(writer: &mut XmlWriter, name: &str, attributes: &[(&str, &str)], text: &str) {
    writer.start_element(name, attributes);
    writer.text(text);
    writer.end_element(name);
}

/// A time in the type of samael's messages, to the second.
fn instant<T: std::str::FromStr>(now: Timestamp) -> Result<T, Error> {
    time::write(now)
        .parse()
        .map_err(|_| unwritten(&"the time is out of range"))
}

/// Text that stays text where samael writes it as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut writer = XmlWriter::new();
    writer.text(text);
    writer.into_string()
}

pub(crate) fn unwritten(why: &(impl std::fmt::Display + ?Sized)) -> Error {
    let why = quoted(&why.to_string());
    Error::Settings(format!(
        "our own message cannot be written ({why}); look for control characters in `entity_id` and in the addresses"
    ))
}

/// A new id that nobody can guess.
pub(crate) fn id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::Settings("the system gives no random numbers".to_owned()))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("_{hex}"))
}
