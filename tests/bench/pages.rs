//! Requests per second of a Starlark page and of a static file behind the gateway, with an authenticated
//! person, beside nginx serving the same bytes in the same run. Needs `wrk` and `nginx` (`.ci/bench` installs them).
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts its peers and stops when it cannot"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;

const PASSWORD: &str = "correct horse battery";
const APP: &str = r#"
def handler(req):
    return {"Rows": [{"name": "row %d" % i, "size": i * 7} for i in range(50)]}

app = ace.app("Bench", custom_layout=True, routes=[ace.html("/", handler=handler)])
"#;
const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>{{ .AppName }}</title></head><body><p>{{ .UserId }}</p><table>\
{{ range .Data.Rows }}<tr><td>{{ .name }}</td><td>{{ .size }}</td></tr>{{ end }}</table></body></html>\n";
const HELLO: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>Hello</title></head><body><h1>Hello</h1></body></html>\n";

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (gateway, gateway_url) = gateway(folder.path());
    let page = fetch(&format!("{gateway_url}/bench/"));
    let (nginx, nginx_url) = nginx(folder.path(), &page);
    println!(
        "{:<44} {:>10} {:>10} {:>10}",
        "requests, 2 threads, 32 connections", "per s", "p50", "p99"
    );
    load(
        "nginx, the bytes of the Starlark page",
        &format!("{nginx_url}/page.html"),
    );
    load("gateway, Starlark page", &format!("{gateway_url}/bench/"));
    load("nginx, hello.html", &format!("{nginx_url}/hello.html"));
    load(
        "gateway, static hello.html",
        &format!("{gateway_url}/bench/static/hello.html"),
    );
    for mut child in [gateway, nginx] {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn credentials() -> String {
    format!(
        "Authorization: Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("dev:{PASSWORD}"))
    )
}

fn sallyport(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sallyport-under-test"));
    command.env("SALLYPORT_HOME", home);
    command
}

fn run(command: &mut Command) {
    assert!(
        command
            .stdout(Stdio::null())
            .status()
            .expect("it runs")
            .success(),
        "{command:?}"
    );
}

fn gateway(folder: &Path) -> (Child, String) {
    let (home, source) = (folder.join("home"), folder.join("app"));
    std::fs::create_dir_all(source.join("static")).expect("a folder");
    std::fs::create_dir_all(&home).expect("a folder");
    for (name, text) in [
        ("app.star", APP),
        ("index.go.html", PAGE),
        ("static/hello.html", HELLO),
    ] {
        std::fs::write(source.join(name), text).expect("a file");
    }
    std::fs::write(
        home.join("sallyport.toml"),
        "[http]\nport = 0\n[https]\nport = 0\n",
    )
    .expect("a file");
    std::fs::write(folder.join("password"), PASSWORD).expect("a file");
    let mut child = sallyport(&home)
        .args(["server", "start"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("a server");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr"))
        .lines()
        .map_while(Result::ok);
    let url = lines
        .find_map(|line| {
            line.split_whitespace()
                .find(|word| word.starts_with("http://"))
                .map(str::to_owned)
        })
        .expect("a URL");
    std::thread::spawn(move || lines.count());
    std::thread::sleep(std::time::Duration::from_millis(500));
    run(sallyport(&home)
        .args(["user", "add", "dev", "--groups", "users", "--password-file"])
        .arg(folder.join("password")));
    run(sallyport(&home)
        .args(["app", "create", "--approve"])
        .arg(source)
        .arg("/bench"));
    (child, url.trim_end_matches('/').to_owned())
}

fn fetch(url: &str) -> String {
    let output = Command::new("curl")
        .args(["-sf", "-H", &credentials(), url])
        .output()
        .expect("curl");
    assert!(output.status.success(), "{url} answers");
    String::from_utf8(output.stdout).expect("text")
}

fn nginx(folder: &Path, page: &str) -> (Child, String) {
    let root: PathBuf = folder.join("nginx");
    std::fs::create_dir_all(root.join("www")).expect("a folder");
    std::fs::write(root.join("www/page.html"), page).expect("a file");
    std::fs::write(root.join("www/hello.html"), HELLO).expect("a file");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let root_text = root.display();
    let config = format!(
        "daemon off; worker_processes 2; pid {root_text}/pid; error_log {root_text}/error.log;\nevents {{}}\nhttp {{ access_log off; types {{ text/html html; }}\
         \n server {{ listen 127.0.0.1:{port}; root {root_text}/www; }} }}\n"
    );
    std::fs::write(root.join("nginx.conf"), config).expect("a file");
    let child = Command::new("nginx")
        .arg("-c")
        .arg(root.join("nginx.conf"))
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx");
    std::thread::sleep(std::time::Duration::from_millis(500));
    (child, format!("http://127.0.0.1:{port}"))
}

fn load(name: &str, url: &str) {
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
