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
