//! Which servers are trusted: those that the system trusts, or nobody.

use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;

/// Settings for TLS, or what stands in their way.
pub type Tls = Result<rustls::ClientConfig, String>;

/// Trusts what the system trusts, and offers these protocols.
pub fn system(protocols: &[&[u8]]) -> Tls {
    let builder = builder()?
        .with_platform_verifier()
        .map_err(|error| error.to_string())?;
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}

/// Trusts nobody: for servers without TLS, so that a system without certificates can reach them.
pub fn nobody() -> Tls {
    Ok(builder()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}
