//! Client certificates: for apps that ask for one, who shows it is named by it.
//!
//! The handshake proves that the client has the key of what it shows and lets everything pass; whether an
//! authority of ours signed it, and whom it names, is judged here, so that a bad certificate leaves a deny
//! record instead of a broken handshake. What operators change on disk counts within seconds; what cannot be
//! read at the start ends the start, and never means "no check".

mod name;
mod person;
mod presented;
mod trust;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use policy::Person;
use rustls::{DistinguishedName, server::VerifierBuilderError};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::watch;

pub use presented::Presented;

use crate::{
    Home,
    config::{Cert, Config},
    peer::Peer,
};
use trust::{Files, Stamp, Trust};

/// Why client certificates cannot be judged.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// Certificates are shown in TLS only.
    #[error("`[cert.{0}]` needs HTTPS; set `enabled = true` in `[https]` or remove the section")]
    Plain(String),
    /// A file is missing, unreadable or not PEM.
    #[error("cannot read `{}` of `[cert.{name}]`; it must be a PEM file the server may read", path.display())]
    Unreadable {
        /// The section.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds nothing of what it is for.
    #[error("`{}` of `[cert.{name}]` holds no {what}", path.display())]
    Empty {
        /// The section.
        name: String,
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
    },
    /// An authority is no certificate.
    #[error("`{}` of `[cert.{name}]` holds an authority that cannot be used", path.display())]
    Authority {
        /// The section.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// A revocation list cannot be used.
    #[error("a revocation list of `[cert.{name}]` cannot be used")]
    Revocation {
        /// The section.
        name: String,
        /// Why.
        #[source]
        source: VerifierBuilderError,
    },
}

/// Whom a connection is for an entry, or why nobody.
pub type Verdict = Result<Arc<Person>, Unproven>;

/// Why a connection names nobody: a stable code, and what operators read of it.
#[derive(Clone, Debug)]
pub struct Unproven {
    /// The code behind `r.` in records.
    pub code: &'static str,
    /// Provider, reason, and which certificate it was.
    pub detail: Value,
}

/// Everything `[cert.*]` says.
pub struct Certificates {
    entries: BTreeMap<String, Entry>,
    changed: watch::Sender<u64>,
}

/// One `[cert.<name>]` with the authorities in force.
pub struct Entry {
    name: String,
    settings: Cert,
    files: Files,
    trust: ArcSwap<Trust>,
    seen: Mutex<Vec<Stamp>>,
}

impl Certificates {
    /// Reads everything `[cert.*]` names. Blocks.
    pub fn open(home: &Home, config: &Config) -> Result<Certificates, CertificateError> {
        let mut entries = BTreeMap::new();
        for (name, settings) in &config.cert {
            if !config.https.enabled {
                return Err(CertificateError::Plain(name.to_string()));
            }
            entries.insert(
                name.to_string(),
                Entry::open(home, name.as_str(), settings)?,
            );
        }
        Ok(Certificates {
            entries,
            changed: watch::channel(0).0,
        })
    }

    /// Whether anybody is known by a certificate.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of that name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The authorities clients may choose a certificate of.
    pub fn authorities(&self) -> Vec<DistinguishedName> {
        let all = self.entries.values();
        all.flat_map(|entry| entry.trust.load().authorities.clone())
            .collect()
    }

    /// Grows with every change of the authorities or the revocation lists.
    pub fn generation(&self) -> u64 {
        *self.changed.borrow()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Reads again what changed on disk; what cannot be read leaves in force what was. Blocks.
    pub fn refresh(&self) {
        let changed = self
            .entries
            .values()
            .filter(|entry| entry.refresh())
            .count();
        if changed > 0 {
            self.changed.send_modify(|generation| *generation += 1);
        }
    }

    /// Whom the peer is for an entry.
    pub fn judge(&self, entry: &Entry, peer: &Peer, now: Timestamp) -> Verdict {
        let Some(handshake) = &peer.handshake else {
            return Err(entry.unproven("certificate-plain", "the connection is not encrypted"));
        };
        let Some(shown) = &handshake.shown else {
            return Err(entry.unproven("certificate-absent", "the client shows no certificate"));
        };
        // Read before the authorities are: a change in between is judged again.
        let generation = self.generation();
        shown.judge(entry, generation, now)
    }
}

impl Entry {
    fn open(home: &Home, name: &str, settings: &Cert) -> Result<Entry, CertificateError> {
        let files = Files {
            ca: home.join(&settings.ca),
            crl: settings.crl.iter().map(|path| home.join(path)).collect(),
        };
        let seen = files.stamps();
        Ok(Entry {
            trust: ArcSwap::from_pointee(Trust::read(name, &files)?),
            name: name.to_owned(),
            settings: settings.clone(),
            files,
            seen: Mutex::new(seen),
        })
    }

    fn refresh(&self) -> bool {
        let stamps = self.files.stamps();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == stamps {
            return false;
        }
        *seen = stamps;
        match Trust::read(&self.name, &self.files) {
            Ok(trust) => {
                self.trust.store(Arc::new(trust));
                tracing::info!(
                    cert = self.name,
                    "authorities and revocation lists were read again"
                );
                true
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "what was read before stays in force");
                false
            }
        }
    }

    pub(super) fn unproven(&self, code: &'static str, reason: &str) -> Unproven {
        Unproven {
            code,
            detail: json!({ "provider": self.name, "reason": reason }),
        }
    }
}

#[cfg(test)]
mod tests;
