//! Authorities, certificates and revocation lists, made while a test runs, and a client that shows them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};

/// Years in which everything begins to count, and has run out.
const BEGUN: i32 = 2020;
const OVER: i32 = 2021;
const FAR: i32 = 2090;

/// Signs certificates and revocation lists.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
    /// What leads from one that is trusted to this one.
    chain: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let (params, key) = (authority(name), KeyPair::generate().unwrap());
        let pem = params.self_signed(&key).unwrap().pem();
        Authority::of(params, key, (pem, String::new()))
    }

    /// Another one that this one vouches for.
    pub fn below(&self, name: &str) -> Authority {
        self.vouches(authority(name))
    }

    /// A holder who signs, though nobody lets it.
    pub fn posing(&self, wish: Wish) -> Authority {
        self.vouches(wish.0)
    }

    fn vouches(&self, params: CertificateParams) -> Authority {
        let key = KeyPair::generate().unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        let chain = pem.clone() + &self.chain;
        Authority::of(params, key, (pem, chain))
    }

    fn of(params: CertificateParams, key: KeyPair, (pem, chain): (String, String)) -> Authority {
        Authority {
            issuer: Issuer::new(params, key),
            pem,
            chain,
        }
    }

    /// A certificate with all that leads to it, and its key, as one text.
    pub fn signs(&self, wish: &Wish) -> String {
        let key = KeyPair::generate().unwrap();
        let signed = wish.0.signed_by(&key, &self.issuer).unwrap();
        signed.pem() + &self.chain + &key.serialize_pem()
    }

    /// A list that revokes these numbers and counts for a long time.
    pub fn revokes(&self, serials: &[u64]) -> String {
        self.list(serials, FAR)
    }

    /// A list that has run out.
    pub fn revoked_once(&self) -> String {
        self.list(&[], OVER)
    }

    fn list(&self, serials: &[u64], until: i32) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(BEGUN, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(BEGUN, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// What shall be in a certificate.
pub struct Wish(CertificateParams);

impl Wish {
    /// A client's certificate, good for a long time, with this common name and serial number.
    pub fn named(name: &str, serial: u64) -> Wish {
        let mut wish = Wish::nameless(serial);
        wish.0.distinguished_name.push(DnType::CommonName, name);
        wish
    }

    pub fn nameless(serial: u64) -> Wish {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from(serial));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let wish = Wish(params);
        wish.good(BEGUN, FAR)
    }

    fn good(mut self, from: i32, until: i32) -> Wish {
        self.0.not_before = date_time_ymd(from, 1, 1);
        self.0.not_after = date_time_ymd(until, 1, 1);
        self
    }

    pub fn over(self) -> Wish {
        self.good(BEGUN, OVER)
    }

    pub fn early(self) -> Wish {
        self.good(FAR - 1, FAR)
    }

    pub fn of_a_server(mut self) -> Wish {
        self.0.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self
    }

    pub fn unit(mut self, unit: &str) -> Wish {
        let name = &mut self.0.distinguished_name;
        name.push(DnType::OrganizationalUnitName, unit);
        self
    }

    pub fn email(self, text: &str) -> Wish {
        self.also(SanType::Rfc822Name(text.try_into().unwrap()))
    }

    pub fn dns(self, text: &str) -> Wish {
        self.also(SanType::DnsName(text.try_into().unwrap()))
    }

    pub fn uri(self, text: &str) -> Wish {
        self.also(SanType::URI(text.try_into().unwrap()))
    }

    fn also(mut self, name: SanType) -> Wish {
        self.0.subject_alt_names.push(name);
        self
    }

    /// Signed by nobody but itself.
    pub fn alone(&self) -> String {
        let key = KeyPair::generate().unwrap();
        self.0.self_signed(&key).unwrap().pem() + &key.serialize_pem()
    }
}

/// What came back over TLS.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `1.1` or `2`.
    pub version: String,
    pub body: String,
}

/// Asks over TLS with a certificate, or none, and further arguments.
pub fn ask(to: SocketAddr, target: &str, shown: Option<&Path>, arguments: &[&str]) -> Answer {
    let mut curl = curl(to, target, shown);
    let write = ["--max-time", "60", "-w", "\n%{http_code} %{http_version}"];
    let ran = curl.args(write).args(arguments).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let (body, end) = said.rsplit_once('\n').unwrap();
    let (status, version) = end.split_once(' ').unwrap();
    Answer {
        status: status.parse().unwrap(),
        version: version.to_owned(),
        body: body.to_owned(),
    }
}

/// The command that asks; `target` begins with the host.
pub fn curl(to: SocketAddr, target: &str, shown: Option<&Path>) -> Command {
    let (host, path) = target.split_once('/').unwrap();
    let mut curl = Command::new("curl");
    let port = to.port();
    curl.args(["-skN", "--connect-to", &format!("::127.0.0.1:{port}")])
        .arg(format!("https://{host}:{port}/{path}"))
        .stdin(Stdio::null());
    if let Some(file) = shown {
        curl.arg("--cert").arg(file);
    }
    curl
}

/// Keeps a certificate with its key in a file.
pub fn keep(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(format!("{}.pem", name.replace([' ', '/'], "-")));
    std::fs::write(&file, text).unwrap();
    file
}
