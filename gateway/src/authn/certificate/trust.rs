//! What certificates are judged by: authorities and revocation lists as read from disk.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rustls::{
    DistinguishedName, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, CertificateRevocationListDer, UnixTime,
        pem::{self, PemObject},
    },
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use super::CertificateError;

/// Where authorities and revocation lists are.
pub(super) struct Files {
    pub(super) ca: PathBuf,
    pub(super) crl: Vec<PathBuf>,
}

/// What tells that a file changed; nothing for one that is not there.
pub(super) type Stamp = Option<(u64, u64, i64, i64)>;

/// Authorities and revocation lists, ready to judge.
pub(super) struct Trust {
    verifier: Arc<dyn ClientCertVerifier>,
    pub(super) authorities: Vec<DistinguishedName>,
}

impl Files {
    /// What the files look like now.
    pub(super) fn stamps(&self) -> Vec<Stamp> {
        let files = std::iter::once(&self.ca).chain(&self.crl);
        files.map(|path| stamp(path).ok()).collect()
    }
}

fn stamp(path: &Path) -> io::Result<(u64, u64, i64, i64)> {
    let found = fs::metadata(path)?;
    Ok((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

impl Trust {
    /// Reads all files of `[cert.<name>]`; each has to hold something.
    pub(super) fn read(name: &str, files: &Files) -> Result<Trust, CertificateError> {
        let roots = Arc::new(roots(name, &files.ca)?);
        let authorities = roots.subjects();
        let mut lists = Vec::new();
        for path in &files.crl {
            lists.extend(all::<CertificateRevocationListDer<'static>>(
                name,
                path,
                "revocation list",
            )?);
        }
        // Every certificate of the chain has to be covered by a list that is still good; what is not known is
        // not let in.
        let verifier = WebPkiClientVerifier::builder_with_provider(
            roots,
            Arc::new(aws_lc_rs::default_provider()),
        )
        .with_crls(lists)
        .enforce_revocation_expiration()
        .build()
        .map_err(|source| CertificateError::Revocation {
            name: name.to_owned(),
            source,
        })?;
        Ok(Trust {
            verifier,
            authorities,
        })
    }

    /// Whether one of the authorities vouches for the first certificate, now.
    pub(super) fn vouches(
        &self,
        chain: &[CertificateDer<'static>],
        now: Timestamp,
    ) -> Result<(), rustls::Error> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (own, others) = chain
            .split_first()
            .ok_or(rustls::Error::NoCertificatesPresented)?;
        self.verifier.verify_client_cert(own, others, now).map(drop)
    }
}

fn roots(name: &str, path: &Path) -> Result<RootCertStore, CertificateError> {
    let mut roots = RootCertStore::empty();
    for authority in all::<CertificateDer<'static>>(name, path, "certificate")? {
        roots
            .add(authority)
            .map_err(|source| CertificateError::Authority {
                name: name.to_owned(),
                path: path.to_owned(),
                source,
            })?;
    }
    Ok(roots)
}

/// Everything of one kind in a PEM file, at least one.
fn all<T: PemObject>(
    name: &str,
    path: &Path,
    what: &'static str,
) -> Result<Vec<T>, CertificateError> {
    let found = T::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<T>, pem::Error>>);
    let found = found.map_err(|source| CertificateError::Unreadable {
        name: name.to_owned(),
        path: path.to_owned(),
        source,
    })?;
    match found.is_empty() {
        true => Err(CertificateError::Empty {
            name: name.to_owned(),
            path: path.to_owned(),
            what,
        }),
        false => Ok(found),
    }
}
