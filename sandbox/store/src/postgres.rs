//! PostgreSQL. A statement that fails inside a transaction is undone alone, as with SQLite; a result
//! that is read in parts is a held cursor, which stays as it was when it was made.

mod address;
mod failure;
mod talk;
mod tls;

use tokio_postgres::{Client, NoTls};

use crate::bounds::Bounds;
use crate::connection::Connection;
use crate::pool::{Maker, Making};
use talk::Talk;

pub use address::Address;

/// Connects to a server.
pub struct Server {
    address: Address,
    bounds: Bounds,
}

impl Server {
    /// The server at this address.
    pub fn new(address: Address, bounds: Bounds) -> Self {
        Self { address, bounds }
    }

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let config = &self.address.config;
        match &self.address.tls {
            None => {
                let (client, driver) = config.connect(NoTls).await?;
                tokio::spawn(driver);
                Ok(client)
            }
            Some(tls) => {
                let (client, driver) = config.connect(tls.clone()).await?;
                tokio::spawn(driver);
                Ok(client)
            }
        }
    }

    async fn ready(&self) -> Result<Client, tokio_postgres::Error> {
        let client = self.connect().await?;
        let statement = self.bounds.statement.as_millis();
        let wait = self.bounds.wait.as_millis();
        let settings = format!(
            "SET statement_timeout = {statement}; SET lock_timeout = {wait}; \
             SET idle_in_transaction_session_timeout = 600000; SET client_encoding = 'UTF8'; \
             SET standard_conforming_strings = on"
        );
        client.batch_execute(&settings).await?;
        Ok(client)
    }
}

impl Maker for Server {
    fn make(&self) -> Making<'_> {
        Box::pin(async {
            let ready = tokio::time::timeout(self.bounds.connect, self.ready()).await;
            let ready = ready.map_err(|_| "it does not answer in time".to_owned())?;
            let client = ready.map_err(|error| failure::spelt(&error))?;
            let talk = Talk::new(client, self.bounds.statement);
            let connection: Box<dyn Connection> = Box::new(talk);
            Ok(connection)
        })
    }

    fn shown(&self) -> String {
        self.address.shown.clone()
    }
}
