//! The person a certificate names, once an authority vouches for it.

use std::sync::Arc;

use jiff::Timestamp;
use policy::{Authentication, Person, UserId};
use rustls::CertificateError as Bad;
use serde_json::json;
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer,
    x509::AttributeTypeAndValue,
};

use super::{Entry, Presented, Unproven, Verdict, name};
use crate::config::CertIdentity;

/// Longer identities are refused.
const LONGEST: usize = 256;
/// More organisational units than anybody has.
const UNITS: usize = 64;

pub(super) fn named(shown: &Presented, entry: &Entry, now: Timestamp) -> Verdict {
    let own = shown.chain.first().map(AsRef::as_ref).unwrap_or_default();
    let Ok((_, certificate)) = X509Certificate::from_der(own) else {
        return Err(entry.unproven("certificate-refused", "the certificate cannot be read"));
    };
    let refused = |code, reason: &str| about(entry.unproven(code, reason), &certificate);
    entry
        .trust
        .load()
        .vouches(&shown.chain, now)
        .map_err(|error| refused(code(&error), &error.to_string()))?;
    let identity = identity(&certificate, entry.settings.identity)
        .map_err(|reason| refused("certificate-identity", reason))?;
    let units = units(&certificate).map_err(|reason| refused("certificate-identity", reason))?;
    Ok(Arc::new(Person {
        id: UserId::new(format!("{}:{identity}", entry.name)),
        name: identity.clone(),
        provider: entry.name.clone(),
        subject: identity,
        groups: entry.settings.membership().groups(&entry.name, &units),
        email: one(alternatives(&certificate, CertIdentity::Email)),
        disabled: false,
        auth: Authentication {
            session: Some(shown.fingerprint.clone()),
            ..Authentication::plain("certificate", shown.at)
        },
    }))
}

/// The stable code of what an authority does not vouch for.
fn code(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(bad) = error else {
        return "certificate-refused";
    };
    match bad {
        Bad::Expired
        | Bad::ExpiredContext { .. }
        | Bad::NotValidYet
        | Bad::NotValidYetContext { .. } => "certificate-expired",
        Bad::Revoked => "certificate-revoked",
        Bad::UnknownRevocationStatus
        | Bad::ExpiredRevocationList
        | Bad::ExpiredRevocationListContext { .. } => "certificate-unchecked",
        Bad::UnknownIssuer | Bad::BadSignature => "certificate-unknown",
        _ => "certificate-refused",
    }
}

/// Adds which certificate it was.
fn about(mut unproven: Unproven, certificate: &X509Certificate<'_>) -> Unproven {
    let shortened = |text: String| text.chars().take(LONGEST).collect::<String>();
    let issuer = name::written(certificate.issuer()).unwrap_or_default();
    if let Some(detail) = unproven.detail.as_object_mut() {
        let serial = certificate.raw_serial_as_string();
        detail.insert("serial".to_owned(), json!(shortened(serial)));
        detail.insert("issuer".to_owned(), json!(shortened(issuer)));
    }
    unproven
}

fn identity(
    certificate: &X509Certificate<'_>,
    wanted: CertIdentity,
) -> Result<String, &'static str> {
    let identity = match wanted {
        CertIdentity::Subject => name::written(certificate.subject())
            .ok_or("the subject has text that cannot be read")?,
        CertIdentity::Cn => one(certificate.subject().iter_common_name().map(text).collect())
            .ok_or("the subject has no common name, or several")?,
        CertIdentity::Email | CertIdentity::Dns | CertIdentity::Uri => {
            one(alternatives(certificate, wanted))
                .ok_or("there is no alternative name of the kind that is asked for, or several")?
        }
    };
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if identity.is_empty() || identity.chars().any(odd) {
        return Err("the identity is empty or has control characters");
    }
    match identity.chars().count() <= LONGEST {
        true => Ok(identity),
        false => Err("the identity is longer than 256 characters"),
    }
}

/// The groups a certificate names: organisational units that can be read.
fn units(certificate: &X509Certificate<'_>) -> Result<Vec<String>, &'static str> {
    let units = certificate.subject().iter_organizational_unit().map(text);
    let units: Option<Vec<String>> = units.collect();
    let units = units.ok_or("an organisational unit cannot be read")?;
    match units.len() <= UNITS {
        true => Ok(units),
        false => Err("there are too many organisational units"),
    }
}

/// Alternative names of one kind; an extension that cannot be read has none.
fn alternatives(certificate: &X509Certificate<'_>, kind: CertIdentity) -> Vec<Option<String>> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let of_kind = |name: &GeneralName<'_>| match (kind, name) {
        (CertIdentity::Email, GeneralName::RFC822Name(text))
        | (CertIdentity::Dns, GeneralName::DNSName(text))
        | (CertIdentity::Uri, GeneralName::URI(text)) => Some(Some((*text).to_owned())),
        (_, GeneralName::Invalid(..)) => Some(None),
        _ => None,
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(of_kind)
        .collect()
}

/// What there is exactly one of.
fn one(mut found: Vec<Option<String>>) -> Option<String> {
    let only = found.pop().flatten()?;
    found.is_empty().then_some(only)
}

fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    attribute.as_str().ok().map(str::to_owned)
}
