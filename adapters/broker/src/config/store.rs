//! `[store]`: where tokens are shared with other processes.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::{ConfigError, Section, nearest};

const KINDS: [&str; 3] = ["memory", "file", "redis"];
const KEYS: [&str; 13] = [
    "address",
    "ca_file",
    "command_timeout",
    "database",
    "directory",
    "fallback_exchanges",
    "fallback_window",
    "key_file",
    "kind",
    "password_file",
    "systemd_credential",
    "tls",
    "user",
];

/// `[store]` of a kind other than `memory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// The store.
    pub kind: StoreKind,
    /// The source of the keys by which tokens are encrypted.
    pub keys: KeysConfig,
    /// The time for each command; the default is 1 s.
    pub command_timeout: Duration,
    /// The most exchanges of each client in a window while the store does not answer; the default is 3.
    pub fallback_exchanges: usize,
    /// That window; the default is 10 min.
    pub fallback_window: Duration,
}

/// The kind of a store outside the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// A directory of this machine.
    File {
        /// Its path.
        directory: PathBuf,
    },
    /// A Redis or Valkey server.
    Redis(RedisConfig),
}

/// The server of `kind = "redis"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisConfig {
    /// Where it listens.
    pub address: RedisPlace,
    /// The user of its access control list; `None` for the default user.
    pub user: Option<String>,
    /// The file with the user's password, read when the configuration is applied.
    pub password_file: Option<PathBuf>,
    /// Certificates that are trusted instead of the platform's.
    pub ca_file: Option<PathBuf>,
    /// The number of the database; the default is 0.
    pub database: u32,
}

/// Where a Redis server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisPlace {
    /// A Unix socket.
    Unix(PathBuf),
    /// A host and a port; without TLS only on a loopback address.
    Tcp {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Whether TLS is used; the default is yes.
        tls: bool,
    },
}

/// The source of keys. Never a key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysConfig {
    /// A file.
    File(PathBuf),
    /// A file of this name in the credentials directory that systemd provides.
    Systemd(String),
}

impl StoreConfig {
    /// Reads the table; `None` for the store within the process, which is the default.
    pub(super) fn read(section: Option<Section<'_>>) -> Result<Option<Self>, ConfigError> {
        let Some(section) = section else { return Ok(None) };
        let section = section.only(&KEYS)?;
        let kind = match section.string("kind")? {
            None => return Err(section.error("needs `kind`: \"memory\", \"file\" or \"redis\"")),
            Some("memory") => return Ok(None),
            Some("file") => {
                let directory =
                    section.path("directory")?.ok_or_else(|| section.error("needs `directory`"))?;
                StoreKind::File { directory }
            }
            Some("redis") => StoreKind::Redis(RedisConfig::read(&section)?),
            Some(other) => {
                let advice = nearest(other, &KINDS).map_or_else(
                    || format!("known are {}", KINDS.join(", ")),
                    |kind| format!("did you mean \"{kind}\"?"),
                );
                return Err(section.error_at("kind", format!("names no kind of store: {advice}")));
            }
        };
        let command_timeout = section.duration("command_timeout")?.unwrap_or(Duration::from_secs(1));
        if command_timeout.is_zero() {
            return Err(section.error_at("command_timeout", "must be at least \"1s\""));
        }
        let exchanges = section.integer("fallback_exchanges", 1..17)?.unwrap_or(3);
        Ok(Some(Self {
            kind,
            keys: KeysConfig::read(&section)?,
            command_timeout,
            fallback_exchanges: usize::try_from(exchanges).unwrap_or(1),
            fallback_window: section.duration("fallback_window")?.unwrap_or(Duration::from_secs(600)),
        }))
    }
}

impl RedisConfig {
    fn read(section: &Section<'_>) -> Result<Self, ConfigError> {
        let address = section.string("address")?.ok_or_else(|| section.error("needs `address`"))?;
        let tls = section.boolean("tls")?.unwrap_or(true);
        let address = if address.starts_with('/') {
            RedisPlace::Unix(PathBuf::from(address))
        } else {
            let wrong =
                || section.error_at("address", "must be HOST:PORT, or the absolute path of a Unix socket");
            let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let port = port.parse().map_err(|_| wrong())?;
            if host.is_empty() || host.contains(['/', '@']) {
                return Err(wrong());
            }
            let is_loopback =
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            if !tls && !is_loopback {
                return Err(section.error_at(
                    "tls",
                    "must be true: without TLS the password would cross the network in clear text",
                ));
            }
            RedisPlace::Tcp { host: host.to_owned(), port, tls }
        };
        let database = section.integer("database", 0..16_385)?.unwrap_or(0);
        Ok(Self {
            address,
            user: section.string("user")?.map(str::to_owned),
            password_file: section.path("password_file")?,
            ca_file: section.path("ca_file")?,
            database: u32::try_from(database).unwrap_or(0),
        })
    }
}

impl KeysConfig {
    fn read(section: &Section<'_>) -> Result<Self, ConfigError> {
        match (section.path("key_file")?, section.string("systemd_credential")?) {
            (Some(path), None) => Ok(Self::File(path)),
            (None, Some(name)) if !name.is_empty() && !name.starts_with('.') && !name.contains('/') => {
                Ok(Self::Systemd(name.to_owned()))
            }
            (None, Some(_)) => {
                Err(section.error_at("systemd_credential", "must be the name of a credential, not a path"))
            }
            _ => Err(section.error(
                "needs exactly one source of the keys that encrypt tokens: `key_file` or `systemd_credential` \
                 (`genesys-token-broker new-store-key` makes a key)",
            )),
        }
    }
}
