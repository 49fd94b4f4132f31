//! TLS of the public listener: 1.2 and 1.3, with the operator's certificate or one made here.

mod asking;
mod own;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};
use thiserror::Error;

use crate::{Config, Home, authn::Certificates, config::CertFiles};
use asking::Asking;

/// Why TLS cannot be offered.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A PEM file is missing, unreadable or not PEM.
    #[error("cannot read `{}`; it must be a PEM file the server may read", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The file holds no certificate.
    #[error("`{}` holds no certificate", .0.display())]
    Empty(PathBuf),
    /// Certificate and key do not fit, or are of a kind TLS does not know.
    #[error("the certificate and the key cannot be used together")]
    Refused(#[source] rustls::Error),
    /// The certificate of our own cannot be made.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    /// The certificate of our own cannot be kept.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The configuration of the TLS listener; clients are asked for a certificate if any counts. Blocks.
pub fn server_config(
    home: &Home,
    config: &Config,
    certificates: &Certificates,
    now: Timestamp,
) -> Result<Arc<ServerConfig>, TlsError> {
    let https = &config.https;
    let login = config.login.origin.as_ref();
    let login = login.and_then(|origin| origin.url().host_str());
    let files = match &https.files {
        Some(files) => CertFiles {
            cert: home.join(&files.cert),
            key: home.join(&files.key),
        },
        None => own::files(&home.certs(), (&https.host, login), now)?,
    };
    let (chain, key) = (chain(&files.cert)?, key(&files.key)?);
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(TlsError::Refused)?;
    let builder = match certificates.is_empty() {
        true => builder.with_no_client_auth(),
        false => {
            builder.with_client_cert_verifier(Arc::new(Asking::new(certificates.authorities())))
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(TlsError::Refused)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fail = |source| TlsError::Pem {
        path: path.to_owned(),
        source,
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(fail)?
        .collect::<Result<_, _>>()
        .map_err(fail)?;
    if chain.is_empty() {
        Err(TlsError::Empty(path.to_owned()))
    } else {
        Ok(chain)
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        source,
    })
}
