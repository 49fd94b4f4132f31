//! Our own metadata, which the identity provider is given.

use samael::key_info::{KeyInfo, X509Data};
use samael::metadata::{
    EncryptionMethod, Endpoint, EntityDescriptor, IndexedEndpoint, KeyDescriptor, SpSsoDescriptor,
};
use samael::traits::ToXml;

use crate::error::Error;
use crate::name::{PERSISTENT, POST, PROTOCOL, REDIRECT};
use crate::own::Own;
use crate::settings::Settings;
use crate::write::{escaped, unwritten};

/// What an identity provider that reads this list should choose from.
const METHODS: [&str; 3] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

pub(crate) fn descriptor(settings: &Settings, own: &Own) -> Result<String, Error> {
    let descriptor = EntityDescriptor {
        entity_id: Some(settings.entity_id.clone()),
        sp_sso_descriptors: Some(vec![role(settings, own)]),
        ..EntityDescriptor::default()
    };
    descriptor.to_string().map_err(|error| unwritten(&*error))
}

fn role(settings: &Settings, own: &Own) -> SpSsoDescriptor {
    let encryption = own.decrypts().then(|| key(own, "encryption", &METHODS));
    let keys = std::iter::once(key(own, "signing", &[])).chain(encryption);
    SpSsoDescriptor {
        protocol_support_enumeration: Some(PROTOCOL.to_owned()),
        authn_requests_signed: Some(true),
        want_assertions_signed: Some(true),
        key_descriptors: Some(keys.collect()),
        single_logout_services: Some(ends(settings)),
        name_id_formats: Some(formats(settings)),
        assertion_consumer_services: vec![IndexedEndpoint {
            binding: POST.to_owned(),
            location: settings.acs.to_string(),
            response_location: None,
            index: 0,
            is_default: Some(true),
        }],
        ..SpSsoDescriptor::default()
    }
}

fn key(own: &Own, purpose: &str, methods: &[&str]) -> KeyDescriptor {
    let method = |name: &&str| EncryptionMethod {
        algorithm: (*name).to_owned(),
    };
    KeyDescriptor {
        key_use: Some(purpose.to_owned()),
        key_info: KeyInfo {
            id: None,
            x509_data: Some(X509Data {
                certificates: vec![own.certificate().to_owned()],
            }),
        },
        encryption_methods: Some(methods.iter().map(method).collect()),
    }
}

fn ends(settings: &Settings) -> Vec<Endpoint> {
    let end = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: settings.slo.to_string(),
        response_location: None,
    };
    [REDIRECT, POST].into_iter().map(end).collect()
}

/// samael writes formats as they are.
fn formats(settings: &Settings) -> Vec<String> {
    let format = settings.name_id_format.as_deref();
    format
        .or(settings.subject_attribute.is_none().then_some(PERSISTENT))
        .map(escaped)
        .into_iter()
        .collect()
}
