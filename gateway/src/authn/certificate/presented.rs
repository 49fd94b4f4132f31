//! What a client showed in its handshake, and what was thought of it: judged once per connection and entry,
//! and again when authorities change or a little time has passed.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use super::{Entry, Verdict, person};

/// How long a judgement counts, in seconds: certificates and revocation lists run out while a connection lives.
const FRESH: i64 = 10;

/// The certificates of a connection, the client's own first.
#[derive(Debug)]
pub struct Presented {
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// SHA-256 of the client's own.
    pub(super) fingerprint: String,
    /// When the connection began.
    pub(super) at: Timestamp,
    judged: Mutex<HashMap<String, Judged>>,
}

#[derive(Debug)]
struct Judged {
    verdict: Verdict,
    generation: u64,
    at: Timestamp,
}

impl Presented {
    /// What a connection that began at `at` showed, if anything.
    pub fn new(chain: &[CertificateDer<'static>], at: Timestamp) -> Option<Presented> {
        let own = chain.first()?;
        Some(Presented {
            fingerprint: format!("{:x}", Sha256::digest(own)),
            chain: chain.to_vec(),
            at,
            judged: Mutex::default(),
        })
    }

    pub(super) fn judge(&self, entry: &Entry, generation: u64, now: Timestamp) -> Verdict {
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let known = judged.get(&entry.name);
        if let Some(known) = known.filter(|known| known.is_fresh(generation, now)) {
            return known.verdict.clone();
        }
        let verdict = person::named(self, entry, now);
        let new = Judged {
            verdict: verdict.clone(),
            generation,
            at: now,
        };
        judged.insert(entry.name.clone(), new);
        verdict
    }
}

impl Judged {
    fn is_fresh(&self, generation: u64, now: Timestamp) -> bool {
        let age = now.as_second() - self.at.as_second();
        self.generation == generation && (0..FRESH).contains(&age)
    }
}
