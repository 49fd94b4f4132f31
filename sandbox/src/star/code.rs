//! One loaded app: its evaluated code and its templates, ready to run handlers.

use std::num::{NonZeroI32, NonZeroU8};
use std::rc::Rc;
use std::sync::Arc;

use starlark::environment::Globals;
use starlark::values::range::Range;
use starlark::values::structs::AllocStruct;
use store::Schema;

use super::app::App;
use super::context::{Common, Context, NoBridge, Stage};
use super::convert::from_json_frozen;
use super::evaluate::{self, Failure};
use super::loader::{self, Loader};
use super::params::{self, Params};
use super::request::AppFacts;
use super::{ace, loops, schema};
use crate::frame::Init;
use crate::inspection::{Inspection, Route, RouteKind};
use crate::template::{Material, Pages};

/// A loaded app.
pub struct Code {
    /// Its routes and handlers.
    pub app: App,
    /// Its templates; the error is for the first page asked for.
    pub templates: Result<Pages, String>,
    /// What requests repeat.
    pub facts: AppFacts,
    /// What all runs share.
    pub common: Arc<Common>,
    params: Params,
    schema: Option<Schema>,
    loads: Vec<String>,
    warnings: Vec<String>,
}

/// Settings that the generated files of an app were made with.
const LOCK: &str = "config_gen.lock";
/// Rounds of a rewritten `while` loop; the limits of a run end it long before.
const ROUNDS: i32 = i32::MAX;

/// Evaluates the app's files; the error is one line with the place in it.
pub fn load(init: &Init, print: Arc<dyn Fn(&str) + Send + Sync>) -> Result<Code, String> {
    let stage = if init.inspect {
        Stage::Inspect
    } else {
        Stage::Serve
    };
    let common = Common::new(init.limits.clone(), init.surroundings.clone());
    let context = Context::new(Arc::new(NoBridge(print)), stage, common);
    read(init, &context).map_err(|failure| failure.located())
}

fn read(init: &Init, context: &Rc<Context>) -> Result<Code, Failure> {
    let schema = match loader::find(init, "schema.star") {
        Some(text) => Some(schema::load("schema.star", text, context)?),
        None => None,
    };
    let params = params::load(loader::find(init, "params.star"), &init.params, context)?;
    if loader::find(init, "app.star").is_none() {
        return Err(Failure::new("error reading app.star: file does not exist"));
    }
    let loader = Loader::new(init, globals(&params, schema.as_ref()), Rc::clone(context));
    let module = loader
        .file("app.star")
        .map_err(|error| evaluate::failure(&error, context))?;
    let app = App::read(&module, init.files.get(LOCK).map(String::as_str))?;
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
        warnings: warnings(init, &app, &params, &context.early.borrow()),
        common: Arc::clone(&context.common),
        loads: loader.plugins(),
        app,
        templates,
        params,
        schema,
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
            container: app.container.clone(),
            schema: self.schema.clone(),
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

fn globals(params: &Params, schema: Option<&Schema>) -> Globals {
    let mut builder = evaluate::universe();
    builder.namespace("ace", ace::module);
    let step = NonZeroI32::from(NonZeroU8::MIN);
    builder.set(loops::ROUNDS, Range::new(0, ROUNDS, step));
    let heap = builder.frozen_heap();
    let fields: Vec<_> = params
        .values
        .iter()
        .map(|(name, value)| (name.clone(), from_json_frozen(value, heap)))
        .collect();
    let param = builder.alloc(AllocStruct(fields));
    builder.set("param", param);
    if let Some(schema) = schema {
        schema::globals(&mut builder, schema);
    }
    builder.build()
}

fn is_page(route: &Route) -> bool {
    route.kind == RouteKind::Html
}

fn templates(init: &Init, app: &App) -> Result<Pages, String> {
    Pages::load(&Material {
        files: &init.files,
        statics: &init.statics,
        app_path: &init.app_path,
        locations: &app.settings.template_locations,
        base: &app.settings.base_templates,
    })
}

fn warnings(init: &Init, app: &App, params: &Params, early: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    let declared = |name: &&String| params.values.contains_key(*name);
    for name in init.params.keys().filter(|name| !declared(name)) {
        warnings.push(format!("parameter `{name}` is not declared in params.star"));
    }
    for call in early {
        warnings.push(format!(
            "{call} is called outside of functions, where it fails; call it in a handler"
        ));
    }
    if app.routes.iter().any(is_page) && !init.files.keys().any(|file| file.ends_with(".go.html")) {
        warnings.push("pages have no template; add index.go.html".to_owned());
    }
    if !app.actions.is_empty() {
        warnings.push("actions are not available yet and answer 501".to_owned());
    }
    if app.container.is_some() {
        warnings.push("containers are not available yet; `container` is ignored".to_owned());
    }
    if !app.libraries.is_empty() {
        let text = "libraries are made for apps in development; other apps must carry their files in `static/gen`";
        warnings.push(text.to_owned());
    }
    if !app.settings.app_config.is_empty() {
        warnings.push(
            "`app_config` in settings is ignored; these settings are the operator's".to_owned(),
        );
    }
    warnings
}
