//! Why the server does not start.

use std::path::PathBuf;

use thiserror::Error;

use crate::{
    StoreError, assertion::AssertionError, authn::CertificateError, config::ConfigError,
    home::HomeError, lifecycle::LifecycleError, listen::ListenError, signin::ProviderError,
};

/// A server that could not be built or run.
#[derive(Debug, Error)]
pub enum BootError {
    /// The configuration file is not good.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The home directory cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The audit log cannot be opened.
    #[error("cannot open the audit log")]
    Audit(#[from] audit::OpenError),
    /// A policy is not good.
    #[error("cannot use the policies")]
    Policy(#[from] policy::PolicyError),
    /// A policy file cannot be read or written.
    #[error("cannot use the policy file `{}`", path.display())]
    PolicyFile {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The metadata cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An identity provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Client certificates cannot be judged.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The keys of assertions cannot be used.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// The key of sealed data cannot be used.
    #[error(transparent)]
    Seal(#[from] ::secrets::SealError),
    /// An installed app cannot be served.
    #[error("cannot serve an installed app")]
    App(#[from] LifecycleError),
    /// An address is taken.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The admin socket cannot be made.
    #[error("cannot listen on the admin socket `{}`", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The program does not know where it lies, so it cannot start workers.
    #[error("cannot find the running program")]
    Binary(#[source] std::io::Error),
    /// No threads.
    #[error("cannot start the runtime")]
    Runtime(#[source] std::io::Error),
    /// A background thread failed.
    #[error("a background task failed")]
    Task(#[source] tokio::task::JoinError),
}
