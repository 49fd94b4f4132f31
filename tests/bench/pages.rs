//! Requests per second of a Starlark page and of a static file behind the gateway, with an authenticated
//! person, beside nginx serving the same bytes in the same run. Needs `wrk` and `nginx` (`.ci/bench` installs them).
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts its peers and stops when it cannot"
)]

mod stage;
mod started;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stage::{fetch, gateway, load};
use started::Started;

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
    let gateway = gateway(
        folder.path(),
        &[
            ("app.star", APP),
            ("index.go.html", PAGE),
            ("static/hello.html", HELLO),
        ],
    );
    let (ours, page) = (&gateway.url, fetch(&format!("{}/bench/", gateway.url)));
    let nginx = nginx(folder.path(), &page);
    let theirs = &nginx.url;
    stage::head();
    load(
        "nginx, the bytes of the Starlark page",
        &format!("{theirs}/page.html"),
    );
    load("gateway, Starlark page", &format!("{ours}/bench/"));
    load("nginx, hello.html", &format!("{theirs}/hello.html"));
    load(
        "gateway, static hello.html",
        &format!("{ours}/bench/static/hello.html"),
    );
}

fn nginx(folder: &Path, page: &str) -> Started {
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
    Started {
        child,
        url: format!("http://127.0.0.1:{port}"),
    }
}
