//! Our own metadata, which the identity provider is given.

use uppsala::XmlWriter;

use crate::name::{DSIG, METADATA, PERSISTENT, POST, PROTOCOL, REDIRECT};
use crate::own::Own;
use crate::settings::Settings;
use crate::write::leaf;

pub(crate) fn descriptor(settings: &Settings, own: &Own) -> String {
    let mut writer = XmlWriter::new();
    writer.write_declaration();
    writer.start_element(
        "md:EntityDescriptor",
        &[("xmlns:md", METADATA), ("entityID", &settings.entity_id)],
    );
    writer.start_element(
        "md:SPSSODescriptor",
        &[
            ("AuthnRequestsSigned", "true"),
            ("WantAssertionsSigned", "true"),
            ("protocolSupportEnumeration", PROTOCOL),
        ],
    );
    key(&mut writer, own, "signing");
    if own.decrypts() {
        key(&mut writer, own, "encryption");
    }
    services(&mut writer, settings);
    writer.end_element("md:SPSSODescriptor");
    writer.end_element("md:EntityDescriptor");
    writer.into_string()
}

fn key(writer: &mut XmlWriter, own: &Own, purpose: &str) {
    writer.start_element("md:KeyDescriptor", &[("use", purpose)]);
    writer.start_element("ds:KeyInfo", &[("xmlns:ds", DSIG)]);
    writer.start_element("ds:X509Data", &[]);
    leaf(writer, "ds:X509Certificate", &[], own.certificate());
    writer.end_element("ds:X509Data");
    writer.end_element("ds:KeyInfo");
    if purpose == "encryption" {
        for method in METHODS {
            writer.empty_element("md:EncryptionMethod", &[("Algorithm", method)]);
        }
    }
    writer.end_element("md:KeyDescriptor");
}

/// What an identity provider that reads this list should choose from.
const METHODS: [&str; 3] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

fn services(writer: &mut XmlWriter, settings: &Settings) {
    for binding in [REDIRECT, POST] {
        let attributes = [("Binding", binding), ("Location", settings.slo.as_str())];
        writer.empty_element("md:SingleLogoutService", &attributes);
    }
    let format = settings.name_id_format.as_deref();
    if format.is_some() || settings.subject_attribute.is_none() {
        leaf(writer, "md:NameIDFormat", &[], format.unwrap_or(PERSISTENT));
    }
    writer.empty_element(
        "md:AssertionConsumerService",
        &[
            ("Binding", POST),
            ("Location", settings.acs.as_str()),
            ("index", "0"),
            ("isDefault", "true"),
        ],
    );
}
