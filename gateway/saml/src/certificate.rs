//! The key in a certificate, when it is one that signatures can rest on.
//!
//! Names, dates and issuers of certificates are not read: in SAML a certificate is trusted because metadata holds it.

use bergshamra::Key;
use bergshamra::keys::loader::load_x509_cert_der;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

const SHORTEST: usize = 2048;

pub(crate) fn key(der: &[u8]) -> Result<Key, String> {
    strong(der)?;
    let key = load_x509_cert_der(der).map_err(|error| error.to_string())?;
    match key.to_signing_key() {
        Ok(Some(_)) => Ok(key),
        Ok(None) => Err("it holds no key".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The verifier itself would take RSA keys of 1024 bits.
fn strong(der: &[u8]) -> Result<(), String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() >= SHORTEST => Ok(()),
        Ok(PublicKey::EC(_)) => Ok(()),
        Ok(PublicKey::RSA(_)) => Err("its RSA key is shorter than 2048 bits".to_owned()),
        Ok(_) | Err(_) => Err("its key is neither RSA nor ECDSA".to_owned()),
    }
}
