//! The configuration file: one TOML document, read strictly.

mod client;
mod consumer;
mod listen;
mod reader;
mod redis;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::de::DeTable;

pub use client::{ClientConfig, CredentialsConfig, PolicyConfig, SecretSource};
pub use consumer::{Access, ConsumerConfig, SecretHash};
pub use listen::{Limits, ListenConfig, Owner, Prefixes, TcpConfig, TlsFiles, UnixConfig};
pub use reader::ConfigError;
use reader::{Section, Source};
pub use redis::{LoginConfig, NodeConfig, RedisConfig, RedisPlace};
pub use store::{KeysConfig, StoreConfig, StoreKind};

const KEYS: [&str; 6] = ["clients", "consumers", "limits", "listen", "state_directory", "store"];

/// A whole, consistent configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The directory for the key of the broker's own tokens; required for consumers that forward.
    pub state_directory: Option<PathBuf>,
    /// Where tokens are shared with other processes; `None`: they are this process's alone.
    pub store: Option<StoreConfig>,
    /// The broker's addresses.
    pub listen: ListenConfig,
    /// The limits for consumers.
    pub limits: Limits,
    /// OAuth clients by the names that the file gives them.
    pub clients: BTreeMap<String, ClientConfig>,
    /// Consumers by the names that the file gives them.
    pub consumers: BTreeMap<String, ConsumerConfig>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The first error in the order of the file's tables, with line and column. No value of the file is repeated.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source(text);
        let document = DeTable::parse(text).map_err(|error| {
            // The parser's own message may quote the line, which may contain a secret.
            let span = error.span().unwrap_or(0..0);
            source.error(&span, "this is not valid TOML: look for a missing quote, bracket or equals sign")
        })?;
        let root = Section::document(source, &document).only(&KEYS)?;
        let state_directory = root.path("state_directory")?;
        let store = StoreConfig::read(root.section("store")?)?;
        let listen = ListenConfig::read(root.section("listen")?)?;
        let limits = Limits::read(root.section("limits")?)?;
        let clients = client::read(root.sections("clients")?)?;
        let consumers =
            consumer::read(root.sections("consumers")?, &clients, &listen, state_directory.is_some())?;
        if clients.is_empty() {
            return Err(root.error("has no OAuth client: add a table [clients.NAME]"));
        }
        Ok(Self { state_directory, store, listen, limits, clients, consumers })
    }
}
