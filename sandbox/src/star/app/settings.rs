//! Settings of an app: the defaults, `config_gen.lock` over them, and `settings=` over both.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use starlark::values::Value;
use starlark::values::dict::DictRef;

use crate::inspection::Settings;
use crate::star::convert::{Budget, to_json};

/// Largest settings.
const MAX_BYTES: usize = 1 << 20;
/// HTMX of an app whose lock file is from before versions were written there.
const OLD_HTMX: &str = "1.9.1";

/// What a source of settings may say; what is absent or `null` stays as it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    routing: Option<Routing>,
    htmx: Option<Htmx>,
    container: Option<Container>,
    app_config: Option<Map<String, Json>>,
}

#[derive(Deserialize)]
struct Routing {
    template_locations: Option<Vec<String>>,
    base_templates: Option<String>,
    push_events: Option<bool>,
    early_hints: Option<bool>,
    container_exclude: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Htmx {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Container {
    separate_stage_prod_images: Option<bool>,
}

/// Settings in effect of `value`, the dict given to `ace.app`, and `lock`, the text of the lock file.
pub fn read(value: Option<Value<'_>>, lock: Option<&str>) -> Result<Settings, String> {
    let mut settings = Settings::default();
    if let Some(text) = lock {
        settings.htmx_version = OLD_HTMX.to_owned();
        let given = serde_json::from_str(text)
            .map_err(|error| format!("error reading config_gen.lock: {error}"))?;
        apply(&mut settings, given);
    }
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(settings);
    };
    if DictRef::from_value(value).is_none() {
        return Err("settings is not a dict".to_owned());
    }
    let json = to_json(value, &mut Budget::json(MAX_BYTES))
        .map_err(|error| format!("error encoding settings: {error}"))?;
    let config = json.get("app_config").cloned().unwrap_or_default();
    super::config::check(&config)?;
    check(&json)?;
    let given =
        Given::deserialize(&json).map_err(|error| format!("error applying settings: {error}"))?;
    apply(&mut settings, given);
    Ok(settings)
}

/// Each part and entry alone first, so that the message names the one that is wrong.
fn check(settings: &Json) -> Result<(), String> {
    let parts = settings.as_object().into_iter().flatten();
    for (part, content) in parts {
        let entries = content.as_object().into_iter().flatten();
        for (name, value) in entries {
            one(json!({ part: { name: value } }), &format!("{part}.{name}"))?;
        }
        if !content.is_object() {
            one(json!({ part: content }), part)?;
        }
    }
    Ok(())
}

fn one(settings: Json, name: &str) -> Result<(), String> {
    let given = Given::deserialize(settings);
    let wrong = |error| format!("error applying settings: `{name}`: {error}");
    given.map(|_| ()).map_err(wrong)
}

fn apply(settings: &mut Settings, given: Given) {
    if let Some(routing) = given.routing {
        put(&mut settings.template_locations, routing.template_locations);
        put(&mut settings.base_templates, routing.base_templates);
        put(&mut settings.push_events, routing.push_events);
        put(&mut settings.early_hints, routing.early_hints);
        put(&mut settings.container_exclude, routing.container_exclude);
    }
    put(
        &mut settings.htmx_version,
        given.htmx.and_then(|htmx| htmx.version),
    );
    let separate = given.container.and_then(|it| it.separate_stage_prod_images);
    put(&mut settings.separate_stage_prod_images, separate);
    put(&mut settings.app_config, given.app_config);
}

fn put<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn htmx(lock: Option<&str>) -> String {
        read(None, lock).map_or_else(|error| error, |settings| settings.htmx_version)
    }

    #[test]
    fn a_lock_file_without_a_version_means_an_old_one() {
        assert_eq!(htmx(None), "2.0.3");
        assert_eq!(htmx(Some("{}")), "1.9.1");
        assert_eq!(
            htmx(Some(
                r#"{"htmx":{"version":"1.9.2"},"routing":{"static_dir":"x"}}"#
            )),
            "1.9.2"
        );
        assert!(htmx(Some("{")).starts_with("error reading config_gen.lock: "));
    }
}
