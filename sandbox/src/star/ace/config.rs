//! `ace.config`: what the gateway tells about where the app runs, else the default.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use starlark::values::{Heap, Value};
use value::raise;

use crate::star::convert::from_json;
use crate::star::unpack::Unpacked;
use crate::surroundings::Surroundings;

/// The value of the `key` that was given; `$NAME` in text stands for a value of the environment.
pub fn value<'v>(
    given: &Unpacked<'v>,
    around: &Surroundings,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    let default = given.value("default");
    let default = default.ok_or_else(|| raise("config: missing argument for default"))?;
    let known = match given.text("key", "") {
        "_app_url" => around.app_url.clone().map(Json::from),
        "_branch" => around.branch.clone().map(Json::from),
        "_dev" => around.dev.map(Json::from),
        key => around.node.get(key).cloned(),
    };
    let value = known.map_or(default, |known| from_json(&known, heap));
    Ok(match value.unpack_str().filter(|text| text.contains('$')) {
        Some(text) => heap.alloc(filled(text, &around.environment)),
        None => value,
    })
}

/// `text` with the values of `environment`; of names that begin alike the longer one wins.
fn filled(text: &str, environment: &BTreeMap<String, String>) -> String {
    let names = environment.iter().rev();
    names.fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("${name}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_stands_in_texts() {
        let pairs = [("HOME", "/h"), ("HOME_DIR", "/d")];
        let environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let check = |text: &str, expected: &str| {
            assert_eq!(filled(text, &BTreeMap::from(environment.clone())), expected);
        };
        check("$HOME/a $HOME_DIR $NO ${HOME}", "/h/a /d $NO ${HOME}");
    }
}
