//! Plugin functions as app code sees them: calls that cross the wall.

use std::sync::Arc;

use serde_json::Value as Json;
use starlark::eval::{Arguments, Evaluator};
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use value::{Function, Message, NativeCall, Response, raise};

use super::context::{Context, Stage};
use super::convert::{Budget, floats, from_json, to_json};
use crate::plugin::message::{CallAnswer, CallRequest, HttpAnswer};

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
        // `proxy.config` and `container.config` declare, while the app is loaded; they reach nothing.
        if context.stage == Stage::Inspect || self.function == "config" {
            return Ok(heap.alloc(AllocStruct::EMPTY));
        }
        let call = self.request(args, heap)?;
        let pending = Arc::clone(&context.pending);
        match context.call(call)? {
            CallAnswer::Ok(value) => {
                Ok(heap.alloc(Response::success(from_json(&value, heap), pending)))
            }
            CallAnswer::Http(answer) => {
                Ok(heap.alloc(Response::success(http_value(&answer, heap), pending)))
            }
            CallAnswer::Failed { error, code } => {
                Ok(heap.alloc(Response::failure(error, code, pending)))
            }
            CallAnswer::Document(_) | CallAnswer::Cursor { .. } | CallAnswer::Stream { .. } => {
                Err(raise("this value is not available yet".to_owned()))
            }
            CallAnswer::Refused { message } => Err(raise(message)),
        }
    }
}

impl PluginFunction {
    fn request<'v>(
        &self,
        args: &Arguments<'v, '_>,
        heap: Heap<'v>,
    ) -> starlark::Result<CallRequest> {
        let mut budget = Budget::json(MAX_ARGUMENTS);
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

/// `body()` and `json()` of an HTTP answer.
struct Body {
    text: Arc<str>,
    json: bool,
}

impl NativeCall for Body {
    fn call<'v>(
        &self,
        args: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        args.no_positional_args(eval.heap())?;
        args.no_named_args()?;
        if !self.json {
            return Ok(eval.heap().alloc(&*self.text));
        }
        let json: Json = serde_json::from_str(&self.text)
            .map_err(|error| raise(format!("error parsing JSON body: {error}")))?;
        Ok(from_json(&floats(json), eval.heap()))
    }
}

fn http_value<'v>(answer: &HttpAnswer, heap: Heap<'v>) -> Value<'v> {
    let headers = AllocDict(
        answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let text: Arc<str> = answer.body.as_str().into();
    let body = |name: &str, json| {
        Function::new(
            name,
            Body {
                text: Arc::clone(&text),
                json,
            },
        )
    };
    heap.alloc(AllocStruct([
        ("url", heap.alloc(answer.url.as_str())),
        ("status_code", heap.alloc(answer.status_code)),
        ("headers", heap.alloc(headers)),
        (
            "encoding",
            heap.alloc(AllocList(answer.encoding.iter().map(String::as_str))),
        ),
        ("body", heap.alloc(body("body", false))),
        ("json", heap.alloc(body("json", true))),
    ]))
}
