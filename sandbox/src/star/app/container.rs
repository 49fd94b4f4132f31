//! `container=` of an app: the response of `container.config`.

use starlark::values::Value;
use value::Response;

use crate::inspection::ContainerConfig;
use crate::star::attrs::Attrs;
use crate::star::convert::{Budget, to_json};

/// Largest dict of the declaration.
const MAX_BYTES: usize = 1 << 20;

/// Reads the declaration, if there is one.
pub fn read(value: Option<Value<'_>>) -> Result<Option<ContainerConfig>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    let other = || "container attr is not the result of container.config".to_owned();
    let response = Response::from_value(value).ok_or_else(other)?;
    let value = response
        .outcome()
        .map_err(|error| format!("error in container config: {error}"))?;
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("lifetime").is_some());
    let attrs = attrs.ok_or_else(other)?;
    let text = |name| attrs.text(name).to_owned();
    let dict = |name| {
        let value = attrs.value(name).unwrap_or_else(Value::new_none);
        to_json(value, &mut Budget::json(MAX_BYTES))
            .map_err(|error| format!("error in container config: {name}: {error}"))
    };
    let port = attrs.int("port").and_then(|port| u16::try_from(port).ok());
    Ok(Some(ContainerConfig {
        source: text("source"),
        lifetime: text("lifetime"),
        port: port.ok_or("error in container config: port is not a port number")?,
        scheme: text("scheme"),
        health: text("health"),
        build_dir: text("build_dir"),
        volumes: attrs.texts("volumes"),
        cargs: dict("cargs")?,
        dev_settings: dict("dev_settings")?,
    }))
}
