//! The address of a server, `postgres://user:password@host:port/database?sslmode=…`.
//!
//! `sslmode` is `disable`, or one of `require`, `verify-ca` and `verify-full`, which all check the
//! certificate and its name, against the system's authorities or the file `sslrootcert`. Without
//! one, or with `prefer`, a server on this machine is spoken to in the clear and any other must
//! offer TLS.

use std::net::IpAddr;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use super::tls;

/// Where a server is, and how it is spoken to.
pub struct Address {
    /// For the client.
    pub config: Config,
    /// How TLS is spoken, where it is.
    pub tls: Option<MakeRustlsConnect>,
    /// For the operator's log: without the password.
    pub shown: String,
}

impl Address {
    /// Reads an address; `password` stands in for the one that is not in it.
    pub fn parse(text: &str, password: Option<&str>) -> Result<Address, String> {
        let mut url = Url::parse(text).map_err(|error| format!("it is not a URL: {error}"))?;
        let (mode, roots) = taken(&mut url);
        let mut config: Config = (url.as_str().parse())
            .map_err(|error: tokio_postgres::Error| super::failure::spelt(&error))?;
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("sallyport");
        }
        if config.get_hosts().is_empty() {
            return Err("it names no host".to_owned());
        }
        let secured = match mode.as_deref() {
            Some("disable") => false,
            None | Some("prefer" | "allow") => !near(&config),
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => {
                return Err(format!(
                    "sslmode `{other}` is not disable, prefer, require, verify-ca or verify-full"
                ));
            }
        };
        config.ssl_mode(if secured {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        Ok(Address {
            tls: secured.then(|| tls::client(roots.as_deref())).transpose()?,
            shown: shown(&url),
            config,
        })
    }
}

/// Takes out of the query what the client does not know.
fn taken(url: &mut Url) -> (Option<String>, Option<PathBuf>) {
    let (mut mode, mut roots) = (None, None);
    let mut kept = Vec::new();
    for (name, value) in url.query_pairs() {
        match &*name {
            "sslmode" => mode = Some(value.into_owned()),
            "sslrootcert" => roots = Some(PathBuf::from(value.into_owned())),
            _ => kept.push((name.into_owned(), value.into_owned())),
        }
    }
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    (mode, roots)
}

/// Whether all hosts are this machine.
fn near(config: &Config) -> bool {
    let loopback = |name: &str| {
        name == "localhost"
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    };
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => loopback(name),
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[track_caller]
    fn secured(text: &str) -> bool {
        Address::parse(text, None).unwrap().tls.is_some()
    }

    #[test]
    fn what_leaves_the_machine_is_secured() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        assert!(!secured("postgres://a@127.0.0.1/b"));
        assert!(!secured("postgresql://a@localhost:1/b?sslmode=prefer"));
        assert!(!secured("postgres:///b?host=/run/postgresql"));
        assert!(!secured("postgres://a@db.example/b?sslmode=disable"));
        assert!(secured("postgres://a@db.example/b"));
        assert!(secured("postgres://a@10.0.0.1/b?connect_timeout=3"));
        assert!(secured("postgres://a@localhost/b?sslmode=verify-full"));
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |text: &str| Address::parse(text, None).err().unwrap();
        assert!(refused("postgres://a@h/b?sslmode=never").contains("sslmode `never`"));
        assert!(
            refused("postgres://a@h/b?sslmode=require&sslrootcert=/nonexistent")
                .contains("/nonexistent")
        );
        assert!(refused("postgres:///b").contains("names no host"));
        assert!(refused("postgres").contains("not a URL"));
    }

    #[test]
    fn passwords_are_not_shown() {
        let address = Address::parse(
            "postgres://a:secret@localhost/b?application_name=secret",
            None,
        );
        assert_eq!(address.unwrap().shown, "postgres://a@localhost/b");
    }
}
