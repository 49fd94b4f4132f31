//! Passwords: hashed with Argon2id, checked a few at a time, and as slow for a name nobody has.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2, PasswordHasher, PasswordVerifier,
    password_hash::{PasswordHash, SaltString},
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::{sync::Semaphore, task, time};

const SHORTEST: usize = 8;
const LONGEST: usize = 1024;
const WAIT: Duration = Duration::from_secs(5);

/// The hash checked when there is no such user: same cost, matches nothing.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsbHlwb3J0LWR1bW15IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password cannot be hashed.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// Too few or too many bytes.
    #[error(
        "the password has fewer than {SHORTEST} or more than {LONGEST} bytes; choose another one"
    )]
    Length,
    /// The operating system gave no randomness.
    #[error("cannot draw a random salt")]
    Random,
    /// Argon2 refused.
    #[error("cannot hash the password")]
    Hash,
}

/// Why a password was not accepted.
#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum CheckError {
    /// Not the password of that user, or no such user.
    #[error("the user name or the password is wrong")]
    Wrong,
    /// Too many checks are waiting.
    #[error("too many sign-ins at once; try again in a moment")]
    Busy,
}

/// Hashes a new password into the text the store keeps. Takes about 20 ms and 19 MiB: call it off the async threads.
pub fn hash(password: &SecretString) -> Result<String, PasswordError> {
    let password = password.expose_secret().as_bytes();
    if !(SHORTEST..=LONGEST).contains(&password.len()) {
        return Err(PasswordError::Length);
    }
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Random)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| PasswordError::Hash)?;
    let hash = Argon2::default()
        .hash_password(password, &salt)
        .map_err(|_| PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Checks a password against the stored hash of a user, or against nobody's in the same time.
pub fn verify(password: &SecretString, stored: Option<&str>) -> Result<(), CheckError> {
    let password = password.expose_secret().as_bytes();
    if password.len() > LONGEST {
        return Err(CheckError::Wrong);
    }
    let hash = PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(|_| CheckError::Wrong)?;
    Argon2::default()
        .verify_password(password, &hash)
        .map_err(|_| CheckError::Wrong)
}

/// Checks passwords on blocking threads, only so many at a time.
pub struct Checker {
    places: Arc<Semaphore>,
    #[cfg(test)]
    pub(super) checks: std::sync::atomic::AtomicUsize,
}

impl Checker {
    /// Makes a checker with this many places.
    pub fn new(places: usize) -> Checker {
        Checker {
            places: Arc::new(Semaphore::new(places)),
            #[cfg(test)]
            checks: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Waits for a place, then checks as [`verify`] does.
    pub async fn check(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<(), CheckError> {
        let place = time::timeout(WAIT, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(CheckError::Busy);
        };
        #[cfg(test)]
        self.checks
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let checked = task::spawn_blocking(move || {
            let checked = verify(&password, stored.as_deref());
            drop(place);
            checked
        });
        checked.await.unwrap_or(Err(CheckError::Busy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_passwords_pass_and_wrong_ones_do_not() {
        let stored = hash(&"correct horse".into()).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert_eq!(verify(&"correct horse".into(), Some(&stored)), Ok(()));
        for wrong in ["", "correct hors", "Correct horse", "correct horse\0"] {
            assert_eq!(verify(&wrong.into(), Some(&stored)), Err(CheckError::Wrong));
        }
        assert_eq!(
            verify(&"correct horse".into(), Some("not a hash")),
            Err(CheckError::Wrong)
        );
        assert_eq!(
            verify(&"correct horse".into(), None),
            Err(CheckError::Wrong)
        );
        assert_eq!(
            verify(&"x".repeat(LONGEST + 1).into(), Some(&stored)),
            Err(CheckError::Wrong)
        );
    }

    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let somebody = hash(&"correct horse".into()).unwrap();
        let cost = |text: &str| text.split('$').nth(3).unwrap().to_owned();
        assert_eq!(cost(NOBODY), cost(&somebody));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn short_passwords_are_refused() {
        for password in ["", "1234567", &"x".repeat(LONGEST + 1)] {
            assert!(matches!(hash(&password.into()), Err(PasswordError::Length)));
        }
    }
}
