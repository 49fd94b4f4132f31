//! Which accounts of plugins apps are linked to.

use rusqlite::params;

use super::{Store, StoreError};
use crate::authority::Authority;

impl Store {
    /// Links `plugin`, as the app loads it, to `account`; answers whether that is new.
    pub async fn link_account(
        &self,
        _by: &Authority,
        app: &str,
        (plugin, account): (&str, &str),
    ) -> Result<bool, StoreError> {
        let (app, plugin, account) = (app.to_owned(), plugin.to_owned(), account.to_owned());
        self.run(move |t| {
            let sql = "INSERT INTO accounts (app, plugin, account) VALUES (?1, ?2, ?3)
                 ON CONFLICT (app, plugin) DO UPDATE SET account = excluded.account
                 WHERE account != excluded.account";
            Ok(t.execute(sql, params![app, plugin, account])? > 0)
        })
        .await
    }

    /// Takes the link of `plugin` away; answers whether there was one.
    pub async fn unlink_account(
        &self,
        _by: &Authority,
        app: &str,
        plugin: &str,
    ) -> Result<bool, StoreError> {
        let (app, plugin) = (app.to_owned(), plugin.to_owned());
        self.run(move |t| {
            let sql = "DELETE FROM accounts WHERE app = ?1 AND plugin = ?2";
            Ok(t.execute(sql, [app, plugin])? > 0)
        })
        .await
    }
}
