//! The store of `[store]`, opened.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use genesys_token_tokio::Sharing;
use genesys_token_tokio::store::{
    FileStore, KeySource, RedisAddress, RedisLogin, RedisNode, RedisSettings, RedisStore, RedisTls,
    SharedStore, StoreError,
};
use zeroize::Zeroizing;

use crate::config::{KeysConfig, LoginConfig, NodeConfig, RedisConfig, RedisPlace, StoreConfig, StoreKind};

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
    /// The file of the password or the certificates.
    File {
        /// Its path.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// The settings of the server.
    Server(StoreError),
}

impl fmt::Display for StoreSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, error } => write!(
                f,
                "the directory {} cannot be used ({error}): check that the broker's user may write there",
                path.display()
            ),
            Self::File { path, error } => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Server(error) => error.fmt(f),
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
        StoreKind::Redis(config) => {
            let store = RedisStore::new(&redis_settings(config)?).map_err(StoreSetupError::Server)?;
            SharedStore::encrypted(store, keys)
        }
    };
    Ok(Sharing::new(Arc::new(store))
        .command_timeout(config.command_timeout)
        .budget(config.fallback_exchanges, config.fallback_window))
}

fn redis_settings(config: &RedisConfig) -> Result<RedisSettings, StoreSetupError> {
    let roots = config.ca_file.as_ref().map(read).transpose()?.map(|roots| roots.as_bytes().to_vec());
    let tls = config.tls.then_some(RedisTls { roots });
    let nodes = |nodes: &[NodeConfig]| nodes.iter().map(node).collect();
    let address = match &config.place {
        RedisPlace::Unix(path) => RedisAddress::Unix(path.clone()),
        RedisPlace::Tcp(address) => RedisAddress::Server { node: node(address), tls },
        RedisPlace::Sentinel { sentinels, service, login: at_sentinels } => RedisAddress::Sentinel {
            sentinels: nodes(sentinels),
            service: service.clone(),
            login: login(at_sentinels)?,
            tls,
        },
        #[cfg(feature = "redis-cluster")]
        RedisPlace::Cluster(of_cluster) => RedisAddress::Cluster { nodes: nodes(of_cluster), tls },
        #[cfg(not(feature = "redis-cluster"))]
        RedisPlace::Cluster(_) => {
            return Err(StoreSetupError::Server(StoreError::new(
                "a cluster needs the feature redis-cluster",
            )));
        }
    };
    Ok(RedisSettings { address, login: login(&config.login)?, database: config.database })
}

fn node(config: &NodeConfig) -> RedisNode {
    RedisNode { host: config.host.clone(), port: config.port }
}

fn login(config: &LoginConfig) -> Result<RedisLogin, StoreSetupError> {
    let password = config.password_file.as_ref().map(read).transpose()?;
    let password = password.map(|text| Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()));
    Ok(RedisLogin { user: config.user.clone(), password })
}

fn read(path: &PathBuf) -> Result<Zeroizing<String>, StoreSetupError> {
    std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| StoreSetupError::File { path: path.clone(), error })
}
