//! A plain `GET` of the client crate that the store is built on.

use std::path::Path;

use redis::aio::MultiplexedConnection;
use redis::{Client, ConnectionAddr, IntoConnectionInfo as _};

use crate::error::AnyError;
use crate::setting::socket;

const KEY: &str = "plain";

pub(crate) struct Plain {
    connection: MultiplexedConnection,
}

impl Plain {
    /// Connects, and stores a value.
    pub(crate) async fn with_value(folder: &Path, value: &str) -> Result<Self, AnyError> {
        let mut plain = Self::open(folder).await?;
        let _: () = redis::cmd("SET").arg(KEY).arg(value).query_async(&mut plain.connection).await?;
        Ok(plain)
    }

    /// Connects.
    pub(crate) async fn open(folder: &Path) -> Result<Self, AnyError> {
        let client = Client::open(ConnectionAddr::Unix(socket(folder)).into_connection_info()?)?;
        Ok(Self { connection: client.get_multiplexed_async_connection().await? })
    }

    /// Reads the value.
    pub(crate) async fn read(&self) -> Result<(), AnyError> {
        let value: String = redis::cmd("GET").arg(KEY).query_async(&mut self.connection.clone()).await?;
        if value.starts_with("gts1.") { Ok(()) } else { Err("another value".into()) }
    }
}
