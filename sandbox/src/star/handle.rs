//! Runs the handler of one request, with the error handler behind it.

mod render;
mod reply;

use std::rc::Rc;

use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::dict::AllocDict;

use super::app::Handler;
use super::code::Code;
use super::context::{Bridge, Context, Stage};
use super::evaluate::{self, Failure};
use super::request::Facts;
use crate::frame::Outcome;
use crate::inspection::{Route, RouteKind};
use crate::request::{AppRequest, AppResponse};
use reply::Reply;

impl Code {
    /// Answers one request.
    pub fn handle(&self, request: &AppRequest, bridge: Rc<dyn Bridge>) -> Outcome {
        let Some(route) = self.app.routes.get(request.route) else {
            return failed(Failure::new("the app has no such route"));
        };
        if route.kind == RouteKind::Proxy {
            return failed(Failure::new("proxy routes are not available yet"));
        }
        let context = Context::new(bridge, Stage::Serve, &self.limits);
        let facts = Facts::new(request, &self.facts);
        let answered = self.run(route, &facts, &context, request.is_dev);
        let answered = answered.and_then(|(reply, success)| {
            let response =
                render::response(self, route, request, facts, reply).map_err(Failure::new)?;
            Ok(audited(response, &context, success))
        });
        match answered {
            Ok(response) => Outcome::Response(Box::new(response)),
            Err(failure) => failed(failure),
        }
    }

    /// The reply, and whether the handler itself succeeded.
    fn run(
        &self,
        route: &Route,
        facts: &Facts,
        context: &Rc<Context>,
        dev: bool,
    ) -> Result<(Reply, bool), Failure> {
        let handler = self.app.handlers.get(route.handler).cloned().flatten();
        let Some(handler) = handler else {
            return Ok((Reply::nothing(), true));
        };
        let cap = self.limits.response_body;
        evaluate::handler(context, |eval| {
            let failure = match call(&handler, facts, eval)
                .and_then(|value| unseen(context).map(|()| value))
            {
                Ok(value) => {
                    return Reply::read(value, cap)
                        .map(|reply| (reply, true))
                        .map_err(Failure::new);
                }
                Err(failure) => failure,
            };
            let Some(second) = self.app.error_handler.as_ref().filter(|_| !failure.limit) else {
                return Err(failure);
            };
            context.pending.set(None);
            let message = if dev {
                with_place(&failure)
            } else {
                failure.message
            };
            let value = rescue(second, facts, &message, eval)?;
            Reply::read(value, cap)
                .map(|reply| (reply, false))
                .map_err(Failure::new)
        })
    }
}

fn call<'v>(
    handler: &Handler,
    facts: &Facts,
    eval: &mut Evaluator<'v, '_, '_>,
) -> Result<Value<'v>, Failure> {
    let heap = eval.heap();
    let function = heap.access_owned_frozen_value(&handler.function);
    let request = [facts.object(heap)];
    let args = if handler.no_args {
        &[]
    } else {
        request.as_slice()
    };
    eval.eval_function(function, args, &[])
        .map_err(|error| evaluate::failure(&error))
}

fn rescue<'v>(
    handler: &Handler,
    facts: &Facts,
    message: &str,
    eval: &mut Evaluator<'v, '_, '_>,
) -> Result<Value<'v>, Failure> {
    let heap = eval.heap();
    let function = heap.access_owned_frozen_value(&handler.function);
    let args = [
        facts.object(heap),
        heap.alloc(AllocDict([("error", message)])),
    ];
    eval.eval_function(function, &args, &[])
        .map_err(|error| evaluate::failure(&error))
}

/// A failed plugin call nobody looked at fails the request.
fn unseen(context: &Context) -> Result<(), Failure> {
    context
        .pending
        .error()
        .map_or(Ok(()), |error| Err(Failure::new(error)))
}

fn with_place(failure: &Failure) -> String {
    if failure.place.is_empty() {
        failure.message.clone()
    } else {
        format!("{} : Position {}", failure.message, failure.place)
    }
}

fn audited(response: AppResponse, context: &Context, success: bool) -> AppResponse {
    let audit = context
        .audit
        .borrow()
        .clone()
        .map(|event| crate::request::CustomAudit { success, ..event });
    AppResponse { audit, ..response }
}

fn failed(failure: Failure) -> Outcome {
    if failure.limit {
        return Outcome::Limit(failure.located());
    }
    Outcome::Failed {
        message: failure.message,
        place: failure.place,
    }
}
