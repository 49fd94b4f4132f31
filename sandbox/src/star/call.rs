//! Plugin functions as app code sees them: calls that cross the wall.

mod config;
mod http;

use std::sync::Arc;

use serde_json::Value as Json;
use starlark::eval::{Arguments, Evaluator};
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use value::{Cursor, Message, NativeCall, Response, raise};

use super::context::{Context, Stage};
use super::convert::{Budget, Target, from_answer, to_json};
use super::cursor::{Batches, document};
use crate::plugin::message::{CallAnswer, CallRequest};

/// Most data one call may pass.
const MAX_ARGUMENTS: usize = 8 << 20;

/// One function of a plugin, e.g. `fs.list`.
pub struct PluginFunction {
    /// As loaded, with the account.
    pub plugin: String,
    /// Its name.
    pub function: String,
}

impl NativeCall for PluginFunction {
    fn call<'v>(
        &self,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        let context = Context::of(eval)?;
        // Declarations reach nothing, so they are what they say at any time.
        if let Some(declare) = config::named(&self.plugin, &self.function) {
            context.settled()?;
            let pending = Arc::clone(&context.pending);
            return Ok(heap.alloc(match declare(args, heap) {
                Ok(value) => Response::success(value, pending),
                Err(error) => Response::failure(error.without_diagnostic().to_string(), 1, pending),
            }));
        }
        if context.stage == Stage::Inspect {
            let name = format!("{}.{}", self.plugin, self.function);
            context.early.borrow_mut().push(name);
            return Ok(heap.alloc(AllocStruct::EMPTY));
        }
        let answer = context.call(self.request(args, heap)?)?;
        Ok(heap.alloc(response(answer, &context, heap)?))
    }
}

/// The response object of an answer.
fn response<'v>(
    answer: CallAnswer,
    context: &Context,
    heap: Heap<'v>,
) -> starlark::Result<Response<'v>> {
    let pending = Arc::clone(&context.pending);
    let value = match answer {
        CallAnswer::Ok(value) => from_answer(&value, heap),
        CallAnswer::Http(answer) => http::value(answer, heap),
        CallAnswer::Document(row) => document(row, heap),
        CallAnswer::Cursor {
            cursor,
            name,
            rows,
            more,
        } => {
            let bridge = (Arc::clone(&context.bridge), Arc::clone(&context.progress));
            let rows = Batches::new((cursor, name), (rows, more), bridge);
            let value = heap.alloc(Cursor::new(rows.kind(), Arc::<Batches>::clone(&rows)));
            context.cursors.borrow_mut().push(rows);
            value
        }
        CallAnswer::Stream { stream } => return Ok(Response::stream(stream, pending)),
        CallAnswer::Failed { error, code } => return Ok(Response::failure(error, code, pending)),
        CallAnswer::Refused { message } => return Err(raise(message)),
    };
    Ok(Response::success(value, pending))
}

impl PluginFunction {
    fn request<'v>(
        &self,
        args: &Arguments<'v, '_>,
        heap: Heap<'v>,
    ) -> starlark::Result<CallRequest> {
        let mut budget = Budget::new(Target::Arguments, MAX_ARGUMENTS);
        let mut positional = Vec::new();
        for (at, value) in args.positions(heap)?.enumerate() {
            positional.push(self.argument(&at.to_string(), value, &mut budget)?);
        }
        let mut keyword = Vec::new();
        for (name, value) in args.names_map()? {
            let json = self.argument(name.as_str(), value, &mut budget)?;
            keyword.push((name.as_str().to_owned(), json));
        }
        Ok(CallRequest {
            plugin: self.plugin.clone(),
            function: self.function.clone(),
            positional,
            keyword,
        })
    }

    fn argument(
        &self,
        name: &str,
        value: Value<'_>,
        budget: &mut Budget,
    ) -> starlark::Result<Json> {
        to_json(value, budget).map_err(|Message(reason)| {
            let reason = match reason.strip_prefix("unrecognized starlark type: ") {
                Some(kind) => format!("cannot pass value of type {kind} to a plugin"),
                None => reason,
            };
            raise(format!(
                "{}.{} argument {name}: {reason}",
                self.plugin, self.function
            ))
        })
    }
}
