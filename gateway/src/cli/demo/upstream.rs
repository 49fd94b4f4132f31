//! The weather service the demo's weather app calls: on loopback, and only with the right key.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;

/// Starts the service; it lives as long as the runtime.
pub(super) async fn start(key: SecretString) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let key = Arc::new(key);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let key = Arc::clone(&key);
            let answer = service_fn(move |request: Request<Incoming>| {
                let response = answer(&request, &key);
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), answer),
            );
        }
    });
    Ok(address)
}

fn answer(request: &Request<Incoming>, key: &SecretString) -> Response<Full<Bytes>> {
    let given = request
        .headers()
        .get("x-api-key")
        .map(http::HeaderValue::as_bytes)
        .unwrap_or_default();
    if !bool::from(given.ct_eq(key.expose_secret().as_bytes())) {
        return respond(
            StatusCode::UNAUTHORIZED,
            &serde_json::json!({"error": "a key is needed in `X-Api-Key`"}),
        );
    }
    if request.uri().path() != "/v1/current" {
        return respond(
            StatusCode::NOT_FOUND,
            &serde_json::json!({"error": "only `/v1/current` is here"}),
        );
    }
    let query = request.uri().query().unwrap_or_default();
    let city = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "city");
    let city = city.map_or_else(|| "Lisbon".to_owned(), |(_, city)| city.into_owned());
    // Weather that is made up, and the same every time.
    let celsius = city.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    }) % 35;
    respond(
        StatusCode::OK,
        &serde_json::json!({"city": city, "sky": "clear", "celsius": celsius}),
    )
}

fn respond(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(
        "content-type",
        http::HeaderValue::from_static("application/json"),
    );
    response
}
