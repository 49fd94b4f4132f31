//! What the parts below are told: limits and facts of this process, from the configuration.

use std::io::Read;

use audit::{BootFacts, Options};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::BootError;
use crate::{Config, Home, clock};

/// Most descriptors asked for.
const FILES: u64 = 65_536;

/// How the audit log is opened; `policy` is the hash of the set in force.
pub(super) fn audit(home: &Home, config: &Config, policy: &str) -> Result<Options, BootError> {
    let boot = BootFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        binary: binary_hash().map_err(BootError::Binary)?,
        config: config.hash(),
        policy: policy.to_owned(),
    };
    let audit = &config.audit;
    Ok(Options {
        segment_records: audit.segment_records.value(),
        preallocate_bytes: audit.preallocate_mb.value() << 20,
        queue: audit.queue.size(),
        share_percent: u8::try_from(audit.share_percent.value()).unwrap_or(100),
        ..Options::new(home.join(&audit.dir), node(), boot, || {
            clock::nanoseconds(clock::now())
        })
    })
}

/// Allows as many open files as the system does, up to what a gateway can use.
pub(super) fn raise_limits() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            ::tracing::warn!(%error, "cannot raise the limit of open files");
        }
    }
}

/// The machine's name, which every record carries.
fn node() -> String {
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    }
}

/// SHA-256 of the running program, by the library that also does TLS: it is fast in every build.
fn binary_hash() -> std::io::Result<String> {
    let mut file = std::fs::File::open(std::env::current_exe()?)?;
    let Some(suite) = rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13()
    else {
        return Ok(String::new());
    };
    let mut hash = suite.common.hash_provider.start();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hash.update(buffer.get(..length).unwrap_or_default()),
        }
    }
    Ok(hash
        .finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
