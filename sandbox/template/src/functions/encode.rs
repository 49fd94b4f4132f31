//! Functions that encode, hash and encrypt.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::BASE32;
use sha1::Digest as _;

use super::Call;
use super::family::{Entry, bounded};
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("b64enc", "s", |c| Ok(STANDARD.encode(&*c.text(0)).into())),
    ("b64dec", "s", |c| Ok(decoded(STANDARD.decode(&*c.text(0))))),
    ("b32enc", "s", |c| {
        Ok(BASE32.encode(c.text(0).as_bytes()).into())
    }),
    ("b32dec", "s", |c| {
        Ok(decoded(BASE32.decode(c.text(0).as_bytes())))
    }),
    ("sha1sum", "s", |c| {
        Ok(format!("{:x}", sha1::Sha1::digest(c.text(0).as_bytes())).into())
    }),
    ("sha256sum", "s", |c| {
        Ok(format!("{:x}", sha2::Sha256::digest(c.text(0).as_bytes())).into())
    }),
    ("sha512sum", "s", |c| {
        Ok(format!("{:x}", sha2::Sha512::digest(c.text(0).as_bytes())).into())
    }),
    ("adler32sum", "s", |c| {
        Ok(adler32(c.text(0).as_bytes()).to_string().into())
    }),
    ("bcrypt", "s", |c| Ok(hashed(&c.text(0))?.into())),
    ("htpasswd", "ss", |c| match c.text(0).contains(':') {
        true => Err(format!("invalid username: {}", c.text(0))),
        false => Ok(format!("{}:{}", c.text(0), hashed(&c.text(1))?).into()),
    }),
    ("encryptAES", "ss", encrypt),
    ("decryptAES", "ss", decrypt),
];

/// The text, or the words of the error, as sprig gives them.
fn decoded<E: std::fmt::Display>(bytes: Result<Vec<u8>, E>) -> Value {
    match bytes {
        Ok(bytes) => Value::string_of_bytes(&bytes),
        Err(error) => error.to_string().into(),
    }
}

/// The checksum of RFC 1950.
fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % PRIME;
        (low, (high + low) % PRIME)
    });
    high << 16 | low
}

fn hashed(password: &str) -> Result<String, String> {
    bcrypt::hash(password, bcrypt::DEFAULT_COST).map_err(|error| error.to_string())
}

/// The first 32 bytes of the password, filled up with zeros.
fn key(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().zip(password.bytes()) {
        *place = byte;
    }
    key
}

/// AES-256 in CBC mode: a random block, then the text, as base64.
fn encrypt(c: &Call<'_>) -> Result<Value, String> {
    let text = c.text(1);
    bounded(text.len())?;
    let mut start = [0; 16];
    getrandom::fill(&mut start).map_err(|error| error.to_string())?;
    let cipher = cbc::Encryptor::<Aes256>::new(&key(&c.text(0)).into(), &start.into());
    let mut out = start.to_vec();
    out.extend(cipher.encrypt_padded_vec_mut::<Pkcs7>(text.as_bytes()));
    Ok(STANDARD.encode(out).into())
}

fn decrypt(c: &Call<'_>) -> Result<Value, String> {
    let sealed = STANDARD
        .decode(&*c.text(1))
        .map_err(|error| error.to_string())?;
    let (start, sealed) = sealed
        .split_at_checked(16)
        .ok_or("the text is too short to be decrypted")?;
    let start = <[u8; 16]>::try_from(start).map_err(|error| error.to_string())?;
    let cipher = cbc::Decryptor::<Aes256>::new(&key(&c.text(0)).into(), &start.into());
    let text = cipher
        .decrypt_padded_vec_mut::<Pkcs7>(sealed)
        .map_err(|error| error.to_string())?;
    Ok(Value::string_of_bytes(&text))
}
