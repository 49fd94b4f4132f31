//! Opening an encrypted assertion with our key.
//!
//! AES-CBC does not notice a changed text, and its padding answers questions; it is opened only below a signature
//! that holds. RSA 1.5 and triple DES are never opened. Every failure gives the same error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::{cipher, keytransport};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::message::Node;
use crate::name::{DSIG, OAEP, SEALED, UNSEALED, XENC, XENC11};
use crate::own::Own;

/// The text of an `EncryptedAssertion`; `signed` says whether a signature that holds covers it.
pub(crate) fn open(
    encrypted: Node<'_>,
    own: &Own,
    signed: bool,
) -> Result<Zeroizing<String>, Error> {
    let data = encrypted
        .one(XENC, "EncryptedData")
        .or(Err(Error::Encryption))?;
    let method = algorithm(data)?;
    if !(SEALED.contains(&method) || signed && UNSEALED.contains(&method)) {
        return Err(Error::Encryption);
    }
    let key = unwrap(wrapped(encrypted, data)?, own)?;
    let cipher = cipher::from_uri(method).or(Err(Error::Encryption))?;
    if key.len() != cipher.key_size() {
        return Err(Error::Encryption);
    }
    let text = cipher
        .decrypt(&key, &value(data)?)
        .or(Err(Error::Encryption))?;
    String::from_utf8(text)
        .map(Zeroizing::new)
        .or(Err(Error::Encryption))
}

/// The one wrapped key: inside the data, or beside it.
fn wrapped<'m>(encrypted: Node<'m>, data: Node<'m>) -> Result<Node<'m>, Error> {
    let inside = data
        .all(DSIG, "KeyInfo")
        .flat_map(|info| info.all(XENC, "EncryptedKey"));
    let mut keys = inside.chain(encrypted.all(XENC, "EncryptedKey"));
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(Error::Encryption),
    }
}

fn unwrap(wrapped: Node<'_>, own: &Own) -> Result<Zeroizing<Vec<u8>>, Error> {
    let transport = algorithm(wrapped)?;
    if !OAEP.contains(&transport) {
        return Err(Error::Encryption);
    }
    let method = wrapped
        .one(XENC, "EncryptionMethod")
        .or(Err(Error::Encryption))?;
    keytransport::from_uri_with_params(transport, padding(method)?)
        .and_then(|transport| transport.decrypt(own.private(), &value(wrapped).unwrap_or_default()))
        .map(Zeroizing::new)
        .or(Err(Error::Encryption))
}

fn padding(method: Node<'_>) -> Result<keytransport::OaepParams, Error> {
    let named = |space, name| {
        let node = method.optional(space, name).or(Err(Error::Encryption))?;
        Ok(node
            .and_then(|node| node.attribute("Algorithm"))
            .map(str::to_owned))
    };
    if method.all(XENC, "OAEPparams").next().is_some() {
        return Err(Error::Encryption);
    }
    Ok(keytransport::OaepParams {
        digest_uri: named(DSIG, "DigestMethod")?,
        mgf_uri: named(XENC11, "MGF")?,
        oaep_params: None,
    })
}

fn algorithm(node: Node<'_>) -> Result<&str, Error> {
    node.one(XENC, "EncryptionMethod")
        .and_then(|method| method.required("Algorithm"))
        .or(Err(Error::Encryption))
}

fn value(node: Node<'_>) -> Result<Vec<u8>, Error> {
    let text = node
        .one(XENC, "CipherData")
        .and_then(|data| data.one(XENC, "CipherValue"))
        .and_then(Node::text)
        .or(Err(Error::Encryption))?;
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).or(Err(Error::Encryption))
}
