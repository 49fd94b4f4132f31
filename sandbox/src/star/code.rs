//! One loaded app: its evaluated code and its templates, ready to run handlers.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;
use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};
use starlark::values::structs::AllocStruct;

use super::ace;
use super::app::App;
use super::context::{Context, NoBridge, Stage};
use super::convert::from_json_frozen;
use super::evaluate::{self, Failure};
use super::loader::Loader;
use super::params::{self, Params};
use super::request::AppFacts;
use crate::frame::Init;
use crate::inspection::{Inspection, Route, RouteKind};
use crate::limits::Limits;
use crate::template::{self, Engine, Material};

/// A loaded app.
pub struct Code {
    /// Its routes and handlers.
    pub app: App,
    /// Its templates; the error is for the first page asked for.
    pub templates: Result<Arc<dyn Engine>, String>,
    /// What requests repeat.
    pub facts: AppFacts,
    /// Bounds of each run.
    pub limits: Limits,
    params: Params,
    loads: Vec<String>,
    warnings: Vec<String>,
}

/// Settings that the generated files of an app were made with.
const LOCK: &str = "config_gen.lock";
/// The tables of an app, which no version serves yet.
const SCHEMA: &str = "schema.star";

/// Evaluates the app's files; the error is one line with the place in it.
pub fn load(init: &Init, print: Arc<dyn Fn(&str) + Send + Sync>) -> Result<Code, String> {
    let stage = if init.inspect {
        Stage::Inspect
    } else {
        Stage::Serve
    };
    let context = Context::new(Rc::new(NoBridge(print)), stage, &init.limits);
    read(init, &context).map_err(|failure| failure.located())
}

fn read(init: &Init, context: &Rc<Context>) -> Result<Code, Failure> {
    let text = init.files.get("params.star").map(String::as_str);
    let params = params::load(text, &init.params, context)?;
    if !init.files.contains_key("app.star") {
        return Err(Failure::new("error reading app.star: file does not exist"));
    }
    let loader = Loader::new(
        &init.files,
        globals(init, &params.values),
        Rc::clone(context),
    );
    let module = loader
        .file("app.star")
        .map_err(|error| evaluate::failure(&error))?;
    let app = App::read(&module, init.files.get(LOCK).map(String::as_str)).map_err(Failure::new)?;
    let templates = templates(init, &app);
    if let (Err(problem), true) = (&templates, app.routes.iter().any(is_page)) {
        return Err(Failure::new(problem.clone()));
    }
    Ok(Code {
        facts: AppFacts {
            name: app.name.clone(),
            push_events: app.settings.push_events,
            htmx: app.settings.htmx_version.clone(),
        },
        warnings: warnings(init, &app, &params),
        limits: init.limits.clone(),
        loads: loader.plugins(),
        app,
        templates,
        params,
    })
}

impl Code {
    /// What the app declares; references are the host's to add.
    pub fn inspection(&self) -> Inspection {
        let app = &self.app;
        Inspection {
            name: app.name.clone(),
            routes: app.routes.clone(),
            permissions: app.permissions.clone(),
            loads: self.loads.clone(),
            actions: app.actions.clone(),
            params: self.params.infos.clone(),
            style: app.style.clone(),
            libraries: app.libraries.clone(),
            settings: app.settings.clone(),
            references: Vec::new(),
            redirect_bare_path: app.redirect_bare_path,
            static_only: app.static_only,
            index: app.index.clone(),
            single_file: app.single_file,
            custom_layout: app.custom_layout,
            warnings: self.warnings.clone(),
        }
    }
}

fn globals(init: &Init, params: &BTreeMap<String, Json>) -> Globals {
    let mut builder = GlobalsBuilder::extended_by(&[LibraryExtension::Print]);
    builder.namespace("ace", ace::module);
    let heap = builder.frozen_heap();
    let fields: Vec<_> = params
        .iter()
        .map(|(name, value)| (name.clone(), from_json_frozen(value, heap)))
        .collect();
    let param = builder.alloc(AllocStruct(fields));
    builder.set("param", param);
    if init.files.contains_key(SCHEMA) {
        // The names such an app compiles with; what would be in them comes with the store.
        for name in ["doc", "table"] {
            let empty = builder.alloc(AllocStruct::EMPTY);
            builder.set(name, empty);
        }
    }
    builder.build()
}

fn is_page(route: &Route) -> bool {
    route.kind == RouteKind::Html
}

fn templates(init: &Init, app: &App) -> Result<Arc<dyn Engine>, String> {
    template::load(&Material {
        files: &init.files,
        statics: &init.statics,
        app_path: &init.app_path,
        locations: &app.settings.template_locations,
        base: &app.settings.base_templates,
    })
}

fn warnings(init: &Init, app: &App, params: &Params) -> Vec<String> {
    let mut warnings = app.warnings.clone();
    let declared = |name: &&String| params.values.contains_key(*name);
    for name in init.params.keys().filter(|name| !declared(name)) {
        warnings.push(format!("parameter `{name}` is not declared in params.star"));
    }
    if app.routes.iter().any(is_page) && !init.files.keys().any(|file| file.ends_with(".go.html")) {
        warnings.push("pages have no template; add index.go.html".to_owned());
    }
    if !app.actions.is_empty() {
        warnings.push("actions are not available yet and answer 501".to_owned());
    }
    if init.files.contains_key(SCHEMA) {
        warnings.push("schema.star is ignored; the store is not available yet".to_owned());
    }
    if app
        .routes
        .iter()
        .any(|route| route.kind == RouteKind::Proxy)
    {
        warnings.push("proxy routes are not available yet and answer 501".to_owned());
    }
    warnings
}
