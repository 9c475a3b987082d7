//! `[store]`: where tokens are shared with other processes.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::{ConfigError, Section, nearest};
use super::redis::RedisConfig;

const KINDS: [&str; 3] = ["memory", "file", "redis"];
const KEYS: [&str; 18] = [
    "address",
    "ca_file",
    "cluster",
    "command_timeout",
    "database",
    "directory",
    "fallback_exchanges",
    "fallback_window",
    "key_file",
    "kind",
    "password_file",
    "sentinel_password_file",
    "sentinel_user",
    "sentinels",
    "service",
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

impl StoreKind {
    /// Returns the value of `kind`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Redis(_) => "redis",
        }
    }
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
