//! Runs the handler of one request, with the error handler behind it.

mod render;
mod reply;
mod stream;

use std::rc::Rc;
use std::sync::Arc;

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
use reply::{Reply, Wanted};

/// Who runs: the app's route, the request and where its run leaves its traces.
struct Turn<'a> {
    code: &'a Code,
    route: &'a Route,
    request: &'a AppRequest,
    context: Rc<Context>,
}

impl Code {
    /// Answers one request.
    pub fn handle(&self, request: &AppRequest, bridge: Arc<dyn Bridge>) -> Outcome {
        let Some(route) = self.app.routes.get(request.route) else {
            return failed(Failure::new("the app has no such route"), request);
        };
        if route.kind == RouteKind::Proxy {
            return failed(
                Failure::new("a proxy route has no handler; its upstream answers"),
                request,
            );
        }
        let turn = Turn {
            code: self,
            route,
            request,
            context: Context::new(bridge, Stage::Serve, Arc::clone(&self.common)),
        };
        turn.answer()
            .unwrap_or_else(|failure| failed(failure, request))
    }
}

impl Turn<'_> {
    fn answer(&self) -> Result<Outcome, Failure> {
        let facts = Facts::new(self.request, &self.code.facts);
        let (reply, success) = self.run(&facts)?;
        if let Some(leaked) = self.context.leaked() {
            return Err(Failure::new(leaked));
        }
        if let Reply::Stream(stream) = reply {
            let (head, render) = stream::begin(self.route);
            return Ok(Outcome::Stream {
                head: Box::new(self.audited(head, success)),
                stream,
                render,
            });
        }
        let response = render::response(self.code, self.route, self.request, facts, reply)
            .map_err(Failure::new)?;
        Ok(Outcome::Response(Box::new(self.audited(response, success))))
    }

    /// The reply, and whether the handler itself succeeded.
    fn run(&self, facts: &Facts) -> Result<(Reply, bool), Failure> {
        let handlers = &self.code.app.handlers;
        let Some(handler) = handlers.get(self.route.handler).cloned().flatten() else {
            return Ok((Reply::nothing(self.route), true));
        };
        let wanted = Wanted {
            route: self.route,
            cap: self.context.common.limits.response_body,
        };
        evaluate::handler(&self.context, |eval| {
            let answered = self.call(&handler, facts, eval);
            let failure = match answered.and_then(|value| self.unseen().map(|()| value)) {
                Ok(value) => {
                    let reply = Reply::read(value, &wanted).map_err(Failure::new)?;
                    return Ok((reply, true));
                }
                Err(failure) => failure,
            };
            self.context.left();
            let broken = failure.limit || self.context.progress.broken().is_some();
            let Some(second) = self.code.app.error_handler.as_ref().filter(|_| !broken) else {
                return Err(failure);
            };
            self.context.pending.set(None);
            let message = told(&failure, self.request);
            let value = self.rescue(second, facts, &message, eval)?;
            let reply = Reply::read(value, &wanted).map_err(Failure::new)?;
            Ok((reply, false))
        })
    }

    fn call<'v>(
        &self,
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
        let value = eval.eval_function(function, args, &[]);
        let value = value.map_err(|error| evaluate::failure(&error, &self.context))?;
        match self.context.progress.broken() {
            Some(broken) => Err(Failure::new(broken)),
            None => Ok(value),
        }
    }

    fn rescue<'v>(
        &self,
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
            .map_err(|error| evaluate::failure(&error, &self.context))
    }

    /// A failed plugin call nobody looked at fails the request.
    fn unseen(&self) -> Result<(), Failure> {
        let error = self.context.pending.error();
        error.map_or(Ok(()), |error| Err(Failure::new(error)))
    }

    fn audited(&self, response: AppResponse, success: bool) -> AppResponse {
        let event = self.context.audit.borrow().clone();
        let audit = event.map(|event| crate::request::CustomAudit { success, ..event });
        AppResponse { audit, ..response }
    }
}

/// The message of a failure; in development it says where.
fn told(failure: &Failure, request: &AppRequest) -> String {
    let message = &failure.message;
    match request.is_dev && !failure.frame.is_empty() {
        true => format!("{message} : {}", failure.frame),
        false => message.clone(),
    }
}

fn failed(failure: Failure, request: &AppRequest) -> Outcome {
    if failure.limit {
        return Outcome::Limit(failure.located());
    }
    Outcome::Failed {
        message: told(&failure, request),
        place: failure.place,
    }
}
