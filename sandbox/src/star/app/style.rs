//! `style=` of an app.

use starlark::values::Value;
use starlark::values::dict::DictRef;

use crate::inspection::Style;
use crate::star::attrs::Attrs;

/// Reads what `ace.style` made.
pub fn read(value: Option<Value<'_>>) -> Result<Option<Style>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("disable_watcher").is_some());
    let attrs = attrs.ok_or("style attr is not a struct")?;
    Ok(Some(Style {
        library: library(attrs.text("library"))?,
        themes: attrs.texts("themes"),
        light: attrs.text("light").to_owned(),
        dark: attrs.text("dark").to_owned(),
        disable_watcher: attrs.flag("disable_watcher"),
        custom_themes: attrs
            .value("custom_themes")
            .map(themes)
            .transpose()?
            .unwrap_or_default(),
    }))
}

/// A known name in lower case, or an address as it is written: paths are case-sensitive.
fn library(given: &str) -> Result<String, String> {
    let lower = given.to_lowercase();
    let url = lower.starts_with("http://") || lower.starts_with("https://");
    match lower.as_str() {
        "" | "tailwindcss" | "daisyui" => Ok(lower),
        _ if url => Ok(given.to_owned()),
        _ => Err(format!("invalid style library config : {given}")),
    }
}

type Theme = (String, Vec<(String, String)>);

fn themes(value: Value<'_>) -> Result<Vec<Theme>, String> {
    let dict = DictRef::from_value(value).ok_or("custom_themes is not a dict")?;
    let theme = |(name, properties): (Value<'_>, Value<'_>)| {
        let name = text(name).ok_or("custom_themes keys must be non-empty theme name strings")?;
        let properties = self::properties(&name, properties)?;
        Ok((name, properties))
    };
    dict.iter().map(theme).collect()
}

fn properties(theme: &str, value: Value<'_>) -> Result<Vec<(String, String)>, String> {
    let dict = DictRef::from_value(value)
        .ok_or_else(|| format!("custom theme {theme} must be a dict of CSS properties"))?;
    let property = |(name, value): (Value<'_>, Value<'_>)| {
        let name = text(name).ok_or_else(|| {
            format!("custom theme {theme} property names must be non-empty strings")
        })?;
        let value = value.unpack_str().ok_or_else(|| {
            format!("custom theme {theme} property {name} value must be a string")
        })?;
        Ok((name, value.to_owned()))
    };
    dict.iter().map(property).collect()
}

/// Text that is not empty.
fn text(value: Value<'_>) -> Option<String> {
    value
        .unpack_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
