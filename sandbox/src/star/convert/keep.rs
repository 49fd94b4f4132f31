//! What is assigned to a document of a module: plain data, because the module outlives the run.

use std::any::Any;
use std::sync::Arc;

use serde_json::Value as Json;
use starlark::values::{Heap, Value};
use value::{Kept, Message};

use super::{Budget, Target, from_answer, to_json};

/// Most data kept for one field of a document of a module.
const MAX_KEPT: usize = 1 << 20;

/// Plain data that outlives a run.
struct Plain(Json);

impl Kept for Plain {
    fn value<'v>(&self, heap: Heap<'v>) -> Value<'v> {
        from_answer(&self.0, heap)
    }
}

/// What was kept.
pub fn data(kept: Arc<dyn Kept>) -> Json {
    let kept: Arc<dyn Any + Send + Sync> = kept;
    kept.downcast::<Plain>()
        .map_or(Json::Null, |plain| plain.0.clone())
}

/// For changes to documents of modules.
pub fn keep(value: Value<'_>) -> Result<Arc<dyn Kept>, Message> {
    let json = to_json(value, &mut Budget::new(Target::Template, MAX_KEPT))?;
    Ok(Arc::new(Plain(json)))
}
