//! Ways round an identity that were found by trying them.

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::reason;
use crate::harness::{CONFIG, Server};
use crate::http::Ask;
use crate::listener::Listener;
use crate::proxy::{WEBSOCKET, holding, serve};

/// A websocket begins like a read, and then anything can be written.
#[test]
fn a_token_that_only_reads_opens_no_websocket() {
    let service = holding();
    let server = serve(&service.url(), "");
    server
        .cli(&["service", "add", "robot", "--groups", "users"])
        .ok();
    let open = |arguments: &[&str]| {
        let mut all = vec!["token", "create", "robot"];
        all.extend(arguments);
        let token = server.cli(&all).ok().stdout;
        let headers = format!("{WEBSOCKET}Authorization: Bearer {}\r\n", token.trim());
        Listener::stranger(&server, "GET /front/ws", &headers).head()
    };
    let before = server.newest();
    let head = open(&["--read-only"]);
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    let since = server.since(before);
    let refused = since.iter().find(|record| record["decision"] == "deny");
    assert_eq!(refused.map(reason), Some("g.token-scope"), "{since:?}");
    let head = open(&[]);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
}

/// A stranger who hangs up while metadata is fetched must not keep it from being fetched for hours.
#[test]
fn metadata_is_fetched_though_somebody_hung_up() {
    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = provider.local_addr().unwrap();
    let (asked, asks) = mpsc::channel();
    thread::spawn(move || {
        // The provider is down while the gateway starts.
        for stream in provider.incoming().skip(1) {
            let _ = asked.send(stream);
        }
    });
    let server = Server::configured(&format!(
        "{CONFIG}\n[login]\norigin = \"http://auth.localhost\"\n\n[saml.corp]\nmetadata_url = \"http://{address}/\"\n"
    ));
    let patience = Duration::from_secs(20);
    let path = "/_sallyport/saml/corp/slo";
    let mut stranger = TcpStream::connect(server.http).unwrap();
    write!(
        stranger,
        "GET {path} HTTP/1.1\r\nHost: auth.localhost\r\n\r\n"
    )
    .unwrap();
    let first = asks.recv_timeout(patience).expect("it is fetched");
    drop(stranger);
    thread::sleep(Duration::from_millis(500));
    let again = thread::spawn(move || asks.recv_timeout(patience).is_ok());
    let reply = server.send(&Ask::get(path).host("auth.localhost"));
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(again.join().unwrap(), "it is fetched again");
    drop(first);
}
