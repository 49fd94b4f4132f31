//! A hostile identity provider of SAML: it fills a form with words, signs what it is told to sign with a key that the
//! gateway trusts, and seals what it is told to seal. No real provider can be made to write these messages.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bergshamra::crypto::{cipher, keytransport};
use bergshamra::keys::loader::{load_hmac_key, load_pem_auto};
use bergshamra::{DsigContext, Key, KeysManager};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

pub const ENTITY: &str = "http://provider.test/metadata";
/// Where it would ask people; nobody goes there.
pub const SIGN_IN: &str = "http://127.0.0.1:9/sign-in";

pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub const GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub const CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
pub const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

/// A key with its certificate.
pub struct Pair {
    key: Vec<u8>,
    certificate: Vec<u8>,
}

impl Pair {
    fn new() -> Pair {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let params = CertificateParams::new(vec!["provider.test".to_owned()]).unwrap();
        Pair {
            certificate: params.self_signed(&key).unwrap().der().to_vec(),
            key: key.serialize_pem().into_bytes(),
        }
    }

    pub fn key(&self) -> Key {
        load_pem_auto(&self.key, None).unwrap()
    }

    /// What is public of it as the secret of a keyed hash.
    pub fn public_as_secret(&self) -> Key {
        load_hmac_key(&self.certificate).unwrap()
    }

    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.certificate)
    }
}

/// The pair in the provider's metadata.
pub fn known() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::new)
}

/// A pair nobody knows.
pub fn stranger() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::new)
}

pub fn metadata() -> String {
    let redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"{DSIG}\" entityID=\"{ENTITY}\">\
         <IDPSSODescriptor protocolSupportEnumeration=\"{PROTOCOL}\"><KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
         <SingleLogoutService Binding=\"{redirect}\" Location=\"http://127.0.0.1:9/sign-out\"/>\
         <SingleSignOnService Binding=\"{redirect}\" Location=\"{SIGN_IN}\"/></IDPSSODescriptor></EntityDescriptor>",
        known().base64()
    )
}

/// An instant so many seconds from now.
pub fn after(seconds: i64) -> String {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
        .to_string()
}

/// An id that nobody has used.
pub fn id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("_made-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How something is signed.
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
    pub fn by(pair: &Pair) -> Signing {
        Signing {
            key: pair.key(),
            method: RSA_SHA256,
            digest: "http://www.w3.org/2001/04/xmlenc#sha256",
            canonical: EXCLUSIVE,
            transforms: transform(ENVELOPED) + &transform(EXCLUSIVE),
            info: String::new(),
        }
    }

    pub fn with(bend: impl FnOnce(&mut Signing)) -> Signing {
        let mut signing = Signing::by(known());
        bend(&mut signing);
        signing
    }

    fn form(&self, id: &str) -> String {
        let Signing {
            method,
            digest,
            canonical,
            transforms,
            info,
            ..
        } = self;
        format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{canonical}\"/>\
             <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue></ds:SignatureValue>{info}</ds:Signature>"
        )
    }

    /// Signs the element with that id, whose issuer is the first in the text.
    pub fn sign(&self, id: &str, text: &str) -> String {
        let template = after_issuer(text, &self.form(id));
        let mut keys = KeysManager::new();
        keys.add_key(self.key.clone());
        bergshamra::sign(&DsigContext::new(keys), &template).unwrap()
    }
}

pub fn transform(algorithm: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\"/>")
}

/// Puts something behind the first issuer.
pub fn after_issuer(text: &str, more: &str) -> String {
    text.replacen("</saml:Issuer>", &format!("</saml:Issuer>{more}"), 1)
}

/// A certificate that comes along with a signature.
pub fn shown(pair: &Pair) -> String {
    let certificate = pair.base64();
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
}

/// Signs bytes beside a message.
pub fn detached(pair: &Pair, text: &str) -> String {
    let key = pair.key().to_signing_key().unwrap().unwrap();
    let signed = bergshamra::crypto::sign::from_uri(RSA_SHA256)
        .unwrap()
        .sign(&key, text.as_bytes());
    BASE64_STANDARD.encode(signed.unwrap())
}

/// Seals a text for whoever has the private key in `owner`; with `transport` unknown, the wrapped key is noise.
pub fn sealed(owner: &[u8], text: &str, (method, transport): (&str, &str)) -> String {
    let cipher = cipher::from_uri(method).unwrap();
    let key = vec![7; cipher.key_size()];
    let data = BASE64_STANDARD.encode(cipher.encrypt(&key, text.as_bytes()).unwrap());
    let public = load_pem_auto(owner, None)
        .unwrap()
        .to_signing_key()
        .unwrap()
        .unwrap();
    let wrapped = match keytransport::from_uri(transport) {
        Ok(transport) => transport.encrypt(&public, &key).unwrap(),
        Err(_) => vec![1; 256],
    };
    let key = BASE64_STANDARD.encode(wrapped);
    format!(
        "<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc=\"{XENC}\"><xenc:EncryptionMethod Algorithm=\"{method}\"/>\
         <ds:KeyInfo xmlns:ds=\"{DSIG}\"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{transport}\"/>\
         <xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>"
    )
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
    pub audience: String,
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
    pub attributes: String,
    pub signed: Option<Signing>,
    pub assertion_signed: Option<Signing>,
}

/// An attribute with its values.
pub fn attribute(name: &str, values: &[&str]) -> String {
    let values = values
        .iter()
        .map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>"));
    format!(
        "<saml:Attribute Name=\"{name}\">{}</saml:Attribute>",
        values.collect::<String>()
    )
}

pub fn audience(name: &str) -> String {
    format!(
        "<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience></saml:AudienceRestriction>"
    )
}

impl Answer {
    /// An honest one to a request of the gateway whose SAML addresses begin with `base`.
    pub fn honest(base: &str, request: &str) -> Answer {
        Answer {
            id: id(),
            issuer: ENTITY.to_owned(),
            destination: format!("{base}/acs"),
            answers: format!("InResponseTo=\"{request}\""),
            status: "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"
                .to_owned(),
            assertion_id: id(),
            assertion_issuer: ENTITY.to_owned(),
            audience: format!("{base}/metadata"),
            name_id: "mallory".to_owned(),
            format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned(),
            confirmation: "urn:oasis:names:tc:SAML:2.0:cm:bearer".to_owned(),
            recipient: format!("{base}/acs"),
            confirmed: format!("InResponseTo=\"{request}\""),
            confirmed_until: format!("NotOnOrAfter=\"{}\"", after(300)),
            not_before: after(-30),
            until: after(300),
            conditions: audience(&format!("{base}/metadata")),
            instant: after(-10),
            attributes: attribute("groups", &["dev"]),
            signed: None,
            assertion_signed: Some(Signing::by(known())),
        }
    }

    pub fn assertion(&self) -> String {
        let text = format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\"><saml:Issuer>{}</saml:Issuer>\
             <saml:Subject><saml:NameID Format=\"{}\" SPNameQualifier=\"{}\">{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"{}\"><saml:SubjectConfirmationData {} Recipient=\"{}\" {}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\">{}</saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{}\" SessionIndex=\"s-{}\"><saml:AuthnContext>\
             <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{}</saml:AttributeStatement></saml:Assertion>",
            self.assertion_id,
            after(-5),
            self.assertion_issuer,
            self.format,
            self.audience,
            self.name_id,
            self.confirmation,
            self.confirmed_until,
            self.recipient,
            self.confirmed,
            self.not_before,
            self.until,
            self.conditions,
            self.instant,
            self.name_id.len(),
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
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" \
             Destination=\"{}\" {}><saml:Issuer>{}</saml:Issuer><samlp:Status>{}</samlp:Status>{content}</samlp:Response>",
            self.id,
            after(-5),
            self.destination,
            self.answers,
            self.issuer,
            self.status,
        );
        match &self.signed {
            Some(signing) => signing.sign(&self.id, &text),
            None => text,
        }
    }

    pub fn text(&self) -> String {
        self.around(&self.assertion())
    }

    /// The same words of a forger, who cannot sign.
    pub fn evil(&self) -> Answer {
        Answer {
            id: format!("{}-evil", self.id),
            assertion_id: format!("{}-evil", self.assertion_id),
            name_id: "root".to_owned(),
            attributes: attribute("groups", &["dev", "admins"]),
            signed: None,
            assertion_signed: None,
            ..self.clone()
        }
    }

    /// Signed as a whole, not in its assertion.
    pub fn signed_whole(&self) -> Answer {
        Answer {
            signed: Some(Signing::by(known())),
            assertion_signed: None,
            ..self.clone()
        }
    }
}

/// A signed text in two parts: its signature, and itself without.
pub fn parts(signed: &str) -> (String, String) {
    let start = signed.find("<ds:Signature").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (
        signed[start..end].to_owned(),
        format!("{}{}", &signed[..start], &signed[end..]),
    )
}

pub fn with_object(signature: &str, content: &str) -> String {
    signature.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{content}</ds:Object></ds:Signature>"),
    )
}

/// Puts something at the end of an assertion.
pub fn inside(outer: &str, inner: &str) -> String {
    outer.replace("</saml:Assertion>", &format!("{inner}</saml:Assertion>"))
}
