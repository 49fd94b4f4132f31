//! `serve_tmp_file`: a file is offered for download through the gateway, for a time, under an id nobody
//! can guess. The file that was judged is the one that is served.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy::Bound;
use serde_json::{Value, json};
use tempfile::TempPath;

use super::walk::Trouble;
use crate::plugin::argument::{Problem, flag, number};
use crate::plugin::errand::Errand;
use crate::served::{Served, ServedFile, Visibility, open_plain};

/// What the app asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    name: String,
    mime_type: String,
    own: bool,
    minutes: i64,
    single: bool,
}

/// How and for whom a file is offered.
pub struct Offer {
    file: ServedFile,
    /// The path of the app.
    below: String,
    /// A temporary file of this request, which is kept, and the folder it is moved to.
    temporary: Option<(TempPath, PathBuf)>,
    store: Arc<dyn Served>,
}

impl Wish {
    /// Reads the arguments.
    pub fn new(bound: &Bound) -> Result<Wish, Problem> {
        let own = match bound.text("visibility") {
            "user" => true,
            "app" => false,
            other => {
                return Err(format!(
                    "invalid visibility `{other}`; use fs.USER or fs.APP"
                ));
            }
        };
        let mime_type = bound.text("mime_type").to_owned();
        let valid = http::HeaderValue::from_str(&mime_type).is_ok();
        if !valid || !mime_type.contains('/') {
            return Err("invalid mime_type; expected one such as `text/csv`".to_owned());
        }
        Ok(Wish {
            name: name(bound)?,
            mime_type,
            own,
            minutes: number(bound, "expiry_minutes"),
            single: flag(bound, "single_access"),
        })
    }

    /// The offer of the file at a real path. A temporary file of this request is taken over, so that it
    /// outlives it.
    pub fn offer(&self, errand: &Errand<'_>, path: &Path) -> Offer {
        let premises = &errand.plugins.premises;
        let instance = &errand.acting.instance;
        let temporary = errand.session.take_file(path);
        let folder = premises.data.join("served").join(instance.app.as_str());
        let file = ServedFile {
            instance: instance.id.clone(),
            path: path.to_owned(),
            identity: (0, 0),
            name: self.name.clone(),
            mime_type: self.mime_type.clone(),
            visibility: self.visibility(errand),
            expires: self.expires(errand),
            single_access: self.single,
            remove: temporary.is_some() || self.single,
        };
        Offer {
            file,
            below: crate::host::mount(&instance.path).to_owned(),
            temporary: temporary.map(|file| (file, folder)),
            store: Arc::clone(&premises.served),
        }
    }

    fn visibility(&self, errand: &Errand<'_>) -> Visibility {
        let person = errand.acting.on_behalf_of.as_ref();
        match self.own {
            true => Visibility::User(person.map_or("anonymous".into(), |it| it.id.to_string())),
            false => Visibility::App,
        }
    }

    fn expires(&self, errand: &Errand<'_>) -> Option<i64> {
        let now = (errand.plugins.premises.now)().as_second();
        (self.minutes > 0).then(|| now.saturating_add(self.minutes.saturating_mul(60)))
    }
}

impl Offer {
    /// Opens the file to remember which it is, and has it remembered; blocks.
    pub fn register(self) -> Result<Value, Trouble> {
        let given = self.file.path.display().to_string();
        let failed = |error: std::io::Error| Trouble::Limit(format!("{given}: {error}"));
        let id = identifier().map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        let (_, identity, _) = open_plain(&self.file.path).map_err(failed)?;
        let path = match self.temporary {
            Some((file, folder)) => keep(file, &folder, &id).map_err(failed)?,
            None => self.file.path.clone(),
        };
        let name = match self.file.name.as_str() {
            "" => self
                .file
                .path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            name => name.to_owned(),
        };
        let file = ServedFile {
            path,
            identity,
            name: name.clone(),
            ..self.file
        };
        if let Err(error) = self.store.put(&id, &file) {
            tracing::error!(%error, "a file could not be offered for download");
            file.discard();
            return Err(Trouble::Limit(
                "the file could not be registered; try again later".to_owned(),
            ));
        }
        let url = format!("{}/_openrun_app/file/{id}", self.below);
        Ok(json!({ "id": id, "url": url, "name": name }))
    }
}

/// Whether a real path is in one of the folders whose files may be offered, and not in the gateway's own; blocks.
pub fn is_shared(folders: &[PathBuf], own: &Path, path: &Path) -> bool {
    let inside =
        |folder: &Path| std::fs::canonicalize(folder).is_ok_and(|folder| path.starts_with(folder));
    folders.iter().any(|folder| inside(folder)) && !inside(own)
}

/// The name to download under; empty for that of the file.
fn name(bound: &Bound) -> Result<String, Problem> {
    let name = bound.text("name");
    if name.contains(['/', '\\']) || name.chars().any(char::is_control) {
        return Err(format!("`{name}` is not a file name"));
    }
    Ok(name.to_owned())
}

/// Moves a temporary file to where it outlives the request.
fn keep(file: TempPath, folder: &Path, id: &str) -> std::io::Result<PathBuf> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)?;
    let path = std::fs::canonicalize(folder)?.join(id);
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

fn identifier() -> Result<String, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("usr_file_{:032x}", u128::from_be_bytes(random)))
}
