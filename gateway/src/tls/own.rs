//! A self-signed certificate, kept in `certs/` so that browsers need to be told once a year.
//!
//! The first line of the certificate file says for which names and until when it is good; PEM readers
//! skip it. When names or dates no longer fit, a new one is made.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};

use super::TlsError;
use crate::config::CertFiles;

const DAYS: i64 = 365;
/// Renewed when fewer days are left.
const SPARE: i64 = 30;

pub(super) fn files(
    certs: &Path,
    (host, login): (&str, Option<&str>),
    now: Timestamp,
) -> Result<CertFiles, TlsError> {
    let files = CertFiles {
        cert: certs.join("self-signed.pem"),
        key: certs.join("self-signed-key.pem"),
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let names = names(host, login);
    if !is_good(&files, &names, today) {
        make(&files, &names, today)?;
    }
    Ok(files)
}

/// Names of this machine, where we listen, and where people sign in.
fn names(host: &str, login: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "auth.localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .into();
    let everywhere = matches!(host, "" | "0.0.0.0" | "::" | "[::]");
    if !everywhere && !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    if let Some(login) = login.filter(|login| !names.iter().any(|name| name == login)) {
        names.push(login.to_owned());
    }
    names
}

fn is_good(files: &CertFiles, names: &[String], today: Date) -> bool {
    let Ok(text) = fs::read_to_string(&files.cert) else {
        return false;
    };
    let line = text.lines().next().unwrap_or_default();
    let until = line
        .rsplit(' ')
        .next()
        .and_then(|until| until.parse::<Date>().ok());
    let enough = until.is_some_and(|until| days_later(today, SPARE) < until);
    enough && line == first_line(names, until.unwrap_or_default()) && super::key(&files.key).is_ok()
}

fn first_line(names: &[String], until: Date) -> String {
    format!("# self-signed for {} until {until}", names.join(" "))
}

fn days_later(date: Date, days: i64) -> Date {
    date.checked_add(days.days()).unwrap_or(date)
}

fn make(files: &CertFiles, names: &[String], today: Date) -> Result<(), TlsError> {
    let until = days_later(today, DAYS);
    let mut params = CertificateParams::new(names.to_vec()).map_err(TlsError::Make)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Sallyport (self-signed)");
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let date = |date: Date| date_time_ymd(date.year().into(), part(date.month()), part(date.day()));
    params.not_before = date(days_later(today, -1));
    params.not_after = date(until);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::Make)?;
    let certificate = params.self_signed(&key).map_err(TlsError::Make)?;
    write(&files.key, &key.serialize_pem())?;
    write(
        &files.cert,
        &format!("{}\n{}", first_line(names, until), certificate.pem()),
    )
}

/// Writes a file only its owner can read, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let fail = |source| TlsError::Write {
        path: path.to_owned(),
        source,
    };
    let new = path.with_extension("new");
    let opened = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&new);
    let mut file = opened.map_err(fail)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(fail)?;
    fs::rename(&new, path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_is_kept_until_it_no_longer_fits() {
        let dir = tempfile::tempdir().unwrap();
        let read = |host: &str, now: &str| {
            let files = files(dir.path(), (host, None), at(now)).unwrap();
            (fs::read_to_string(&files.cert).unwrap(), files)
        };
        let (first, paths) = read("127.0.0.1", "2026-11-20T12:00:00Z");
        assert!(first.starts_with(
            "# self-signed for localhost auth.localhost 127.0.0.1 ::1 until 2027-11-20\n-----BEGIN"
        ));
        assert_eq!(
            fs::metadata(&paths.key).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(read("0.0.0.0", "2027-10-01T12:00:00Z").0, first);
        let (renewed, _) = read("127.0.0.1", "2027-11-01T12:00:00Z");
        assert_ne!(renewed, first);
        assert!(
            read("gate.example", "2027-11-01T12:00:00Z")
                .0
                .contains(" gate.example until ")
        );
        fs::write(&paths.key, "broken").unwrap();
        files(
            dir.path(),
            ("gate.example", None),
            at("2027-11-01T12:00:00Z"),
        )
        .unwrap();
        assert!(super::super::key(&paths.key).is_ok());
    }

    #[test]
    fn the_certificate_can_be_served() {
        let dir = tempfile::tempdir().unwrap();
        let home = crate::Home::locate(Some(dir.path().to_owned())).unwrap();
        home.create().unwrap();
        let none = crate::authn::Certificates::open(&home, &Default::default()).unwrap();
        let config = super::super::server_config(
            &home,
            &Default::default(),
            &none,
            at("2026-11-20T12:00:00Z"),
        )
        .unwrap();
        assert_eq!(config.alpn_protocols.len(), 2);
    }
}
