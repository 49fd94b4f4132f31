//! The front door over real sockets: own pages, sign-in, sessions, files, refusals, and their records.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use audit::Filter;
use bytes::Bytes;
use policy::{AppId, GroupId, Instance, InstanceId};
use sandbox::{Inspection, Source, Spec};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::{
    Config, Home,
    authn::password,
    authority, boot,
    catalog::{Address, Catalog, Installed},
    store::NewUser,
};

const PASSWORD: &str = "correct horse";

pub(crate) struct Running {
    pub(crate) state: Arc<State>,
    http: SocketAddr,
    https: SocketAddr,
    folder: TempDir,
}

pub(crate) struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn cookie(&self) -> String {
        self.header("set-cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }
}

impl Running {
    pub(crate) async fn start() -> Running {
        Running::at(crate::clock::now).await
    }

    /// A server with this clock.
    async fn at(now: fn() -> jiff::Timestamp) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        boot::prepare(&home).unwrap();
        let text = "[http]\nport = 0\n[https]\nport = 0\n[audit]\npreallocate_mb = 0\n[login]\nattempts = 3\n[apps]\nrequest_body = 1000\n";
        let mut state = boot::build(&home, Config::parse("test", text).unwrap())
            .await
            .unwrap();
        Arc::get_mut(&mut state).unwrap().now = now;
        let (told, bound) = tokio::sync::oneshot::channel();
        let (serving, shutdown) = (Arc::clone(&state), state.stopping.subscribe());
        tokio::spawn(serve(serving, shutdown, move |addresses| {
            told.send(addresses.clone()).unwrap()
        }));
        let addresses = bound.await.unwrap();
        let running = Running {
            state,
            http: addresses.http.unwrap(),
            https: addresses.https.unwrap(),
            folder,
        };
        running.user("ana", &[]).await;
        running.app("/files");
        running
    }

    async fn user(&self, name: &str, groups: &[&str]) {
        let by = authority::tests::authority(&self.folder.path().join(name)).await;
        let hash = password::hash(&SecretString::from(PASSWORD)).unwrap();
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let user = NewUser {
            id: format!("local:{name}"),
            name: name.into(),
            hash,
            groups,
            created: 1,
        };
        self.state.store.add_user(&by, user).await.unwrap();
        by.done();
    }

    /// An approved app of static files.
    fn app(&self, path: &str) {
        let address: Address = path.parse().unwrap();
        let files = [
            ("static/a.css", "body{}"),
            ("static_root/robots.txt", "none"),
        ];
        let files =
            files.map(|(name, text)| (name.to_owned(), Bytes::from_static(text.as_bytes())));
        let source = Arc::new(Source {
            files: BTreeMap::from(files),
        });
        let inspection = Arc::new(Inspection {
            name: "Files".into(),
            redirect_bare_path: true,
            ..Inspection::default()
        });
        let instance = Arc::new(Instance {
            id: InstanceId::new("app_files@prod"),
            app: AppId::new("app_files"),
            path: path.into(),
            env: "prod".into(),
            space: "/".into(),
            sets: Vec::new(),
            approved: true,
            version: 1,
            spec_hash: source.hash(),
            approval_seq: None,
            risk: 0,
            owner_group: GroupId::new("local:admins"),
            auth: "any".into(),
        });
        let spec = Spec {
            instance: Arc::clone(&instance),
            source: Arc::clone(&source),
            params: BTreeMap::new(),
            inspection: Arc::clone(&inspection),
            limits: sandbox::Limits::default(),
            accounts: sandbox::PluginLinks::new(),
            surroundings: sandbox::Surroundings::default(),
        };
        let app = self.state.sandbox.app(spec);
        let installed = Installed {
            address,
            instance,
            app,
            inspection,
            source,
        };
        self.state
            .catalog
            .store(Arc::new(Catalog::default().with(Arc::new(installed))));
    }

    async fn raw(&self, request: String) -> Reply {
        let mut stream = connect(self.http).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply {
            status,
            head: head.into(),
            body: body.into(),
        }
    }

    async fn ask(&self, method: &str, target: &str, headers: &str) -> Reply {
        let host = if headers.contains("Host:") {
            ""
        } else {
            "Host: localhost\r\n"
        };
        self.raw(format!(
            "{method} {target} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n"
        ))
        .await
    }

    pub(crate) async fn get(&self, target: &str, headers: &str) -> Reply {
        self.ask("GET", target, headers).await
    }

    async fn post(&self, target: &str, form: &str, headers: &str) -> Reply {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.ask(
            "POST",
            target,
            &format!(
                "{headers}{kind}\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        )
        .await
    }

    /// Signs in from the app's host over the login's and back; answers what the last step answered.
    async fn login(&self, name: &str, password: &str, headers: &str) -> Reply {
        let begun = self
            .get("/_sallyport/login?next=%2Ffiles%2F", headers)
            .await;
        let bound = format!("Cookie: {}\r\n", begun.cookie());
        let flow = begun.header("location").unwrap().to_owned();
        let flow = flow.rsplit_once("flow=").unwrap().1;
        let page = format!("/_sallyport/login?flow={flow}");
        let form = self.at_login("GET", &page, BROWSER, "").await;
        let cookie = format!("Cookie: {}\r\n", form.cookie());
        let filled = format!(
            "name={name}&password={}&flow={flow}",
            password.replace(' ', "+")
        );
        let sent = format!("{cookie}{}", without_cookies(headers));
        let proven = self
            .at_login("POST", "/_sallyport/login", &sent, &filled)
            .await;
        match proven.header("location") {
            Some(ticket) => {
                let ticket = ticket.rsplit_once('/').unwrap().1.to_owned();
                let headers = join_cookies(headers, &bound);
                self.get(&format!("/_sallyport/{ticket}"), &headers).await
            }
            None => proven,
        }
    }

    /// A request to the login's host.
    async fn at_login(&self, method: &str, target: &str, headers: &str, form: &str) -> Reply {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.raw(format!(
            "{method} {target} HTTP/1.1\r\nHost: auth.localhost\r\nConnection: close\r\n{headers}{kind}\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ))
        .await
    }

    /// The reasons of all deny records; they are written before the decision asked for here is durable.
    async fn denials(&self) -> Vec<String> {
        assert_eq!(self.get("/_sallyport/health", "").await.status, 200);
        let filter = Filter {
            decision: Some(audit::Verdict::Deny),
            limit: 50,
            ..Filter::default()
        };
        let rows = self.state.gate.log().query().list(&filter).unwrap();
        rows.iter()
            .flat_map(|row| row.record["reasons"].as_array().unwrap())
            .map(|reason| reason.as_str().unwrap().to_owned())
            .collect()
    }
}

const BROWSER: &str = "Accept: text/html\r\n";

fn without_cookies(headers: &str) -> String {
    let lines = headers.split_inclusive("\r\n");
    lines.filter(|line| !line.starts_with("Cookie:")).collect()
}

/// One `Cookie` line of the lines in `headers` and `more`.
fn join_cookies(headers: &str, more: &str) -> String {
    let lines = headers.split_inclusive("\r\n").chain([more]);
    let cookies = lines.filter_map(|line| line.trim().strip_prefix("Cookie: "));
    let cookies: Vec<&str> = cookies.collect();
    format!(
        "{}Cookie: {}\r\n",
        without_cookies(headers),
        cookies.join("; ")
    )
}

fn basic(name: &str, password: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!(
        "Authorization: Basic {}\r\n",
        BASE64_STANDARD.encode(format!("{name}:{password}"))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn own_pages_answer() {
    let server = Running::start().await;
    let health = server.get("/_sallyport/health", "").await;
    assert_eq!((health.status, &*health.body), (200, "OK\n"));
    assert_eq!(server.get("/_sallyport/ready", "").await.status, 200);
    let page = server
        .get("/_sallyport/login?next=%2F%2Fevil", BROWSER)
        .await;
    assert_eq!(page.status, 303, "people sign in elsewhere");
    let flow = page.header("location").unwrap().to_owned();
    assert!(flow.starts_with("http://auth.localhost/"), "{flow}");
    let flow = &flow[flow.find("/_sallyport").unwrap()..];
    let page = server.at_login("GET", flow, BROWSER, "").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'; style-src 'self'")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let style = server.get(crate::page::STYLE, "").await;
    assert_eq!(
        (style.status, style.header("content-type")),
        (200, Some("text/css; charset=utf-8"))
    );
    let head = server.ask("HEAD", "/_sallyport/health", "").await;
    assert_eq!(
        (head.status, &*head.body, head.header("content-length")),
        (200, "", Some("3"))
    );
    for (method, target, status) in [
        ("POST", "/_sallyport/health", 405),
        ("DELETE", "/_sallyport/logout", 405),
        ("GET", "/_sallyport/nothing", 404),
        ("GET", "/_sallyport/asset/x.css", 404),
        ("GET", "/nowhere", 404),
        ("TRACE", "/", 405),
        ("GET", "/_sallyport/%2e%2e/x", 400),
    ] {
        let reply = server.ask(method, target, "").await;
        assert_eq!(reply.status, status, "{method} {target}");
        assert!(
            reply.header("sallyport-decision").is_some(),
            "{method} {target}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_and_out() {
    let server = Running::start().await;
    let sent = server.get("/files/robots.txt", BROWSER).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, Some("/_sallyport/login?next=%2Ffiles%2Frobots.txt"))
    );
    let reply = server.login("ana", PASSWORD, "").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some("/files/")),
        "{}",
        reply.head
    );
    let set = reply.header("set-cookie").unwrap();
    assert!(
        set.starts_with("sallyport=")
            && set.contains("HttpOnly; SameSite=Lax")
            && !set.contains("Secure")
    );
    let first = format!("Cookie: {}\r\n", reply.cookie());
    assert_eq!(server.get("/files/robots.txt", &first).await.status, 200);

    let again = server.login("ana", PASSWORD, &first).await;
    let second = format!("Cookie: {}\r\n", again.cookie());
    assert_ne!(first, second);
    assert_eq!(
        server.get("/files/robots.txt", &first).await.status,
        401,
        "the old session is dead"
    );
    let home = server.get("/", &format!("{second}{BROWSER}")).await;
    assert!(
        home.status == 200 && home.body.contains("href=\"/files\"") && home.body.contains("ana"),
        "{}",
        home.body
    );

    let out = server.post("/_sallyport/logout", "", &second).await;
    assert_eq!(
        (out.status, out.header("location")),
        (303, Some("/_sallyport/signed-out"))
    );
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(
        server.get("/files/robots.txt", &second).await.status,
        401,
        "a replayed cookie is nobody's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_survive_memory_and_end_with_their_user() {
    let server = Running::start().await;
    let cookie = format!(
        "Cookie: {}\r\n",
        server.login("ana", PASSWORD, "").await.cookie()
    );
    server.state.authn.forget_all();
    assert_eq!(
        server.get("/files/robots.txt", &cookie).await.status,
        200,
        "read from the store again"
    );
    let by = authority::tests::authority(&server.folder.path().join("by")).await;
    server.state.store.delete_user(&by, "ana").await.unwrap();
    by.done();
    server.state.authn.forget_user("local:ana");
    assert_eq!(server.get("/files/robots.txt", &cookie).await.status, 401);
    assert_eq!(
        server
            .get("/files/robots.txt", &basic("ana", PASSWORD))
            .await
            .status,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_when_idle_and_when_old() {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    let server = Running::at(|| {
        jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(HOURS.load(SeqCst))
    })
    .await;
    let start = async || {
        format!(
            "Cookie: {}\r\n",
            server.login("ana", PASSWORD, "").await.cookie()
        )
    };
    let later = async |hours: i64, cookie: &str| {
        HOURS.fetch_add(hours, SeqCst);
        server.get("/files/robots.txt", cookie).await.status
    };
    let cookie = start().await;
    assert_eq!(
        (later(7, &cookie).await, later(7, &cookie).await),
        (200, 200),
        "use keeps it"
    );
    server.state.authn.forget_all();
    assert_eq!(later(7, &cookie).await, 200, "the store knows of the use");
    assert_eq!(later(8, &cookie).await, 401, "unused for eight hours");
    let cookie = start().await;
    for _ in 0..27 {
        assert_eq!(later(6, &cookie).await, 200);
    }
    assert_eq!(later(6, &cookie).await, 401, "seven days old");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow_and_recorded() {
    let server = Running::start().await;
    for _ in 0..3 {
        let reply = server.login("ana", "wrong horse", BROWSER).await;
        assert_eq!(reply.status, 401);
        assert!(reply.body.contains("role=\"alert\"") && reply.header("set-cookie").is_none());
        assert!(
            reply.header("www-authenticate").is_none(),
            "the browser shows our form, not its own"
        );
    }
    let reply = server.login("ana", PASSWORD, BROWSER).await;
    assert_eq!(reply.status, 429, "even the right one has to wait");
    assert!(reply.header("retry-after").is_some());
    let denials = server.denials().await.join("\n");
    assert!(
        denials.contains("r.login-failed") && denials.contains("r.login-throttled"),
        "{denials}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_first_requests_cost_one_attempt() {
    let server = Arc::new(Running::start().await);
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let server = Arc::clone(&server);
        all.spawn(async move {
            server
                .get("/files/robots.txt", &basic("ana", PASSWORD))
                .await
                .status
        });
    }
    assert!(all.join_all().await.into_iter().all(|status| status == 200));
    let wrong = server.get("/files/robots.txt", &basic("ana", "x")).await;
    assert_eq!(wrong.status, 401);
    assert!(
        wrong
            .header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
    assert!(
        wrong
            .body
            .contains(wrong.header("sallyport-decision").unwrap())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_served_after_a_decision() {
    let server = Running::start().await;
    let ana = basic("ana", PASSWORD);
    let style = server.get("/files/static/a.css", &ana).await;
    assert_eq!((style.status, &*style.body), (200, "body{}"));
    assert_eq!(style.header("x-content-type-options"), Some("nosniff"));
    let tag = style.header("etag").unwrap();
    assert_eq!(
        server
            .get(
                "/files/static/a.css",
                &format!("{ana}If-None-Match: {tag}\r\n")
            )
            .await
            .status,
        304
    );
    let named = format!("/files/static/a-{}.css", tag.trim_matches('"'));
    assert!(
        server
            .get(&named, &ana)
            .await
            .header("cache-control")
            .unwrap()
            .contains("immutable")
    );
    for (method, target, status) in [
        (
            "GET",
            "/files/static/a-0000000000000000000000000000000000000000000000000000000000000000.css",
            404,
        ),
        ("GET", "/files/static/", 403),
        ("GET", "/files/static/x", 404),
        ("GET", "/files/nothing", 404),
        ("POST", "/files/static/a.css", 405),
        ("GET", "/files", 307),
        ("GET", "/files/", 404),
    ] {
        assert_eq!(
            server.ask(method, target, &ana).await.status,
            status,
            "{method} {target}"
        );
    }
    assert_eq!(
        server.get("/files?a=b", &ana).await.header("location"),
        Some("/files/?a=b")
    );
    assert_eq!(server.get("/files/static/a.css", "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_other_origins_and_large_bodies_are_refused() {
    let server = Running::start().await;
    let ana = basic("ana", PASSWORD);
    let foreign = server
        .post(
            "/files/x",
            "a=b",
            &format!("{ana}Sec-Fetch-Site: cross-site\r\n"),
        )
        .await;
    assert_eq!(foreign.status, 403);
    assert_eq!(
        server
            .login("ana", PASSWORD, "Origin: https://evil.example\r\n")
            .await
            .status,
        403
    );
    assert_eq!(
        server
            .post("/files/x", &"a".repeat(2000), &ana)
            .await
            .status,
        413
    );
    let denials = server.denials().await.join("\n");
    assert!(
        denials.contains("r.cross-origin") && denials.contains("r.body-too-large"),
        "{denials}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn https_has_its_own_cookie_and_speaks_http2() {
    let server = Running::start().await;
    let cert = server.state.home.certs().join("self-signed.pem");
    let mut roots = rustls::RootCertStore::empty();
    use rustls::pki_types::pem::PemObject;
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_file(cert).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connect(server.https).await.unwrap();
    let stream = connector
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap();
    let executor = hyper_util::rt::TokioExecutor::new();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io)
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("https://localhost/_sallyport/login")
        .body(http_body_util::Full::new(Bytes::new()))
        .unwrap();
    let reply = sender.send_request(request).await.unwrap();
    assert_eq!(reply.status(), 303);
    let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-sallyport-login=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_listeners() {
    let server = Running::start().await;
    assert_eq!(server.get("/_sallyport/health", "").await.status, 200);
    server.state.stop();
    while connect(server.http).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// Plays a client.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the outside world"
)]
async fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    TcpStream::connect(to).await
}
