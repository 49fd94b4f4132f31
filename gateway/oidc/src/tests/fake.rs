//! A provider that says whatever a test puts in its mouth, and remembers what it was asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An answer.
#[derive(Clone)]
pub enum Reply {
    /// A status and a JSON document.
    Json(u16, Value),
    /// That many bytes.
    Long(usize),
    /// A redirect.
    Elsewhere(String),
    /// Nothing, for longer than anybody waits.
    Silence,
}

impl Reply {
    pub fn json(value: Value) -> Self {
        Self::Json(200, value)
    }
}

/// A question.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub body: String,
}

#[derive(Default)]
struct World {
    replies: HashMap<String, Reply>,
    seen: Vec<Seen>,
}

/// The provider.
pub struct Fake {
    pub issuer: String,
    world: Arc<Mutex<World>>,
}

impl Fake {
    /// Starts it with an ordinary discovery document.
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let world: Arc<Mutex<World>> = Arc::default();
        let fake = Self {
            issuer,
            world: world.clone(),
        };
        fake.discovery(|_| {});
        fake.set("/me", Reply::json(json!({ "sub": "u1" })));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let world = world.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(world.clone(), request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        fake
    }

    pub fn set(&self, path: &str, reply: Reply) {
        self.world
            .lock()
            .unwrap()
            .replies
            .insert(path.to_owned(), reply);
    }

    /// Publishes another discovery document.
    pub fn discovery(&self, change: impl FnOnce(&mut Value)) {
        let issuer = &self.issuer;
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/jwks"),
            "end_session_endpoint": format!("{issuer}/end"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        change(&mut document);
        self.set("/.well-known/openid-configuration", Reply::json(document));
    }

    pub fn keys(&self, keys: &[Value]) {
        self.set("/jwks", Reply::json(json!({ "keys": keys })));
    }

    /// Everything that was asked at a path.
    pub fn asked(&self, path: &str) -> Vec<Seen> {
        self.world
            .lock()
            .unwrap()
            .seen
            .iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }
}

async fn answer(
    world: Arc<Mutex<World>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    let seen = Seen {
        path: path.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: parts
            .headers
            .get("authorization")
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let paged = format!("{path}?{}", seen.query);
    let reply = {
        let mut world = world.lock().unwrap();
        world.seen.push(seen);
        world
            .replies
            .get(&paged)
            .or_else(|| world.replies.get(&path))
            .cloned()
    };
    Ok(match reply.unwrap_or(Reply::Json(404, json!({}))) {
        Reply::Json(status, value) => response(status, value.to_string().into_bytes()),
        Reply::Long(length) => response(200, vec![b' '; length]),
        Reply::Elsewhere(target) => {
            let mut redirect = response(302, Vec::new());
            redirect
                .headers_mut()
                .insert("location", target.parse().unwrap());
            redirect
        }
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            response(200, Vec::new())
        }
    })
}

fn response(status: u16, body: Vec<u8>) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(body.into()))
        .unwrap()
}
