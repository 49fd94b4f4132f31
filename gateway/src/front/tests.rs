//! What happens when what stands behind the front breaks.

use std::task::{Context, Poll};

use audit::Filter;
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};

use super::*;
use crate::listen::tests::Running;

/// Spends its permit on nothing and panics.
#[derive(Clone)]
struct Panics;

impl Service<Permit<HttpCall<Inbound>>> for Panics {
    type Response = Reply;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, permit: Permit<HttpCall<Inbound>>) -> Self::Future {
        Box::pin(async move {
            let (_call, _open) = permit.spend();
            panic!("the reactor is on fire")
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_answers_500_and_closes_its_record() {
    let server = Running::start().await;
    let login = base64::engine::general_purpose::STANDARD.encode("ana:correct horse");
    let body = Full::new(Bytes::new()).map_err(|never| match never {});
    let request = Request::get("/files/static/a.css")
        .header("host", "localhost")
        .header("authorization", format!("Basic {login}"))
        .body(body.boxed())
        .unwrap();
    let peer = Peer {
        address: ([127, 0, 0, 1], 9).into(),
        tls: false,
        handshake: None,
    };
    let reply = Front::new(Arc::clone(&server.state), Panics)
        .answer(request, peer)
        .await;
    assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);

    // What is durable now was written after the outcome.
    server.get("/_sallyport/health", "").await;
    let query = server.state.gate.log().query();
    let listed = tokio::task::spawn_blocking(move || {
        let action = Some("app.access".to_owned());
        query
            .list(&Filter {
                action,
                ..Filter::default()
            })
            .unwrap()
    });
    let outcomes: Vec<String> = listed
        .await
        .unwrap()
        .iter()
        .filter(|row| row.text("/kind") == "outcome")
        .map(|row| row.text("/status").to_owned())
        .collect();
    assert_eq!(outcomes, ["abandoned"]);
}
