//! Our own key and certificate: they sign what we send and open what was encrypted for us.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::sign::{self, SigningKey};
use bergshamra::keys::loader::{load_pem_auto, load_x509_cert_pem};
use bergshamra::{DsigContext, Key, KeysManager};
use samael::signature::{
    CanonicalizationMethod, DigestAlgorithm, DigestMethod, DigestValue, Reference, Signature,
    SignatureAlgorithm, SignatureMethod, SignatureValue, SignedInfo, Transform, Transforms,
};

use crate::certificate;
use crate::error::{Error, quoted};
use crate::name::{ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512, ENVELOPED, EXCLUSIVE, RSA_SHA256};
use crate::settings::Settings;

pub(crate) struct Own {
    private: SigningKey,
    context: DsigContext,
    method: &'static str,
    certificate: String,
}

impl Own {
    pub(crate) fn load(settings: &Settings) -> Result<Self, Error> {
        let key = load_pem_auto(&settings.key, None).map_err(|error| unusable(&error))?;
        let loaded = load_x509_cert_pem(&settings.certificate).map_err(|error| unusable(&error))?;
        let der = loaded.x509_chain.first().map_or(&[][..], Vec::as_slice);
        let certificate = certificate::key(der).map_err(|why| unusable(&why))?;
        if !key.has_private_key() || key.to_spki_der() != certificate.to_spki_der() {
            return Err(Error::Settings(
                "the key and the certificate do not belong together; make a new pair".to_owned(),
            ));
        }
        let private = key.to_signing_key().map_err(|error| unusable(&error))?;
        let own = Self {
            private: private.ok_or_else(|| unusable(&"no private key"))?,
            method: method(&key)?,
            certificate: STANDARD.encode(der),
            context: context(key),
        };
        own.detached(b"a trial")?;
        Ok(own)
    }

    /// The key for opening what was encrypted for us.
    pub(crate) fn private(&self) -> &SigningKey {
        &self.private
    }

    /// The certificate as metadata shows it.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Whether anything can be encrypted for us.
    pub(crate) fn decrypts(&self) -> bool {
        self.method == RSA_SHA256
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    /// A signature beside the signed bytes, as redirects carry it.
    pub(crate) fn detached(&self, bytes: &[u8]) -> Result<String, Error> {
        sign::from_uri(self.method)
            .and_then(|algorithm| algorithm.sign(&self.private, bytes))
            .map(|signature| STANDARD.encode(signature))
            .map_err(|error| unusable(&error))
    }

    /// Fills the form that [`Own::form`] left in a message.
    pub(crate) fn enveloped(&self, message: &str) -> Result<String, Error> {
        bergshamra::sign(&self.context, message).map_err(|error| unusable(&error))
    }

    /// An empty signature of the element with that id.
    pub(crate) fn form(&self, id: &str) -> Signature {
        Signature {
            id: None,
            signed_info: SignedInfo {
                id: None,
                canonicalization_method: CanonicalizationMethod {
                    algorithm: EXCLUSIVE.to_owned(),
                },
                signature_method: SignatureMethod {
                    algorithm: SignatureAlgorithm::Unsupported(self.method.to_owned()),
                    hmac_output_length: None,
                },
                reference: vec![reference(id)],
            },
            signature_value: SignatureValue {
                id: None,
                base64_content: Some(String::new()),
            },
            key_info: None,
        }
    }
}

fn reference(id: &str) -> Reference {
    let transform = |name: &str| Transform {
        algorithm: name.to_owned(),
        xpath: None,
    };
    Reference {
        transforms: Some(Transforms {
            transforms: vec![transform(ENVELOPED), transform(EXCLUSIVE)],
        }),
        digest_method: DigestMethod {
            algorithm: DigestAlgorithm::Sha256,
        },
        digest_value: Some(DigestValue {
            base64_content: Some(String::new()),
        }),
        uri: Some(format!("#{id}")),
        reference_type: None,
        id: None,
    }
}

/// RSA with SHA-256, or ECDSA with the hash of its curve's size.
fn method(key: &Key) -> Result<&'static str, Error> {
    match key.algorithm_name() {
        "RSA" => Ok(RSA_SHA256),
        "EC-P256" => Ok(ECDSA_SHA256),
        "EC-P384" => Ok(ECDSA_SHA384),
        "EC-P521" => Ok(ECDSA_SHA512),
        name => Err(unusable(&format!(
            "`{name}` keys cannot sign SAML; use RSA"
        ))),
    }
}

/// The only keys a signature may be made or verified with.
pub(crate) fn context(key: Key) -> DsigContext {
    let mut keys = KeysManager::new();
    keys.add_key(key);
    DsigContext::new(keys)
}

fn unusable(why: &dyn std::fmt::Display) -> Error {
    Error::Settings(format!(
        "our key cannot be used: {}; give an RSA key and its certificate as PEM",
        quoted(&why.to_string())
    ))
}
