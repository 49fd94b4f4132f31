//! What the page benchmarks share: a gateway with apps, peers beside it, and the load.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;

use crate::started::{PASSWORD, Started, listening, run, sallyport};

/// The header of the one person.
pub fn credentials() -> String {
    format!(
        "Authorization: Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("dev:{PASSWORD}"))
    )
}

/// A gateway with one approved app at `/bench`.
pub fn gateway(folder: &Path, files: &[(&str, &str)]) -> Started {
    let (home, source) = (folder.join("home"), folder.join("app"));
    std::fs::create_dir_all(&home).expect("a folder");
    for (name, text) in files {
        let file = source.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
    std::fs::write(
        home.join("sallyport.toml"),
        "[http]\nport = 0\n[https]\nport = 0\n",
    )
    .expect("a file");
    std::fs::write(folder.join("password"), PASSWORD).expect("a file");
    let started = listening(sallyport(&home).args(["server", "start"]));
    std::thread::sleep(std::time::Duration::from_millis(500));
    run(sallyport(&home)
        .args(["user", "add", "dev", "--groups", "users", "--password-file"])
        .arg(folder.join("password")));
    run(sallyport(&home)
        .args(["app", "create", "--approve"])
        .arg(source)
        .arg("/bench"));
    started
}

/// The body of an answer.
pub fn fetch(url: &str) -> String {
    let output = Command::new("curl")
        .args(["-sf", "-H", &credentials(), url])
        .output()
        .expect("curl");
    assert!(output.status.success(), "{url} answers");
    String::from_utf8(output.stdout).expect("text")
}

/// The head of the table.
pub fn head() {
    println!(
        "{:<44} {:>10} {:>10} {:>10}",
        "requests, 2 threads, 32 connections", "per s", "p50", "p99"
    );
}

/// Five seconds of requests.
pub fn load(name: &str, url: &str) {
    let output = Command::new("wrk")
        .args([
            "-t2",
            "-c32",
            "-d5s",
            "--latency",
            "-H",
            &credentials(),
            url,
        ])
        .output()
        .expect("wrk");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = |label: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(label))
            .unwrap_or("?")
            .trim()
            .to_owned()
    };
    println!(
        "{name:<44} {:>10} {:>10} {:>10}",
        value("Requests/sec:"),
        value("50%"),
        value("99%")
    );
    if let Some(errors) = text
        .lines()
        .find(|line| line.contains("Non-2xx") || line.contains("Socket errors"))
    {
        println!("  {}", errors.trim());
    }
}
