//! The configuration file: one TOML document, read strictly.

mod client;
mod consumer;
mod listen;
mod reader;

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::de::DeTable;

pub use client::{ClientConfig, CredentialsConfig, PolicyConfig, SecretSource};
pub use consumer::{Access, ConsumerConfig, SecretHash};
pub use listen::{Limits, ListenConfig, Owner, Prefixes, TcpConfig, TlsFiles, UnixConfig};
pub use reader::ConfigError;
use reader::{Section, Source};

const KEYS: [&str; 5] = ["clients", "consumers", "limits", "listen", "state_directory"];

/// A whole, consistent configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the broker keeps the key of its own tokens; needed for consumers that forward.
    pub state_directory: Option<PathBuf>,
    /// Where it listens.
    pub listen: ListenConfig,
    /// The bounds on what consumers may use.
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
    /// The first fault in the order of the file's tables, with line and column. No value of the file is repeated.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source(text);
        let document = DeTable::parse(text).map_err(|error| {
            // The parser's own words may quote the line, and a line may hold what should not be shown.
            let span = error.span().unwrap_or(0..0);
            source.error(&span, "this is not valid TOML: look for a missing quote, bracket or equals sign")
        })?;
        let root = Section::document(source, &document).only(&KEYS)?;
        let state_directory = root.path("state_directory")?;
        let listen = ListenConfig::read(root.section("listen")?)?;
        let limits = Limits::read(root.section("limits")?)?;
        let clients = client::read(root.sections("clients")?)?;
        let consumers =
            consumer::read(root.sections("consumers")?, &clients, &listen, state_directory.is_some())?;
        if clients.is_empty() {
            return Err(root.error("has no OAuth client: add a table [clients.NAME]"));
        }
        Ok(Self { state_directory, listen, limits, clients, consumers })
    }
}
