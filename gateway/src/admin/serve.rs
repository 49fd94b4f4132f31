//! The listener of the admin socket: bounded in connections, bytes and time.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State as Shared},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use policy::{Moment, Net, Rejection};
use tokio::{net::UnixListener, sync::Semaphore, time};

use super::{
    Context, follow, operation,
    peer::Peer,
    problem,
    run::{Reply, run},
};
use crate::{
    State,
    authority::Authority,
    wire::{Class, Problem},
};

/// Connections at the same time.
const CONNECTIONS: usize = 64;
/// Bytes of a request.
const BODY: usize = 1 << 20;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the admin API until the server stops; answers in flight are finished.
pub(crate) async fn serve(state: Arc<State>, listener: UnixListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = tokio::select! {
            () = state.stopped() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = stream else {
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(peer) = Peer::of(&stream, state.owner) else {
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            connection(state, peer, stream).await;
            drop(place);
        });
    }
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    let _ = time::timeout(PATIENCE, places.acquire_many(all)).await;
}

async fn connection(state: Arc<State>, peer: Peer, stream: tokio::net::UnixStream) {
    let router = Router::new()
        .route("/v1/{action}", post(handle))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Desk {
            state: Arc::clone(&state),
            peer,
        });
    let mut server = hyper::server::conn::http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 << 10);
    let connection =
        server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = state.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "an admin connection broke");
    }
}

/// What every request of a connection shares.
#[derive(Clone)]
struct Desk {
    state: Arc<State>,
    peer: Peer,
}

async fn handle(
    Shared(desk): Shared<Desk>,
    Path(action): Path<String>,
    request: axum::extract::Request,
) -> Response {
    let body = match time::timeout(PATIENCE, axum::body::to_bytes(request.into_body(), BODY)).await
    {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err("body"),
        Err(_) => Err("slow"),
    };
    // A client that goes away does not take a half-done change with it.
    let done = tokio::spawn(answer(desk, action, body)).await;
    done.unwrap_or_else(|error| {
        respond(Err(problem::chain(&error)).map_err(|text| Problem::new(Class::Failed, text)))
    })
}

async fn answer(desk: Desk, name: String, body: Result<Bytes, &'static str>) -> Response {
    let now = (desk.state.now)();
    let caller = desk.peer.caller(now);
    let at = Moment {
        now,
        trace: uuid::Uuid::now_v7().simple().to_string(),
        parent: None,
        net: Net {
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
            tls: false,
            unix: true,
        },
    };
    let reject = |code: &'static str, problem: Problem| {
        let action: String = name.chars().take(64).collect();
        let resource = audit::EntityRef::new("System", "gateway");
        let detail = serde_json::json!({"problem": problem.detail});
        let refused = desk.state.gate.reject(
            &caller,
            Rejection {
                code,
                action,
                resource,
                detail,
            },
            &at,
        );
        respond(Err(Problem {
            record: (!refused.id.is_empty()).then_some(refused.id),
            ..problem
        }))
    };
    let body = match body {
        Ok(body) => body,
        Err(what) => {
            return reject(
                "bad-request",
                Problem::new(
                    Class::Invalid,
                    format!("the request cannot be read: {what}"),
                ),
            );
        }
    };
    let Some(action) = operation::action(&name) else {
        return reject(
            "unknown-action",
            Problem::new(Class::NotFound, format!("no such action `{name}`")),
        );
    };
    let call = match operation::plan(action, &body, &desk.state) {
        Ok(call) => call,
        Err(problem) => {
            let code = if problem.class == Class::NotFound {
                "not-found"
            } else {
                "bad-request"
            };
            return reject(code, problem);
        }
    };
    let permit = match desk.state.gate.admit(&caller, call, &at).await {
        Ok(permit) => permit,
        Err(refused) => return respond(Err(problem::refusal(&refused))),
    };
    let (call, by) = Authority::spend(permit);
    let at = Moment {
        parent: Some(by.id().clone()),
        ..at
    };
    carry_out(Context::new(desk.state, caller, at), by, call.cargo).await
}

async fn carry_out(context: Context, by: Authority, operation: operation::Operation) -> Response {
    match run(&context, &by, operation).await {
        Ok(Reply::Document(document)) => {
            by.done();
            respond(Ok(document))
        }
        Ok(Reply::Follow(request)) => match follow::follow(context, by, &request).await {
            Ok(body) => (
                [("content-type", "application/jsonl")],
                axum::body::Body::new(body),
            )
                .into_response(),
            Err(problem) => respond(Err(problem)),
        },
        Err(problem) => {
            by.failed(problem.class.name());
            respond(Err(problem))
        }
    }
}

fn respond(result: Result<serde_json::Value, Problem>) -> Response {
    let (status, kind, text) = match result {
        Ok(document) => (200, "application/json", document.to_string()),
        Err(problem) => (
            problem.status,
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default(),
        ),
    };
    let status =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", kind)], text).into_response()
}
