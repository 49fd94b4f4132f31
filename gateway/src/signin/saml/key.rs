//! The key with which our messages are signed and assertions are opened, with its certificate.

use jiff::{Timestamp, tz::TimeZone};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

use crate::{
    Home,
    home::write_new,
    signin::providers::{ProviderError, read},
};

/// Both as PEM; made once.
pub(super) fn key(
    home: &Home,
    name: &str,
    now: Timestamp,
) -> Result<(Vec<u8>, Vec<u8>), ProviderError> {
    let keys = home.keys();
    let (key, certificate) = (keys.join("saml-key.pem"), keys.join("saml.pem"));
    if !key.exists() || !certificate.exists() {
        // A check of a home that is not there yet leaves nothing behind.
        let kept = keys.exists();
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
        let pair = pair.map_err(ProviderError::Key)?;
        let made = self_signed(&pair, now).map_err(ProviderError::Key)?;
        if !kept {
            return Ok((pair.serialize_pem().into_bytes(), made.into_bytes()));
        }
        for (path, text) in [(&certificate, made), (&key, pair.serialize_pem())] {
            write_new(path, text.as_bytes()).map_err(|source| ProviderError::File {
                name: name.to_owned(),
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok((read(home, name, &key)?, read(home, name, &certificate)?))
}

fn self_signed(pair: &KeyPair, now: Timestamp) -> Result<String, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CommonName, "Sallyport SAML");
    let year = i32::from(now.to_zoned(TimeZone::UTC).year());
    params.not_before = date_time_ymd(year - 1, 1, 1);
    params.not_after = date_time_ymd(year + 20, 1, 1);
    Ok(params.self_signed(pair)?.pem())
}
