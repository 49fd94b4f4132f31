//! Reads the global `app` of an evaluated `app.star`: routes with their handlers, permissions,
//! actions, settings.

mod config;
mod libraries;
mod routes;
mod settings;
mod style;

use starlark::environment::FrozenModule;
use starlark::values::list::ListRef;
use starlark::values::{OwnedFrozenValue, Value};

use super::attrs::Attrs;
use super::unpack::callable;
use crate::inspection::{ActionInfo, Library, Route, Settings, Style};

/// What an app declares, with the functions to run.
pub struct App {
    /// Its name.
    pub name: String,
    /// In the order of registration.
    pub routes: Vec<Route>,
    /// By [`Route::handler`]; `None` when a route has no handler.
    pub handlers: Vec<Option<Handler>>,
    /// `error_handler`.
    pub error_handler: Option<Handler>,
    /// What it asks to be permitted.
    pub permissions: Vec<policy::Permission>,
    /// Forms.
    pub actions: Vec<ActionInfo>,
    /// Its style.
    pub style: Option<Style>,
    /// Its scripts.
    pub libraries: Vec<Library>,
    /// Configuration it sets for itself.
    pub settings: Settings,
    /// `redirect_bare_path`.
    pub redirect_bare_path: bool,
    /// `static_only`.
    pub static_only: bool,
    /// `index`.
    pub index: String,
    /// `single_file`.
    pub single_file: bool,
    /// `custom_layout`.
    pub custom_layout: bool,
    /// Things that do not work here.
    pub warnings: Vec<String>,
}

/// A function to run for a request.
#[derive(Clone)]
pub struct Handler {
    /// The function.
    pub function: OwnedFrozenValue,
    /// Whether it takes no request.
    pub no_args: bool,
}

impl App {
    /// Reads the global `app`; `lock` is the text of `config_gen.lock`.
    pub fn read(module: &FrozenModule, lock: Option<&str>) -> Result<Self, String> {
        let missing = || "app not defined, check app.star, add 'app = ace.app(...)'".to_owned();
        let owned = module
            .get_option("app")
            .ok()
            .flatten()
            .ok_or_else(missing)?;
        let attrs =
            Attrs::of(owned.value()).filter(|attrs| attrs.value("redirect_bare_path").is_some());
        let attrs = attrs.ok_or("app not of type ace.app in app.star")?;
        let default = global(module, "handler")?;
        let (routes, handlers) = routes::read(&attrs, &owned, default)?;
        Ok(Self {
            name: attrs.text("name").to_owned(),
            routes,
            handlers,
            error_handler: global(module, "error_handler")?,
            permissions: permissions(&attrs)?,
            actions: actions(&attrs)?,
            style: style::read(attrs.some("style"))?,
            libraries: libraries::read(attrs.list("libraries").unwrap_or_default())?,
            settings: settings::read(attrs.value("settings"), lock)?,
            redirect_bare_path: attrs.flag("redirect_bare_path"),
            static_only: attrs.flag("static_only"),
            index: attrs.text("index").to_owned(),
            single_file: attrs.flag("single_file"),
            custom_layout: attrs.flag("custom_layout"),
            warnings: warnings(&attrs),
        })
    }
}

impl Handler {
    /// Of a function inside `owner`.
    fn new(value: Value<'_>, owner: &OwnedFrozenValue) -> Option<Self> {
        let frozen = value.unpack_frozen()?;
        Some(Self {
            function: owner.map(|_| frozen),
            no_args: function_name(value).ends_with("_no_args"),
        })
    }
}

/// The name in a function's printed form: `app.star.f` of `<function f from app.star>` and the like.
fn function_name(value: Value<'_>) -> String {
    let text = value.to_str();
    let name = text
        .split_whitespace()
        .find(|word| word.ends_with("_no_args"));
    name.unwrap_or(&text).to_owned()
}

fn global(module: &FrozenModule, name: &str) -> Result<Option<Handler>, String> {
    let Some(owned) = module.get_option(name).ok().flatten() else {
        return Ok(None);
    };
    if !callable(owned.value()) {
        return Err(format!("{name} is not a function"));
    }
    Ok(Handler::new(owned.value(), &owned))
}

fn permissions(app: &Attrs<'_>) -> Result<Vec<policy::Permission>, String> {
    let list = app.list("permissions").ok_or("permissions is not a list")?;
    let read = |(at, value): (usize, &Value<'_>)| {
        let attrs = Attrs::of(*value).filter(|attrs| attrs.value("plugin").is_some());
        permission(&attrs.ok_or_else(|| format!("permissions entry {at} is not a struct"))?)
    };
    list.iter().enumerate().map(read).collect()
}

fn permission(attrs: &Attrs<'_>) -> Result<policy::Permission, String> {
    let secrets = attrs
        .list("secrets")
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let keys = ListRef::from_value(*entry)
                .ok_or_else(|| format!("entry {at} in secrets list is not a list"))?;
            Ok(keys.iter().map(|key| key.to_str()).collect())
        });
    Ok(policy::Permission {
        plugin: attrs.text("plugin").to_owned(),
        method: attrs.text("method").to_owned(),
        arguments: attrs.texts("arguments"),
        secrets: secrets.collect::<Result<_, String>>()?,
        permit: attrs.texts("permit"),
        kind: match attrs.text("type") {
            "READ" => Some(audit::Effect::Read),
            "WRITE" => Some(audit::Effect::Write),
            _ => None,
        },
        source: Some(attrs.text("_source").to_owned()).filter(|place| !place.is_empty()),
    })
}

fn actions(app: &Attrs<'_>) -> Result<Vec<ActionInfo>, String> {
    let read = |(at, value): (usize, &Value<'_>)| {
        let attrs =
            Attrs::of(*value).ok_or_else(|| format!("actions entry {} is not a struct", at + 1))?;
        let path = attrs.text("path");
        Ok(ActionInfo {
            name: attrs.text("name").to_owned(),
            path: if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
            description: attrs.text("description").to_owned(),
            hidden: attrs.texts("hidden"),
            show_validate: attrs.flag("show_validate"),
            suggest: attrs.some("suggest").is_some(),
            permit: attrs.texts("permit"),
        })
    };
    app.list("actions")
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(read)
        .collect()
}

fn warnings(app: &Attrs<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    if app.some("container").is_some() {
        warnings.push("containers are not available yet; `container` is ignored".to_owned());
    }
    if !app.list("libraries").unwrap_or_default().is_empty() {
        warnings
            .push("libraries are not bundled; the app must carry its files in `static`".to_owned());
    }
    warnings
}
