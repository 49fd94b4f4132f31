//! What an app would be: its files as they are now, inspected, with the policies that come of them.
//! Nothing is stored and nothing runs with rights.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use policy::{AppPolicy, Facts, InstanceId, SecretId};
use sandbox::{Inspection, Source, SourceError, SourceLimits};
use sha2::{Digest, Sha256};

use super::{LifecycleError, install::Stored};
use crate::{State, admin::Context, catalog::Address, dev, store::NewVersion};

/// An app that might be installed.
pub(super) struct Draft {
    pub source: Arc<Source>,
    pub inspection: Arc<Inspection>,
    pub policies: Vec<AppPolicy>,
    pub spec_hash: String,
}

impl Draft {
    /// Reads `folder` and works out what the app is and asks for.
    pub async fn read(
        state: &State,
        app: (&InstanceId, &Address),
        folder: &str,
        params: &BTreeMap<String, String>,
    ) -> Result<Draft, LifecycleError> {
        Draft::of(state, app, files(folder).await?, params).await
    }

    /// Works out what an app of these files is and asks for.
    pub async fn of(
        state: &State,
        (instance, address): (&InstanceId, &Address),
        source: Source,
        params: &BTreeMap<String, String>,
    ) -> Result<Draft, LifecycleError> {
        let around = state.sandbox.surroundings();
        let around = around.at(address.host(), address.path());
        let inspected = state.sandbox.inspect_in(&source, params, &around).await?;
        let inspection = Arc::new(inspected);
        let policies = generate(state, instance.clone(), Arc::clone(&inspection)).await?;
        Ok(Draft {
            spec_hash: spec_hash(&source, params),
            source: Arc::new(source),
            inspection,
            policies,
        })
    }

    /// Adds what development mode makes for the app, on disk and here. Nothing is made before an approval.
    pub async fn furnish(
        &mut self,
        context: &Context,
        stored: &Stored,
    ) -> Result<(), LifecycleError> {
        let address = stored.address()?;
        let instance = Arc::new(stored.instance(&address, &context.state().config));
        let app = dev::Developed {
            instance,
            folder: PathBuf::from(&stored.app.source),
            inspection: Arc::clone(&self.inspection),
        };
        let mut source = Source::clone(&self.source);
        dev::furnish(context, &app, &mut source).await?;
        self.spec_hash = spec_hash(&source, &stored.app.params);
        self.source = Arc::new(source);
        Ok(())
    }

    /// The draft as a version to store.
    pub fn version(&self, created: i64, created_by: String) -> Result<NewVersion, LifecycleError> {
        Ok(NewVersion {
            spec_hash: self.spec_hash.clone(),
            inspection: serde_json::to_string(&*self.inspection)?,
            policies: serde_json::to_string(&self.policies)?,
            files: self.source.files.clone(),
            created,
            created_by,
        })
    }
}

/// The files in `folder` as they are now.
pub(super) async fn files(folder: &str) -> Result<Source, LifecycleError> {
    read(folder, Source::read_dir).await
}

/// The files of an app in development, whose folder is read without anybody saying so.
pub(super) async fn followed(folder: &str) -> Result<Source, LifecycleError> {
    read(folder, Source::read_real).await
}

type Reading = fn(&Path, SourceLimits) -> Result<Source, SourceError>;

async fn read(folder: &str, reading: Reading) -> Result<Source, LifecycleError> {
    if !Path::new(folder).is_absolute() {
        return Err(LifecycleError::Relative(folder.to_owned()));
    }
    let path = PathBuf::from(folder);
    let read = move || reading(&path, SourceLimits::default());
    Ok(tokio::task::spawn_blocking(read).await??)
}

async fn generate(
    state: &State,
    instance: InstanceId,
    inspection: Arc<Inspection>,
) -> Result<Vec<AppPolicy>, LifecycleError> {
    let secrets = inspection
        .references
        .iter()
        .map(|r| state.secrets.id(r))
        .collect::<Result<Vec<SecretId>, _>>()?;
    let provider = state.secrets.default_provider().to_owned();
    let generated = tokio::task::spawn_blocking(move || {
        let facts = Facts {
            program: &sandbox::resolve_program,
            real_path: &sandbox::real_path,
            secrets: &secrets,
            default_provider: &provider,
        };
        policy::generate(&instance, &inspection.permissions, &facts)
    });
    generated.await?.map_err(LifecycleError::Permissions)
}

/// Hash over files and parameters: what an approval is about.
fn spec_hash(source: &Source, params: &BTreeMap<String, String>) -> String {
    let mut all = Sha256::new();
    all.update(source.hash());
    for text in params.iter().flat_map(|(name, value)| [name, value]) {
        all.update((text.len() as u64).to_be_bytes());
        all.update(text);
    }
    format!("{:x}", all.finalize())
}
