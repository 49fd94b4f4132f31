//! `actions=` of an app.

use starlark::values::Value;

use super::at;
use crate::inspection::{ActionInfo, Route};
use crate::star::attrs::Attrs;
use crate::star::evaluate::Failure;

/// Reads the list; `routes` are what else the app answers with.
pub fn read(app: &Attrs<'_>, routes: &[Route]) -> Result<Vec<ActionInfo>, Failure> {
    let mut actions: Vec<ActionInfo> = Vec::new();
    let list = app.list("actions").unwrap_or_default();
    for (index, value) in list.iter().enumerate() {
        let (attrs, action) = action(*value)
            .ok_or_else(|| at(app, format!("actions entry {} is not a struct", index + 1)))?;
        let path = &action.path;
        let taken = actions.iter().any(|other| &other.path == path)
            || routes.iter().any(|route| &route.pattern == path);
        if taken {
            let error = format!(
                "error adding action at path {path}: another action or route has this path"
            );
            return Err(at(&attrs, error));
        }
        actions.push(action);
    }
    Ok(actions)
}

fn action<'v>(value: Value<'v>) -> Option<(Attrs<'v>, ActionInfo)> {
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("run").is_some())?;
    let path = attrs.text("path");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let action = ActionInfo {
        name: attrs.text("name").to_owned(),
        path: format!("{slash}{path}"),
        description: attrs.text("description").to_owned(),
        hidden: attrs.texts("hidden"),
        show_validate: attrs.flag("show_validate"),
        suggest: attrs.some("suggest").is_some(),
        permit: attrs.texts("permit"),
    };
    Some((attrs, action))
}
