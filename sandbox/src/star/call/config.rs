//! `proxy.config` and `container.config`: they declare while an app is loaded and reach nothing, so
//! they are answered inside the worker.

use starlark::eval::Arguments;
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::list::AllocList;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, UnpackValue, Value};
use value::raise;

use crate::star::unpack::{Kind, Param, Unpacked, may, need, unpack};

type Declare = for<'v> fn(&Arguments<'v, '_>, Heap<'v>) -> starlark::Result<Value<'v>>;

const PROXY: [Param; 5] = [
    need("url", Kind::Text),
    may("strip_path", Kind::Text),
    may("preserve_host", Kind::Bool),
    may("strip_app", Kind::Bool),
    may("response_headers", Kind::Dict),
];

const CONTAINER: [Param; 9] = [
    may("src", Kind::Text),
    may("port", Kind::Int),
    may("scheme", Kind::Text),
    may("health", Kind::Text),
    may("lifetime", Kind::Text),
    may("build_dir", Kind::Text),
    may("volumes", Kind::List),
    may("cargs", Kind::Dict),
    may("dev_settings", Kind::Dict),
];

/// Keys of `dev_settings`.
const DEV: [&str; 9] = [
    "target",
    "command",
    "dir",
    "reload",
    "env_files",
    "additional_mounts",
    "port",
    "dev_stage",
    "disable",
];

/// The declaration that the function of a plugin is, if it is one.
pub fn named(plugin: &str, function: &str) -> Option<Declare> {
    match (plugin.split('#').next(), function) {
        (Some("proxy.in"), "config") => Some(proxy),
        (Some("container.in"), "config") => Some(container),
        _ => None,
    }
}

/// Structs of the given arguments with these defaults for the others.
struct Fields<'v> {
    given: Unpacked<'v>,
    heap: Heap<'v>,
}

impl<'v> Fields<'v> {
    fn text(&self, name: &str, default: &str) -> Value<'v> {
        let given = self.given.value(name);
        given.unwrap_or_else(|| self.heap.alloc(default))
    }

    fn flag(&self, name: &str, default: bool) -> Value<'v> {
        let given = self.given.value(name);
        given.unwrap_or_else(|| Value::new_bool(default))
    }

    fn dict(&self, name: &str) -> Value<'v> {
        let given = self.given.value(name).filter(|value| !value.is_none());
        given.unwrap_or_else(|| self.heap.alloc(AllocDict::EMPTY))
    }

    fn list(&self, name: &str) -> Value<'v> {
        let given = self.given.value(name).filter(|value| !value.is_none());
        given.unwrap_or_else(|| self.heap.alloc(AllocList::EMPTY))
    }
}

fn proxy<'v>(args: &Arguments<'v, '_>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    let given = unpack("config", &PROXY, args, heap)?;
    let fields = Fields { given, heap };
    Ok(heap.alloc(AllocStruct([
        ("url", fields.text("url", "")),
        ("strip_path", fields.text("strip_path", "")),
        ("preserve_host", fields.flag("preserve_host", false)),
        ("strip_app", fields.flag("strip_app", true)),
        ("response_headers", fields.dict("response_headers")),
    ])))
}

fn container<'v>(args: &Arguments<'v, '_>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    let given = unpack("config", &CONTAINER, args, heap)?;
    let fields = Fields { given, heap };
    let port = fields.given.value("port").map_or(Ok(0), |port| {
        i64::unpack_value(port).map(|port| port.unwrap_or(-1))
    })?;
    if port < 0 {
        return Err(raise(
            "port must be an integer higher than or equal to zero",
        ));
    }
    let settings = fields.dict("dev_settings");
    known(settings)?;
    Ok(heap.alloc(AllocStruct([
        ("source", fields.text("src", "auto")),
        ("lifetime", fields.text("lifetime", "app")),
        ("port", heap.alloc(port)),
        ("scheme", fields.text("scheme", "http")),
        ("health", fields.text("health", "/")),
        ("build_dir", fields.text("build_dir", "")),
        ("volumes", fields.list("volumes")),
        ("cargs", fields.dict("cargs")),
        ("dev_settings", settings),
    ])))
}

fn known(settings: Value<'_>) -> starlark::Result<()> {
    let settings = DictRef::from_value(settings);
    let keys = settings.iter().flat_map(|settings| settings.keys());
    for key in keys {
        let name = key.to_str();
        if !DEV.contains(&name.as_str()) {
            return Err(raise(format!(
                "invalid dev_settings key {name:?}, allowed keys are {}",
                DEV.join(", ")
            )));
        }
    }
    Ok(())
}
