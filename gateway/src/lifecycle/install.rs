//! From stored rows to a served app.

use std::sync::Arc;

use policy::{AppId, AppPolicies, AppPolicy, AppSet, GroupId, Instance, InstanceId};
use sandbox::{Inspection, Sandbox, Source, Spec};

use super::{LifecycleError, auth};
use crate::{
    Config,
    catalog::{Address, Installed},
    dev,
    store::{AppRow, ApprovalRow, Env, Store, StoreError, VersionRow},
};

/// An app as stored: its row, its current version and its newest approval.
pub(crate) struct Stored {
    /// The app.
    pub app: AppRow,
    /// Its current version.
    pub version: VersionRow,
    /// Its newest approval.
    pub approval: Option<ApprovalRow>,
}

impl Stored {
    /// Reads what belongs to `app`.
    pub async fn read(store: &Store, app: AppRow) -> Result<Stored, StoreError> {
        let version = store.version(&app.id, app.version).await?;
        let version = version.ok_or_else(|| {
            StoreError::Missing(format!("version {} of `{}`", app.version, app.id))
        })?;
        let approval = store.approval(&app.id).await?;
        Ok(Stored {
            app,
            version,
            approval,
        })
    }

    /// The app at `address`.
    pub async fn at(store: &Store, address: &Address) -> Result<Stored, LifecycleError> {
        let app = store.find_app(address.host(), address.path()).await?;
        let app = app.ok_or_else(|| LifecycleError::Missing(address.to_string()))?;
        Ok(Stored::read(store, app).await?)
    }

    /// The policies the current version declares.
    pub fn declared(&self) -> Result<Vec<AppPolicy>, StoreError> {
        Ok(serde_json::from_str(&self.version.policies)?)
    }

    /// The policies that were approved.
    pub fn approved(&self) -> Result<Vec<AppPolicy>, StoreError> {
        self.approval.as_ref().map_or(Ok(Vec::new()), |row| {
            Ok(serde_json::from_str(&row.policies)?)
        })
    }

    /// What the app may do: approved and declared. None while nothing was approved.
    pub fn active(&self) -> Result<Option<AppPolicies>, StoreError> {
        let Some(_) = &self.approval else {
            return Ok(None);
        };
        let policies = policy::compare(&self.approved()?, &self.declared()?).same;
        Ok(Some(AppPolicies {
            instance: self.instance_id(),
            policies,
        }))
    }

    /// What the version was found to be.
    pub fn inspection(&self) -> Result<Inspection, StoreError> {
        Ok(serde_json::from_str(&self.version.inspection)?)
    }

    /// Where the app is served.
    pub fn address(&self) -> Result<Address, LifecycleError> {
        Ok(Address::from_parts(&self.app.host, &self.app.path)?)
    }

    /// The app ready to be served, with these files.
    pub fn install(
        &self,
        (sandbox, config): (&Sandbox, &Config),
        source: Arc<Source>,
    ) -> Result<Arc<Installed>, LifecycleError> {
        let address = self.address()?;
        let instance = Arc::new(self.instance(&address, config));
        let inspection = Arc::new(self.inspection()?);
        let source = dev::complete(&inspection, source);
        let app = sandbox.app(Spec {
            instance: Arc::clone(&instance),
            source: Arc::clone(&source),
            params: self.app.params.clone(),
            inspection: Arc::clone(&inspection),
            limits: sandbox.limits(&instance.path).clone(),
            accounts: self.app.accounts.clone(),
            surroundings: sandbox.surroundings().at(address.host(), address.path()),
        });
        Ok(Arc::new(Installed {
            address,
            instance,
            app,
            inspection,
            source,
        }))
    }

    /// What policy calls it.
    pub(super) fn instance_id(&self) -> InstanceId {
        instance_id(&self.app.id, self.app.env)
    }

    /// What policy knows of it, served at `address`.
    pub(super) fn instance(&self, address: &Address, config: &Config) -> Instance {
        Instance {
            id: self.instance_id(),
            app: AppId::new(self.app.id.as_str()),
            path: address.to_string(),
            env: self.app.env.name().to_owned(),
            space: address.space().to_owned(),
            sets: self
                .app
                .sets
                .iter()
                .map(|set| AppSet::new(set.as_str()))
                .collect(),
            approved: self.approval.is_some(),
            version: self.version.version,
            spec_hash: self.version.spec_hash.clone(),
            approval_seq: self.approval.as_ref().map(|approval| approval.seq),
            risk: 0,
            owner_group: GroupId::new("local:admins"),
            auth: auth::policy(config, &self.app.auth),
        }
    }
}

/// Reads a stored app with its files and makes it ready to be served.
pub(crate) async fn restore(
    store: &Store,
    (sandbox, config): (&Sandbox, &Config),
    stored: &Stored,
) -> Result<Arc<Installed>, LifecycleError> {
    let files = store.files(&stored.app.id, stored.app.version).await?;
    stored.install((sandbox, config), Arc::new(Source { files }))
}

/// The one instance an app has.
pub(super) fn instance_id(app: &str, env: Env) -> InstanceId {
    InstanceId::new(format!("{app}@{}", env.name()))
}
