//! Real identity providers, each in a folder of its own on a free port of this machine.
//!
//! `.ci/peers` puts their programs beside the build. A provider ends with its value, and also when the tests are killed:
//! its processes are a group that ends when a pipe from here closes.

pub mod agent;
pub mod keycloak;
pub mod lemonldap;
pub mod oidc;
pub mod simplesaml;

use std::fs::File;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::http::Ask;

/// How long a provider may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(120);

/// The first of the ports that are given out: below those the system gives to connections, so nobody gets them by chance.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port that nobody listens at and that is not given out again.
pub fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let length = PORTS.end - PORTS.start;
    // Test programs of several checkouts run side by side.
    let begin = (std::process::id().wrapping_mul(97) % u32::from(length)) as u16;
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < length, "no port is free");
        let port = PORTS.start + (begin + step) % length;
        if TcpListener::bind(local(port)).is_ok() {
            return port;
        }
    }
}

/// An address of this machine.
pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Where `.ci/peers` put the program of a provider: beside the build, outside of the clone.
pub fn installed(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_sallyport-under-test"));
    let target = built.parent().and_then(Path::parent).unwrap();
    let folder = target.join("peers").join(name);
    assert!(
        folder.exists(),
        "{} is missing; run: bash .ci/peers",
        folder.display()
    );
    folder
}

/// The files a provider is made of, in the repository.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name)
}

/// The processes of a provider; all of them end when this is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program that writes to `log`. A guard waits for the end of its input, which comes with the end of the
    /// tests however they end, and then ends the group.
    pub fn start(log: &Path, program: &mut Command) -> Process {
        let mut guarded = Command::new("sh");
        guarded
            .args([
                "-c",
                "{ \"$@\" </dev/null; kill -KILL 0; } & read -r _; kill -KILL 0",
                "peer",
            ])
            .arg(program.get_program())
            .args(program.get_args());
        for (name, value) in program.get_envs() {
            guarded.env(name, value.unwrap_or_default());
        }
        if let Some(folder) = program.get_current_dir() {
            guarded.current_dir(folder);
        }
        let said = File::create(log).unwrap();
        let child = guarded
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        Process {
            child,
            log: log.to_owned(),
        }
    }

    /// Waits until the provider answers a GET with 200.
    #[track_caller]
    pub fn answers(&mut self, port: u16, ask: &Ask) {
        let deadline = Instant::now() + PATIENCE;
        while !ask
            .try_send(local(port))
            .is_ok_and(|reply| reply.status == 200)
        {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the provider does not answer:\n{}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the provider and waits for that.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    /// The end of what the provider wrote.
    pub fn said(&self) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.log) {
            let _ = file.read_to_end(&mut bytes);
        }
        let from = bytes.len().saturating_sub(6000);
        String::from_utf8_lossy(&bytes[from..]).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes `name.key` and `name.crt`, with which a provider signs.
fn key(folder: &Path, name: &str) {
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        ])
        .args([
            "-subj",
            "/CN=provider.test",
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.crt"),
        ])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}
