//! Reads the global `app` of an evaluated `app.star`: routes with their handlers, permissions,
//! actions, settings.

mod actions;
mod config;
mod container;
mod libraries;
mod routes;
mod settings;
mod style;

use starlark::environment::FrozenModule;
use starlark::values::list::ListRef;
use starlark::values::{OwnedFrozenValue, Value};

use super::ace::SOURCE;
use super::attrs::Attrs;
use super::evaluate::Failure;
use super::unpack::callable;
use crate::inspection::{ActionInfo, ContainerConfig, Library, Route, RouteKind, Settings, Style};

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
    /// The container that serves it.
    pub container: Option<ContainerConfig>,
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
    pub fn read(module: &FrozenModule, lock: Option<&str>) -> Result<Self, Failure> {
        let missing = || "app not defined, check app.star, add 'app = ace.app(...)'";
        let owned = module
            .get_option("app")
            .ok()
            .flatten()
            .ok_or_else(|| Failure::new(missing()))?;
        let attrs =
            Attrs::of(owned.value()).filter(|attrs| attrs.value("redirect_bare_path").is_some());
        let attrs = attrs.ok_or_else(|| Failure::new("app not of type ace.app in app.star"))?;
        let default = global(module, "handler").map_err(Failure::new)?;
        let (routes, handlers) = routes::read(&attrs, &owned, default)?;
        let app = Self {
            name: attrs.text("name").to_owned(),
            error_handler: global(module, "error_handler").map_err(Failure::new)?,
            actions: actions::read(&attrs, &routes)?,
            routes,
            handlers,
            permissions: permissions(&attrs).map_err(|error| at(&attrs, error))?,
            style: style::read(attrs.some("style")).map_err(|error| at(&attrs, error))?,
            libraries: libraries::read(attrs.list("libraries").unwrap_or_default())
                .map_err(|error| at(&attrs, error))?,
            settings: settings::read(attrs.value("settings"), lock)
                .map_err(|error| at(&attrs, error))?,
            container: container::read(attrs.some("container"))
                .map_err(|error| at(&attrs, error))?,
            redirect_bare_path: attrs.flag("redirect_bare_path"),
            static_only: attrs.flag("static_only"),
            index: attrs.text("index").to_owned(),
            single_file: attrs.flag("single_file"),
            custom_layout: attrs.flag("custom_layout"),
        };
        app.check_static().map_err(|error| at(&attrs, error))?;
        Ok(app)
    }

    /// Whether what is served as files leaves room for the routes.
    fn check_static(&self) -> Result<(), &'static str> {
        if !self.static_only {
            return Ok(());
        }
        let kind = |kind| self.routes.iter().filter(move |route| route.kind == kind);
        if kind(RouteKind::Html).next().is_some() {
            return Err("static_only app cannot have HTML routes");
        }
        if kind(RouteKind::Proxy).any(|route| route.pattern == "/*") {
            return Err("static_only app cannot have root level wildcard path for proxy");
        }
        if self.single_file && self.index.is_empty() {
            return Err("single_file static app must have index_page attribute set");
        }
        Ok(())
    }
}

/// An error about what `attrs` describe.
fn at(attrs: &Attrs<'_>, message: impl Into<String>) -> Failure {
    Failure {
        place: attrs.text(SOURCE).to_owned(),
        ..Failure::new(message)
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
        source: Some(attrs.text(SOURCE).to_owned()).filter(|place| !place.is_empty()),
    })
}
