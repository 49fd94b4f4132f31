//! Certificates made for the purpose: who is named, and everything that names nobody.

use std::path::Path;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    DnValue, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;

use super::*;

const NOW: &str = "2026-11-20T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    fn signs(&self, params: &CertificateParams) -> Certificate {
        params
            .signed_by(&KeyPair::generate().unwrap(), &self.issuer)
            .unwrap()
    }

    /// A list that was good until the month given.
    fn revokes(&self, serial: u64, until: (i32, u8)) -> String {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(until.0, until.1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2026, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// A certificate without a name.
fn nobody() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
}

/// A certificate for `C=SE, O=Corp, OU=ops, CN=ann`.
fn ann() -> CertificateParams {
    let mut params = nobody();
    let name = &mut params.distinguished_name;
    name.push(DnType::CountryName, "SE");
    name.push(DnType::OrganizationName, "Corp");
    name.push(DnType::OrganizationalUnitName, "ops");
    name.push(DnType::CommonName, "ann");
    params.serial_number = Some(SerialNumber::from(7));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn open(dir: &Path, section: &str) -> Result<Certificates, CertificateError> {
    let text = format!("[cert.pki]\nca = \"ca.pem\"\n{section}");
    let home = Home::locate(Some(dir.to_owned())).unwrap();
    Certificates::open(&home, &Config::parse("test", &text).unwrap())
}

fn shown(certificate: &Certificate) -> Presented {
    let chain: [CertificateDer<'static>; 1] = [certificate.der().clone()];
    Presented::new(&chain, at(NOW)).unwrap()
}

/// The person's id, or the code.
fn judged(certificates: &Certificates, shown: &Presented, now: &str) -> String {
    let entry = certificates.entry("pki").unwrap();
    match shown.judge(entry, certificates.generation(), at(now)) {
        Ok(person) => person.id.as_str().to_owned(),
        Err(unproven) => unproven.code.to_owned(),
    }
}

#[test]
fn a_certificate_names_its_person() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root");
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let map = "group_map = { ops = [\"local:admins\"] }\ndefault_groups = [\"local:users\"]";
    let certificates = open(dir.path(), map).unwrap();
    let mut params = ann();
    params.subject_alt_names = vec![SanType::Rfc822Name("ann@example.com".try_into().unwrap())];
    let shown = shown(&authority.signs(&params));
    let entry = certificates.entry("pki").unwrap();
    let person = shown.judge(entry, 0, at(NOW)).unwrap();
    assert_eq!(person.id.as_str(), "pki:CN=ann,OU=ops,O=Corp,C=SE");
    assert_eq!(
        (person.provider.as_str(), person.name.as_str()),
        ("pki", "CN=ann,OU=ops,O=Corp,C=SE")
    );
    assert_eq!(person.email.as_deref(), Some("ann@example.com"));
    let groups: Vec<&str> = person.groups.iter().map(|group| group.as_str()).collect();
    assert_eq!(
        groups,
        ["local:admins", "local:users", "pki:ops", "pki:users"]
    );
    assert_eq!(
        (person.auth.method.as_str(), person.auth.mfa),
        ("certificate", false)
    );
    assert_eq!(person.auth.session.as_ref().map(String::len), Some(64));
    assert_eq!(person.auth.at, at(NOW));
}

#[test]
fn only_what_an_authority_vouches_for_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new("Root"), Authority::new("Other"));
    // A new authority of the same name has another key.
    let renewed = Authority::new("Root");
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let certificates = open(dir.path(), "identity = \"cn\"").unwrap();
    let check = |certificate: &Certificate, now: &str, expected: &str| {
        assert_eq!(judged(&certificates, &shown(certificate), now), expected);
    };
    let good = authority.signs(&ann());
    check(&good, NOW, "pki:ann");
    check(&good, "2027-01-01T00:00:01Z", "certificate-expired");
    check(&good, "2025-12-31T23:59:59Z", "certificate-expired");
    check(&other.signs(&ann()), NOW, "certificate-unknown");
    check(&renewed.signs(&ann()), NOW, "certificate-unknown");
    let alone = ann().self_signed(&KeyPair::generate().unwrap()).unwrap();
    check(&alone, NOW, "certificate-unknown");
    let mut server = ann();
    server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    check(&authority.signs(&server), NOW, "certificate-refused");
}

#[test]
fn a_judgement_does_not_outlive_the_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root");
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let certificates = open(dir.path(), "").unwrap();
    let shown = shown(&authority.signs(&ann()));
    assert!(judged(&certificates, &shown, "2026-12-31T23:59:55Z").starts_with("pki:"));
    assert_eq!(
        judged(&certificates, &shown, "2027-01-01T00:00:06Z"),
        "certificate-expired"
    );
}

#[test]
fn an_identity_has_one_meaning() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root");
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let check = |kind: &str, params: &CertificateParams, expected: &str| {
        let certificates = open(dir.path(), &format!("identity = \"{kind}\"")).unwrap();
        let found = judged(&certificates, &shown(&authority.signs(params)), NOW);
        assert_eq!(found, expected, "{kind}");
    };
    let named = |names: &[&str]| {
        let mut params = nobody();
        for (at, name) in names.iter().enumerate() {
            let kind = match at {
                0 => DnType::CommonName,
                _ => DnType::CustomDnType(vec![2, 5, 4, 3 + at as u64]),
            };
            params.distinguished_name.push(kind, *name);
        }
        params
    };
    check("cn", &named(&["ann"]), "pki:ann");
    check("cn", &nobody(), "certificate-identity");
    check("subject", &nobody(), "certificate-identity");
    check("cn", &named(&["a\nb"]), "certificate-identity");
    check("cn", &named(&["a\u{202e}b"]), "certificate-identity");
    check("cn", &named(&[""]), "certificate-identity");
    check(
        "cn",
        &named(&[&"a".repeat(256)]),
        &format!("pki:{}", "a".repeat(256)),
    );
    check("cn", &named(&[&"a".repeat(257)]), "certificate-identity");
    check("subject", &named(&["a,CN=root"]), r"pki:CN=a\,CN\=root");
    let mut odd = nobody();
    let text = rcgen::string::TeletexString::try_from("ann").unwrap();
    odd.distinguished_name
        .push(DnType::CommonName, DnValue::TeletexString(text));
    check("subject", &odd, "certificate-identity");
    check("cn", &odd, "certificate-identity");
    let with = |names: &[SanType]| {
        let mut params = ann();
        params.subject_alt_names = names.to_vec();
        params
    };
    let mail = |text: &str| SanType::Rfc822Name(text.try_into().unwrap());
    let host = |text: &str| SanType::DnsName(text.try_into().unwrap());
    let link = |text: &str| SanType::URI(text.try_into().unwrap());
    let all = with(&[mail("a@b.c"), host("a.example"), link("spiffe://corp/a")]);
    check("email", &all, "pki:a@b.c");
    check("dns", &all, "pki:a.example");
    check("uri", &all, "pki:spiffe://corp/a");
    check(
        "email",
        &with(&[mail("a@b.c"), mail("b@b.c")]),
        "certificate-identity",
    );
    check(
        "dns",
        &with(&[host("a.example"), host("b.example")]),
        "certificate-identity",
    );
    check("uri", &with(&[mail("a@b.c")]), "certificate-identity");
    check("dns", &ann(), "certificate-identity");
}

#[test]
fn revocation_is_never_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new("Root"), Authority::new("Other"));
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let certificate = authority.signs(&ann());
    let check = |list: String, expected: &str| {
        std::fs::write(dir.path().join("crl.pem"), list).unwrap();
        let certificates = open(dir.path(), "crl = [\"crl.pem\"]\nidentity = \"cn\"").unwrap();
        assert_eq!(judged(&certificates, &shown(&certificate), NOW), expected);
    };
    check(authority.revokes(8, (2027, 1)), "pki:ann");
    check(authority.revokes(7, (2027, 1)), "certificate-revoked");
    check(authority.revokes(8, (2026, 11)), "certificate-unchecked");
    check(other.revokes(8, (2027, 1)), "certificate-unchecked");
}

#[test]
fn what_cannot_be_read_ends_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root");
    let check = |ca: Option<&str>, crl: Option<&str>, section: &str, expected: &str| {
        for (name, text) in [("ca.pem", ca), ("crl.pem", crl)] {
            let path = dir.path().join(name);
            let _ = std::fs::remove_file(&path);
            if let Some(text) = text {
                std::fs::write(path, text).unwrap();
            }
        }
        let error = open(dir.path(), section).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let list = "crl = [\"crl.pem\"]";
    check(None, None, "", "cannot read");
    check(Some(""), None, "", "holds no certificate");
    check(
        Some("-----BEGIN CERTIFICATE-----\n"),
        None,
        "",
        "cannot read",
    );
    check(Some(broken), None, "", "cannot be used");
    check(
        Some(&format!("{}{broken}", authority.pem)),
        None,
        "",
        "cannot be used",
    );
    check(Some(&authority.pem), None, list, "cannot read");
    check(
        Some(&authority.pem),
        Some(""),
        list,
        "holds no revocation list",
    );
    check(
        Some(&authority.pem),
        Some(&broken.replace("CERTIFICATE", "X509 CRL")),
        list,
        "cannot be used",
    );
    check(
        Some(&authority.pem),
        None,
        "[https]\nenabled = false",
        "needs HTTPS",
    );
}

#[test]
fn what_changes_on_disk_counts_and_what_is_broken_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root");
    let write = |name: &str, text: &str| {
        let new = dir.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, dir.path().join(name)).unwrap();
    };
    write("ca.pem", &authority.pem);
    write("crl.pem", &authority.revokes(8, (2027, 1)));
    let certificates = open(dir.path(), "crl = [\"crl.pem\"]\nidentity = \"cn\"").unwrap();
    let shown = shown(&authority.signs(&ann()));
    let check = |changed: bool, expected: &str| {
        let before = certificates.generation();
        certificates.refresh();
        assert_eq!(certificates.generation() > before, changed);
        assert_eq!(judged(&certificates, &shown, NOW), expected);
    };
    check(false, "pki:ann");
    write("crl.pem", "broken");
    check(false, "pki:ann");
    write("crl.pem", &authority.revokes(7, (2027, 1)));
    check(true, "certificate-revoked");
    std::fs::remove_file(dir.path().join("crl.pem")).unwrap();
    check(false, "certificate-revoked");
    write("crl.pem", &authority.revokes(9, (2027, 1)));
    check(true, "pki:ann");
    write("ca.pem", &Authority::new("Next").pem);
    check(true, "certificate-unknown");
}
