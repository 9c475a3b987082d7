//! The servers of `kind = "redis"` in `[store]`.

use std::net::IpAddr;
use std::path::PathBuf;

use super::reader::{ConfigError, Section};

/// The servers of `kind = "redis"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisConfig {
    /// Their addresses.
    pub place: RedisPlace,
    /// Whether TLS is used; the default is yes. Without it only loopback addresses are used.
    pub tls: bool,
    /// The login at the servers that store tokens.
    pub login: LoginConfig,
    /// Certificates that are trusted instead of the platform's.
    pub ca_file: Option<PathBuf>,
    /// The number of the database; the default is 0.
    pub database: u32,
}

/// The addresses of Redis servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisPlace {
    /// A Unix socket.
    Unix(PathBuf),
    /// A host and a port.
    Tcp(NodeConfig),
    /// The primary that Sentinels name.
    Sentinel {
        /// The Sentinels.
        sentinels: Vec<NodeConfig>,
        /// The name under which they monitor the primary.
        service: String,
        /// The login at the Sentinels.
        login: LoginConfig,
    },
    /// Some nodes of a cluster.
    Cluster(Vec<NodeConfig>),
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// User and password at a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginConfig {
    /// The user of the access control list; `None` for the default user.
    pub user: Option<String>,
    /// The file with the user's password, read when the configuration is applied.
    pub password_file: Option<PathBuf>,
}

impl RedisConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, ConfigError> {
        let tls = section.boolean("tls")?.unwrap_or(true);
        let place = RedisPlace::read(section)?;
        if !tls && !place.is_loopback() {
            return Err(section.error_at(
                "tls",
                "must be true: without TLS the password would cross the network in clear text",
            ));
        }
        let database = section.integer("database", 0..16_385)?.unwrap_or(0);
        Ok(Self {
            place,
            tls,
            login: LoginConfig {
                user: section.string("user")?.map(str::to_owned),
                password_file: section.path("password_file")?,
            },
            ca_file: section.path("ca_file")?,
            database: u32::try_from(database).unwrap_or(0),
        })
    }
}

impl RedisPlace {
    fn read(section: &Section<'_>) -> Result<Self, ConfigError> {
        let nodes = |key| -> Result<Option<Vec<NodeConfig>>, ConfigError> {
            let nodes: Option<Vec<_>> = section.strings(key)?.into_iter().map(NodeConfig::of).collect();
            let nodes = nodes.ok_or_else(|| section.error_at(key, "must be a list of HOST:PORT"))?;
            Ok(Some(nodes).filter(|nodes| !nodes.is_empty()))
        };
        let sentinel_login = LoginConfig {
            user: section.string("sentinel_user")?.map(str::to_owned),
            password_file: section.path("sentinel_password_file")?,
        };
        let service = section.string("service")?;
        let address = section.string("address")?;
        let place = match (address, nodes("sentinels")?, nodes("cluster")?) {
            (Some(path), None, None) if path.starts_with('/') => Self::Unix(PathBuf::from(path)),
            (Some(address), None, None) => Self::Tcp(NodeConfig::of(address).ok_or_else(|| {
                section.error_at("address", "must be HOST:PORT, or the absolute path of a Unix socket")
            })?),
            (None, Some(sentinels), None) => {
                let service = service.filter(|service| !service.is_empty()).ok_or_else(|| {
                    section.error("needs `service`: the name under which the Sentinels monitor the primary")
                })?;
                return Ok(Self::Sentinel { sentinels, service: service.to_owned(), login: sentinel_login });
            }
            (None, None, Some(_)) if !cfg!(feature = "redis-cluster") => {
                return Err(section.error_at(
                    "cluster",
                    "needs a program that was built with the feature `redis-cluster`; this one was not",
                ));
            }
            (None, None, Some(nodes)) => Self::Cluster(nodes),
            _ => return Err(section.error("needs exactly one of `address`, `sentinels` and `cluster`")),
        };
        if service.is_some() || sentinel_login != LoginConfig::default() {
            return Err(section
                .error("has `service`, `sentinel_user` or `sentinel_password_file` without `sentinels`"));
        }
        Ok(place)
    }

    /// Returns whether all addresses are of this machine.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp(node) => node.is_loopback(),
            Self::Sentinel { sentinels: nodes, .. } | Self::Cluster(nodes) => {
                nodes.iter().all(NodeConfig::is_loopback)
            }
        }
    }
}

impl NodeConfig {
    fn of(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_host = !host.is_empty() && !host.contains(['/', '@']);
        is_host.then_some(Self { host: host.to_owned(), port: port.parse().ok()? })
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}
