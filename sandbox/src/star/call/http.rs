//! An answer of an HTTP server as app code reads it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use starlark::eval::{Arguments, Evaluator};
use starlark::values::bytes::StarlarkBytes;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use value::{Function, NativeCall, raise};

use crate::plugin::message::HttpAnswer;
use crate::star::convert::{floats, from_json};

/// `body()` and `json()` of an answer.
struct Body {
    text: Arc<str>,
    /// Instead of text, when the body is none.
    binary: Option<Arc<[u8]>>,
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
            return Ok(match &self.binary {
                Some(bytes) => eval.heap().alloc(StarlarkBytes::from_vec(bytes.to_vec())),
                None => eval.heap().alloc(&*self.text),
            });
        }
        let json: Json = serde_json::from_str(&self.text)
            .map_err(|error| raise(format!("error parsing JSON body: {error}")))?;
        Ok(from_json(&floats(json), eval.heap()))
    }
}

/// The struct of an answer.
pub fn value(answer: HttpAnswer, heap: Heap<'_>) -> Value<'_> {
    let headers = AllocDict(
        answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let text: Arc<str> = answer.body.as_str().into();
    let binary = answer.binary.and_then(|text| STANDARD.decode(text).ok());
    let binary: Option<Arc<[u8]>> = binary.map(Into::into);
    let body = |name: &str, json| {
        let (text, binary) = (Arc::clone(&text), binary.clone());
        Function::new(name, Body { text, binary, json })
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
