//! The operators' policies: files that belong to them from the first start on.

use std::{fs, io, path::Path};

use policy::{GRANTS, GUARDRAILS, PolicySource};

use super::BootError;
use crate::Home;

/// Makes the home; a new one gets the default policies.
pub(crate) fn prepare(home: &Home) -> Result<(), BootError> {
    let new = !home.policies().exists();
    home.create()?;
    if new {
        write(&home.guardrails().join("default.cedar"), GUARDRAILS)?;
        write(&home.grants().join("default.cedar"), GRANTS)?;
    }
    Ok(())
}

/// Guardrails and grants of the home; the defaults while there is none.
pub(crate) fn read(home: &Home) -> Result<(Vec<PolicySource>, Vec<PolicySource>), BootError> {
    if home.policies().exists() {
        return Ok((folder(&home.guardrails())?, folder(&home.grants())?));
    }
    let default = |name: &str, text: &str| {
        vec![PolicySource {
            name: name.to_owned(),
            text: text.to_owned(),
        }]
    };
    Ok((
        default("guardrails/default.cedar", GUARDRAILS),
        default("grants/default.cedar", GRANTS),
    ))
}

/// Ids of the guardrails that come with the program and that the operators' files lack: left out on purpose, or
/// newer than the home.
pub(super) fn missing(guardrails: &[PolicySource]) -> Vec<&'static str> {
    let ids = GUARDRAILS.split("@id(\"").skip(1);
    let ids = ids.filter_map(|rest| rest.split('"').next());
    let has = |id: &str| {
        let written = format!("@id(\"{id}\")");
        guardrails
            .iter()
            .any(|source| source.text.contains(&written))
    };
    ids.filter(|id| !has(id)).collect()
}

fn folder(path: &Path) -> Result<Vec<PolicySource>, BootError> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(path).map_err(at(path))? {
        let file = entry.map_err(at(path))?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "cedar")
        {
            let text = fs::read_to_string(&file).map_err(at(&file))?;
            sources.push(PolicySource {
                name: file.display().to_string(),
                text,
            });
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

fn write(path: &Path, text: &str) -> Result<(), BootError> {
    fs::write(path, text).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BootError {
    let path = path.to_owned();
    move |source| BootError::PolicyFile { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guardrails_that_are_left_out_are_named() {
        let source = |text: String| {
            vec![PolicySource {
                name: "a.cedar".into(),
                text,
            }]
        };
        assert!(missing(&source(GUARDRAILS.to_owned())).is_empty());
        let older = GUARDRAILS.replace("@id(\"g.token-scope\")", "@id(\"g.mine\")");
        assert_eq!(missing(&source(older)), ["g.token-scope"]);
    }
}
