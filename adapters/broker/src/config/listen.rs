//! `[listen]` and `[limits]`: the broker's addresses, and limits for each consumer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::{ConfigError, Section};

/// The broker's addresses. At least one of both is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenConfig {
    /// The Unix socket.
    pub unix: Option<UnixConfig>,
    /// The TCP socket, only if the file asks for one.
    pub tcp: Option<TcpConfig>,
    /// The prefixes of login and API paths.
    pub prefixes: Prefixes,
}

/// `[listen.unix]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixConfig {
    /// The socket's path; ignored when systemd passes the socket.
    pub path: PathBuf,
    /// Its permissions; the default is `0o660`.
    pub mode: u32,
    /// Its owner; the default is the broker's own user.
    pub owner: Option<Owner>,
    /// Its group; the default is the broker's own group.
    pub group: Option<Owner>,
}

/// A user or group: a name, or a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A name, which is looked up when the configuration is applied.
    Name(String),
    /// A number.
    Id(u32),
}

impl Owner {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        Some(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id))
    }
}

/// `[listen.tcp]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpConfig {
    /// The address; a loopback address unless `tls` is set.
    pub address: SocketAddr,
    /// The server's certificate and key.
    pub tls: Option<TlsFiles>,
}

/// A certificate chain and its key, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Path prefixes for the gateway setting of the official SDKs, without slashes at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// In front of `/oauth/token`; the default is `login`.
    pub login: String,
    /// In front of `/api/v2/…`; the default is `api`.
    pub api: String,
}

const LIMITS: [&str; 7] = [
    "connections",
    "connections_per_peer",
    "forwarded_per_consumer",
    "idle_timeout",
    "replay_body",
    "request_timeout",
    "waiting_per_consumer",
];

/// `[limits]`: limits for consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of all peers together.
    pub connections: usize,
    /// Open connections of one Unix user, or of one IP address.
    pub connections_per_peer: usize,
    /// Time to receive a request's head, and for a connection without a request.
    pub idle_timeout: Duration,
    /// Time for one request with its response, including waits for a token or the rate limit.
    pub request_timeout: Duration,
    /// Requests of one consumer forwarded at the same time.
    pub forwarded_per_consumer: usize,
    /// Requests of one consumer that wait to be forwarded; more are answered with 429.
    pub waiting_per_consumer: usize,
    /// A request body of up to this many bytes is kept for a replay after 401; a larger one is streamed and sent once.
    pub replay_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_peer: 12_000,
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(180),
            forwarded_per_consumer: 64,
            waiting_per_consumer: 1024,
            replay_body: 64 * 1024,
        }
    }
}

impl ListenConfig {
    pub(super) fn read(section: Option<Section<'_>>) -> Result<Self, ConfigError> {
        let Some(section) = section else {
            return Ok(Self { unix: Some(UnixConfig::default()), tcp: None, prefixes: Prefixes::default() });
        };
        let section = section.only(&["api_prefix", "login_prefix", "tcp", "unix"])?;
        let unix = section.section("unix")?.map(UnixConfig::read).transpose()?;
        let tcp = section.section("tcp")?.map(TcpConfig::read).transpose()?;
        let prefixes = Prefixes {
            login: prefix(&section, "login_prefix", "login")?,
            api: prefix(&section, "api_prefix", "api")?,
        };
        let unix = if tcp.is_none() { unix.or_else(|| Some(UnixConfig::default())) } else { unix };
        Ok(Self { unix, tcp, prefixes })
    }
}

impl Default for UnixConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("/run/genesys-token-broker/socket"),
            mode: 0o660,
            owner: None,
            group: None,
        }
    }
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { login: "login".to_owned(), api: "api".to_owned() }
    }
}

impl UnixConfig {
    fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let section = section.only(&["group", "mode", "owner", "path"])?;
        let default = Self::default();
        let path = section.path("path")?.unwrap_or(default.path);
        let mode = match section.string("mode")? {
            None => default.mode,
            Some(text) => u32::from_str_radix(text, 8)
                .ok()
                .filter(|mode| *mode <= 0o777)
                .ok_or_else(|| section.error_at("mode", "must be octal permissions such as \"0660\""))?,
        };
        let owner = section.string("owner")?.and_then(Owner::parse);
        let group = section.string("group")?.and_then(Owner::parse);
        Ok(Self { path, mode, owner, group })
    }
}

impl TcpConfig {
    fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let section = section.only(&["address", "certificate", "key"])?;
        let address = section.string("address")?.ok_or_else(|| section.error("needs `address`"))?;
        let address: SocketAddr = address.parse().map_err(|_| {
            section.error_at("address", "must be an IP address and a port such as \"127.0.0.1:8460\"")
        })?;
        let tls = match (section.path("certificate")?, section.path("key")?) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(section.error("needs `certificate` and `key`, or neither")),
        };
        if tls.is_none() && !address.ip().is_loopback() {
            return Err(section.error_at(
                "address",
                "is not a loopback address: without `certificate` and `key` tokens would cross the network in clear text",
            ));
        }
        Ok(Self { address, tls })
    }
}

fn prefix(section: &Section<'_>, key: &'static str, default: &str) -> Result<String, ConfigError> {
    let text = section.string(key)?.unwrap_or(default).trim_matches('/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    if text.chars().all(is_plain) && !text.contains("//") {
        Ok(text.to_owned())
    } else {
        Err(section.error_at(key, "may hold letters, digits, `-`, `_` and `/` only"))
    }
}

impl Limits {
    pub(super) fn read(section: Option<Section<'_>>) -> Result<Self, ConfigError> {
        let mut limits = Self::default();
        let Some(section) = section else { return Ok(limits) };
        let section = section.only(&LIMITS)?;
        let counts = [
            ("connections", &mut limits.connections),
            ("connections_per_peer", &mut limits.connections_per_peer),
            ("forwarded_per_consumer", &mut limits.forwarded_per_consumer),
            ("waiting_per_consumer", &mut limits.waiting_per_consumer),
        ];
        for (key, limit) in counts {
            if let Some(count) = section.integer(key, 1..1_000_001)? {
                *limit = usize::try_from(count).unwrap_or(*limit);
            }
        }
        if let Some(bytes) = section.integer("replay_body", 0..16 * 1024 * 1024 + 1)? {
            limits.replay_body = usize::try_from(bytes).unwrap_or(limits.replay_body);
        }
        for (key, limit) in
            [("idle_timeout", &mut limits.idle_timeout), ("request_timeout", &mut limits.request_timeout)]
        {
            if let Some(duration) = section.duration(key)? {
                if duration.is_zero() {
                    return Err(section.error_at(key, "must be at least \"1s\""));
                }
                *limit = duration;
            }
        }
        Ok(limits)
    }
}
