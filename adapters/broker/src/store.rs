//! The store of `[store]`, opened.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use genesys_token_tokio::Sharing;
use genesys_token_tokio::store::{FileStore, KeySource, SharedStore};

use crate::config::{KeysConfig, StoreConfig, StoreKind};

/// The reason why the store cannot be used.
#[derive(Debug)]
pub enum StoreSetupError {
    /// The directory.
    Directory {
        /// Its path.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// systemd provided no credentials directory.
    NoCredentialsDirectory,
}

impl fmt::Display for StoreSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, error } => write!(
                f,
                "the directory {} cannot be used ({error}): check that the broker's user may write there",
                path.display()
            ),
            Self::NoCredentialsDirectory => f.write_str(
                "systemd provided no credentials directory: add LoadCredentialEncrypted= to the unit, or use key_file",
            ),
        }
    }
}

impl std::error::Error for StoreSetupError {}

/// Opens the store. Does no network I/O.
pub(crate) fn open(config: &StoreConfig) -> Result<Sharing, StoreSetupError> {
    let keys = KeySource::File(match &config.keys {
        KeysConfig::File(path) => path.clone(),
        KeysConfig::Systemd(name) => {
            let directory =
                std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(StoreSetupError::NoCredentialsDirectory)?;
            PathBuf::from(directory).join(name)
        }
    });
    let store = match &config.kind {
        StoreKind::File { directory } => {
            let failed = |error| StoreSetupError::Directory { path: directory.clone(), error };
            SharedStore::encrypted(FileStore::open(directory).map_err(failed)?, keys)
        }
    };
    Ok(Sharing::new(Arc::new(store))
        .command_timeout(config.command_timeout)
        .budget(config.fallback_exchanges, config.fallback_window))
}
