//! What a proxy route is made of: the unmodified response of `proxy.config`.

use starlark::values::Value;
use starlark::values::dict::DictRef;
use value::Response;

use crate::inspection::ProxyConfig;
use crate::star::attrs::Attrs;

/// Stands for the address of the app's container.
const CONTAINER: &str = "<CONTAINER_URL>";

/// Reads the `config` of the entry `number`.
pub fn read(number: usize, path: &str, config: Value<'_>) -> Result<ProxyConfig, String> {
    let other = || format!("proxy entry {number}:{path} is not a proxy response");
    let response = Response::from_value(config).ok_or_else(other)?;
    let value = response
        .outcome()
        .map_err(|error| format!("error in proxy config: {error}"))?;
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("strip_app").is_some());
    let attrs = attrs.ok_or_else(other)?;
    Ok(ProxyConfig {
        url: url(attrs.text("url"))?,
        strip_path: attrs.text("strip_path").to_owned(),
        preserve_host: attrs.flag("preserve_host"),
        strip_app: attrs.flag("strip_app"),
        response_headers: attrs
            .value("response_headers")
            .map(headers)
            .unwrap_or_default(),
    })
}

fn url(text: &str) -> Result<String, String> {
    if text.starts_with(CONTAINER) {
        return Ok(text.to_owned());
    }
    let parsed = url::Url::parse(text)
        .map_err(|error| format!("error in proxy config: {error}: {text:?}"))?;
    match matches!(parsed.scheme(), "http" | "https") && parsed.has_host() {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "error in proxy config: {text:?} is not an http or https address"
        )),
    }
}

/// Texts only; other values are skipped, as OpenRun does it.
fn headers(value: Value<'_>) -> Vec<(String, String)> {
    let dict = DictRef::from_value(value);
    let pair = |(name, value): (Value<'_>, Value<'_>)| {
        Some((
            name.unpack_str()?.to_owned(),
            value.unpack_str()?.to_owned(),
        ))
    };
    dict.iter()
        .flat_map(|dict| dict.iter().filter_map(pair).collect::<Vec<_>>())
        .collect()
}
