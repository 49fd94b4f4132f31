//! TLS to a server: certificates and names are always checked.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

/// A client that trusts the authorities in the file `roots`, or those of the system.
pub fn client(roots: Option<&Path>) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match roots {
        None => builder
            .with_platform_verifier()
            .map_err(|error| error.to_string())?,
        Some(path) => builder.with_root_certificates(authorities(path)?),
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

fn authorities(path: &Path) -> Result<RootCertStore, String> {
    let unusable = |problem: &dyn std::fmt::Display| {
        format!("sslrootcert `{}` cannot be used: {problem}", path.display())
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        store.add(certificate).map_err(|error| unusable(&error))?;
    }
    match store.is_empty() {
        true => Err(unusable(&"it holds no certificate")),
        false => Ok(store),
    }
}
