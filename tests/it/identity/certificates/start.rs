//! Attack 58: authorities or revocation lists that cannot be read end the start, and never mean "no check".

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use super::pki::Authority;
use crate::harness::{CONFIG, cli, command, eventually};

const SECTION: &str = "\n[cert.devices]\nca = \"ca.pem\"\ncrl = [\"list.crl\"]\n";

/// What the server said when it ended by itself.
#[track_caller]
fn start(home: &Path) -> (Option<i32>, String) {
    let log = home.join("start.log");
    let mut child = command(home)
        .args(["server", "start"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    let mut code = None;
    eventually("the server ends, or listens", || {
        let ended = child.try_wait().unwrap();
        code = ended.and_then(|status| status.code());
        ended.is_some() || said().contains("administered through")
    });
    if code.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    (code, said())
}

/// Replaces one file, or takes it away, and says which part of the message names the problem.
type Damage = (&'static str, Option<&'static str>, &'static str);

const DAMAGES: [Damage; 8] = [
    ("ca.pem", None, "cannot read"),
    ("ca.pem", Some(""), "holds no certificate"),
    ("ca.pem", Some("no PEM at all\n"), "holds no certificate"),
    (
        "ca.pem",
        Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        "cannot be used",
    ),
    ("list.crl", None, "cannot read"),
    ("list.crl", Some(""), "holds no revocation list"),
    (
        "list.crl",
        Some("no PEM at all\n"),
        "holds no revocation list",
    ),
    (
        "list.crl",
        Some("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
        "cannot be used",
    ),
];

#[test]
fn what_cannot_be_read_ends_the_start() {
    let authority = Authority::new("Root");
    let home = TempDir::new().unwrap();
    let file = |name: &str| home.path().join(name);
    std::fs::write(file("sallyport.toml"), format!("{CONFIG}{SECTION}")).unwrap();
    let mend = || {
        std::fs::write(file("ca.pem"), &authority.pem).unwrap();
        std::fs::write(file("list.crl"), authority.revokes(&[])).unwrap();
    };
    let check = |name: &str, part: &str| {
        let checked = cli(home.path(), &["server", "check"]);
        let (code, said) = start(home.path());
        for (code, said) in [(checked.code, checked.stderr), (code.unwrap_or(0), said)] {
            assert_eq!(code, 1, "{name}: {said}");
            assert!(
                said.contains(part) && said.contains("cert.devices"),
                "{name}: {said}"
            );
        }
    };
    for (name, text, part) in DAMAGES {
        mend();
        match text {
            Some(text) => std::fs::write(file(name), text).unwrap(),
            None => std::fs::remove_file(file(name)).unwrap(),
        }
        check(name, part);
    }
    // A folder cannot be read by anybody, whoever runs the test.
    for name in ["ca.pem", "list.crl"] {
        mend();
        std::fs::remove_file(file(name)).unwrap();
        std::fs::create_dir(file(name)).unwrap();
        check(name, "cannot read");
        std::fs::remove_dir(file(name)).unwrap();
    }
    mend();
    let plain = CONFIG.replace("[https]\n", "[https]\nenabled = false\n");
    std::fs::write(file("sallyport.toml"), format!("{plain}{SECTION}")).unwrap();
    check("sallyport.toml", "needs HTTPS");
    std::fs::write(file("sallyport.toml"), format!("{CONFIG}{SECTION}")).unwrap();
    cli(home.path(), &["server", "check"]).ok();
}
