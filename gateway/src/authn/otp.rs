//! The second factor of local accounts: codes that change every 30 seconds (TOTP, RFC 6238).
//!
//! SHA-1, six digits and one step of tolerance are what every authenticator app understands. Whether a code was used
//! before is the store's to say.

use jiff::Timestamp;
use thiserror::Error;
use totp_rs::{Builder, Secret, Totp};

/// 160 bits, as RFC 4226 recommends.
const BYTES: usize = 20;
/// What authenticator apps show beside the name.
const ISSUER: &str = "Sallyport";

/// Why there is no second factor.
#[derive(Debug, Error)]
pub enum OtpError {
    /// The operating system gave no randomness.
    #[error("cannot draw a random secret")]
    Random,
    /// The secret or the name cannot be used.
    #[error("cannot make a second factor")]
    Unusable,
}

/// A new secret, as its owner gets it.
pub struct NewOtp {
    /// The secret, to be sealed.
    pub secret: [u8; BYTES],
    /// The same for people to type.
    pub text: String,
    /// The same as an address for authenticator apps.
    pub uri: String,
}

/// What the sealed secret of a user is for.
pub fn purpose(user: &str) -> String {
    format!("otp {user}")
}

/// Makes a secret for the user called `name`.
pub fn make(name: &str) -> Result<NewOtp, OtpError> {
    let mut secret = [0; BYTES];
    getrandom::fill(&mut secret).map_err(|_| OtpError::Random)?;
    let totp = totp(&secret, name).ok_or(OtpError::Unusable)?;
    Ok(NewOtp {
        secret,
        text: totp.secret().to_base32(),
        uri: totp.to_url().map_err(|_| OtpError::Unusable)?,
    })
}

/// The step whose code `given` is, of those around `now`.
pub(super) fn step(secret: &[u8], given: &str, now: Timestamp) -> Option<i64> {
    let digits: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let now = u64::try_from(now.as_second()).ok()?;
    let step = totp(secret, "")?.check(&digits, now)?;
    i64::try_from(step).ok()
}

fn totp(secret: &[u8], name: &str) -> Option<Totp> {
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(name)
        .with_issuer(Some(ISSUER))
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples in RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    fn check(code: &str, second: i64, expected: Option<i64>) {
        let now = Timestamp::from_second(second).unwrap();
        assert_eq!(step(SECRET, code, now), expected, "{code} at {second}");
    }

    #[test]
    fn codes_are_good_in_their_step_and_beside_it() {
        // 94287082, 07081804 and 14050471 in eight digits.
        check("287082", 59, Some(1));
        check("081804", 1_111_111_109, Some(37_037_036));
        check("050471", 1_111_111_111, Some(37_037_037));
        check("287082", 89, Some(1));
        check("287082", 0, Some(1));
        check("287082", 90, None);
        check(" 287 082\n", 59, Some(1));
        for wrong in [
            "",
            "287083",
            "28708",
            "2870820",
            "+87082",
            "２８７０８２",
            "28708x",
        ] {
            check(wrong, 59, None);
        }
    }

    #[test]
    fn secrets_are_told_in_two_ways() {
        let new = make("ana@example").unwrap();
        assert_eq!(new.text.len(), 32);
        assert!(
            new.uri
                .starts_with("otpauth://totp/Sallyport:ana%40example?"),
            "{}",
            new.uri
        );
        assert!(new.uri.contains(&new.text));
        assert_ne!(make("ana").unwrap().text, new.text);
    }
}
