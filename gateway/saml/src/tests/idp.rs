//! An identity provider for tests: it fills a form with words, and signs what it is told to sign.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::loader::load_pem_auto;
use bergshamra::{DsigContext, Key, KeysManager};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

use crate::{Binding, Identity, Provider, Settings};

pub const ENTITY: &str = "https://idp.test/metadata";
pub const OURS: &str = "https://auth.test/_sallyport/saml/office/metadata";
pub const ACS: &str = "https://auth.test/_sallyport/saml/office/acs";
pub const SLO: &str = "https://auth.test/_sallyport/saml/office/slo";
pub const REQUEST: &str = "_0123456789abcdef";
pub const MFA: &str = "https://refeds.org/profile/mfa";

pub struct Pair {
    pub key: Vec<u8>,
    pub certificate: String,
    pub der: Vec<u8>,
}

impl Pair {
    fn new(algorithm: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = CertificateParams::new(vec!["saml.test".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            key: key.serialize_pem().into_bytes(),
            certificate: certificate.pem(),
            der: certificate.der().to_vec(),
        }
    }

    pub fn key(&self) -> Key {
        load_pem_auto(&self.key, None).unwrap()
    }

    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }
}

macro_rules! pair {
    ($name:ident, $algorithm:ident) => {
        pub fn $name() -> &'static Pair {
            static PAIR: OnceLock<Pair> = OnceLock::new();
            PAIR.get_or_init(|| Pair::new(&rcgen::$algorithm))
        }
    };
}
pair!(idp, PKCS_RSA_SHA256);
pair!(stranger, PKCS_RSA_SHA256);
pair!(ours, PKCS_RSA_SHA256);
pair!(curve, PKCS_ECDSA_P256_SHA256);
pair!(wide, PKCS_ECDSA_P384_SHA384);
pair!(widest, PKCS_ECDSA_P521_SHA512);

pub fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub fn after(seconds: i64) -> String {
    now()
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
        .to_string()
}

pub fn metadata(certificates: &[&Pair]) -> String {
    let keys: String = certificates
        .iter()
        .map(|pair| format!("<KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>", pair.base64()))
        .collect();
    format!(
        "<EntityDescriptor xmlns=\"{}\" xmlns:ds=\"{}\" entityID=\"{ENTITY}\"><IDPSSODescriptor protocolSupportEnumeration=\"{}\">{keys}\
         <SingleLogoutService Binding=\"{redirect}\" Location=\"https://idp.test/slo?a=b\" ResponseLocation=\"https://idp.test/slo-done\"/>\
         <SingleSignOnService Binding=\"{redirect}\" Location=\"https://idp.test/sso\"/>\
         <SingleSignOnService Binding=\"{post}\" Location=\"https://idp.test/sso-post\"/></IDPSSODescriptor></EntityDescriptor>",
        crate::name::METADATA,
        crate::name::DSIG,
        crate::name::PROTOCOL,
        redirect = crate::name::REDIRECT,
        post = crate::name::POST,
    )
}

pub fn settings() -> Settings {
    Settings {
        name: "work".to_owned(),
        entity_id: OURS.to_owned(),
        acs: ACS.parse().unwrap(),
        slo: SLO.parse().unwrap(),
        key: ours().key.clone().into(),
        certificate: ours().certificate.clone().into_bytes(),
        idp: metadata(&[idp()]),
        idp_entity: None,
        pins: Vec::new(),
        groups_attribute: "groups".to_owned(),
        name_attribute: Some("displayName".to_owned()),
        email_attribute: Some("mail".to_owned()),
        email_trusted: true,
        subject_attribute: None,
        name_id_format: None,
        binding: Binding::Redirect,
        force_authn: false,
        mfa_contexts: vec![MFA.to_owned()],
        want_encrypted: false,
    }
}

pub fn provider() -> Provider {
    with(|_| {})
}

pub fn with(change: impl FnOnce(&mut Settings)) -> Provider {
    let mut settings = settings();
    change(&mut settings);
    Provider::new(settings, now()).unwrap()
}

/// The word for what `finish` says to the text of a response.
pub fn verdict(response: &str) -> Result<Identity, &'static str> {
    provider()
        .finish(&STANDARD.encode(response), REQUEST, now())
        .map_err(|error| error.code())
}

/// How something is signed; `None` leaves it unsigned.
#[derive(Clone)]
pub struct Signing {
    pub key: Key,
    pub method: &'static str,
    pub digest: &'static str,
    pub canonical: &'static str,
    pub transforms: String,
    pub info: String,
}

impl Signing {
    pub fn new(pair: &Pair) -> Self {
        Self {
            key: pair.key(),
            method: crate::name::RSA_SHA256,
            digest: crate::name::SHA256,
            canonical: crate::name::EXCLUSIVE,
            transforms: format!(
                "<ds:Transform Algorithm=\"{}\"/><ds:Transform Algorithm=\"{}\"/>",
                crate::name::ENVELOPED,
                crate::name::EXCLUSIVE
            ),
            info: String::new(),
        }
    }

    fn form(&self, id: &str) -> String {
        let Self {
            method,
            digest,
            canonical,
            transforms,
            info,
            ..
        } = self;
        format!(
            "<ds:Signature xmlns:ds=\"{}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{canonical}\"/>\
             <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue></ds:SignatureValue>{info}</ds:Signature>",
            crate::name::DSIG
        )
    }

    /// Signs the first element of the text, which must be an issuer's parent.
    pub fn sign(&self, id: &str, text: &str) -> String {
        let place = text.find("</saml:Issuer>").unwrap() + "</saml:Issuer>".len();
        let template = format!("{}{}{}", &text[..place], self.form(id), &text[place..]);
        let mut keys = KeysManager::new();
        keys.add_key(self.key.clone());
        bergshamra::sign(&DsigContext::new(keys), &template).unwrap()
    }
}

/// Every word of a response.
#[derive(Clone)]
pub struct Answer {
    pub id: String,
    pub issuer: String,
    pub destination: String,
    pub answers: String,
    pub status: String,
    pub assertion_id: String,
    pub assertion_issuer: String,
    pub name_id: String,
    pub format: String,
    pub confirmation: String,
    pub recipient: String,
    pub confirmed: String,
    pub confirmed_until: String,
    pub not_before: String,
    pub until: String,
    pub conditions: String,
    pub instant: String,
    pub session: String,
    pub context: String,
    pub attributes: String,
    pub more: String,
    pub signed: Option<Signing>,
    pub assertion_signed: Option<Signing>,
}

pub fn attribute(name: &str, values: &[&str]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>"))
        .collect();
    format!("<saml:Attribute Name=\"{name}\">{values}</saml:Attribute>")
}

pub fn audience(name: &str) -> String {
    format!(
        "<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience></saml:AudienceRestriction>"
    )
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            id: "_response".to_owned(),
            issuer: ENTITY.to_owned(),
            destination: ACS.to_owned(),
            answers: format!("InResponseTo=\"{REQUEST}\""),
            status: "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"
                .to_owned(),
            assertion_id: "_assertion".to_owned(),
            assertion_issuer: ENTITY.to_owned(),
            name_id: "ann".to_owned(),
            format: crate::name::PERSISTENT.to_owned(),
            confirmation: crate::name::BEARER.to_owned(),
            recipient: ACS.to_owned(),
            confirmed: format!("InResponseTo=\"{REQUEST}\""),
            confirmed_until: format!("NotOnOrAfter=\"{}\"", after(300)),
            not_before: after(-30),
            until: after(300),
            conditions: audience(OURS),
            instant: after(-10),
            session: format!(
                "SessionIndex=\"s1\" SessionNotOnOrAfter=\"{}\"",
                after(3600)
            ),
            context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned(),
            attributes: attribute("groups", &["admins", "staff", "admins"])
                + &attribute("displayName", &["Ann &amp; Co"])
                + &attribute("mail", &["ann@idp.test"])
                + &attribute("memberOf", &["root"]),
            more: String::new(),
            signed: None,
            assertion_signed: Some(Signing::new(idp())),
        }
    }
}

impl Answer {
    pub fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut answer = Self::default();
        change(&mut answer);
        answer
    }

    pub fn assertion(&self) -> String {
        let text = format!(
            "<saml:Assertion xmlns:saml=\"{}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\"><saml:Issuer>{}</saml:Issuer>\
             <saml:Subject><saml:NameID Format=\"{}\" SPNameQualifier=\"{OURS}\">{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"{}\"><saml:SubjectConfirmationData {} Recipient=\"{}\" {}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\">{}</saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{}\" {}><saml:AuthnContext><saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{}</saml:AttributeStatement></saml:Assertion>",
            crate::name::ASSERTION,
            self.assertion_id,
            after(-5),
            self.assertion_issuer,
            self.format,
            self.name_id,
            self.confirmation,
            self.confirmed_until,
            self.recipient,
            self.confirmed,
            self.not_before,
            self.until,
            self.conditions,
            self.instant,
            self.session,
            self.context,
            self.attributes,
        );
        match &self.assertion_signed {
            Some(signing) => signing.sign(&self.assertion_id, &text),
            None => text,
        }
    }

    /// A response round that text.
    pub fn around(&self, content: &str) -> String {
        let text = format!(
            "<samlp:Response xmlns:samlp=\"{}\" xmlns:saml=\"{}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\" {}>\
             <saml:Issuer>{}</saml:Issuer><samlp:Status>{}</samlp:Status>{content}{}</samlp:Response>",
            crate::name::PROTOCOL,
            crate::name::ASSERTION,
            self.id,
            after(-5),
            self.destination,
            self.answers,
            self.issuer,
            self.status,
            self.more,
        );
        match &self.signed {
            Some(signing) => signing.sign(&self.id, &text),
            None => text,
        }
    }

    pub fn text(&self) -> String {
        self.around(&self.assertion())
    }
}
