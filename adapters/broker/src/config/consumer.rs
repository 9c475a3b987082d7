//! `[consumers.NAME]`: which service may use which client, and how it authenticates.

use std::collections::BTreeMap;
use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};

use super::client::ClientConfig;
use super::listen::{ListenConfig, Owner};
use super::reader::{ConfigError, Section, nearest};

const KEYS: [&str; 7] = ["access", "client", "groups", "id", "secret_sha256", "token_version", "users"];

/// A service that uses a client's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// The name of its client.
    pub client: String,
    /// The kind of token that it receives.
    pub access: Access,
    /// Unix users that are this consumer.
    pub users: Vec<Owner>,
    /// Unix groups whose members are this consumer.
    pub groups: Vec<Owner>,
    /// The id of its local credentials.
    pub id: Option<String>,
    /// The hash of its local secret.
    pub secret: Option<SecretHash>,
    /// Incremented to revoke the broker's own token of this consumer alone.
    pub token_version: u64,
}

/// The kind of token that a consumer receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The shared access token.
    Token,
    /// A token of the broker's own, accepted by its forwarder only.
    Forward,
}

/// SHA-256 of a secret. `genesys-token-broker new-secret` generates secrets of 256 random bits, which cannot be guessed, so that
/// a fast hash is sufficient.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let mut digits = text.as_bytes().chunks_exact(2);
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(&mut digits) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Compares with the hash of a secret, in constant time.
    #[must_use]
    pub fn matches(&self, other: &[u8; 32]) -> Choice {
        self.0.ct_eq(other)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash([redacted])")
    }
}

pub(super) fn read(
    sections: Vec<(&str, Section<'_>)>,
    clients: &BTreeMap<String, ClientConfig>,
    listen: &ListenConfig,
    has_state_directory: bool,
) -> Result<BTreeMap<String, ConsumerConfig>, ConfigError> {
    let mut consumers = BTreeMap::<String, ConsumerConfig>::new();
    for (name, section) in sections {
        let section = section.only(&KEYS)?;
        let consumer = ConsumerConfig::read(&section, clients)?;
        if consumer.access == Access::Forward && !has_state_directory {
            return Err(section.error_at(
                "access",
                "\"forward\" needs `state_directory`, for the key of the broker's own tokens",
            ));
        }
        let by_user = !consumer.users.is_empty() || !consumer.groups.is_empty();
        if !(by_user && listen.unix.is_some()) && consumer.id.is_none() {
            return Err(section.error("can never be recognised: give `users` or `groups` for the Unix socket, or `id` and `secret_sha256`"));
        }
        if let Some(id) = &consumer.id
            && consumers.values().any(|other| other.id.as_ref() == Some(id))
        {
            return Err(section.error_at("id", "is another consumer's already"));
        }
        consumers.insert(name.to_owned(), consumer);
    }
    Ok(consumers)
}

impl ConsumerConfig {
    fn read(section: &Section<'_>, clients: &BTreeMap<String, ClientConfig>) -> Result<Self, ConfigError> {
        let client = match section.string("client")? {
            Some(client) => client.to_owned(),
            None => match clients.keys().next() {
                Some(only) if clients.len() == 1 => only.clone(),
                _ => return Err(section.error("needs `client`, the name of one of [clients]")),
            },
        };
        if !clients.contains_key(&client) {
            let names: Vec<_> = clients.keys().map(String::as_str).collect();
            let advice = nearest(&client, &names).map_or_else(
                || format!("there are {}", names.join(", ")),
                |name| format!("did you mean \"{name}\"?"),
            );
            return Err(section.error_at("client", format!("names no client of this file: {advice}")));
        }
        let access = match section.string("access")? {
            None | Some("token") => Access::Token,
            Some("forward") => Access::Forward,
            Some(_) => return Err(section.error_at("access", "must be \"token\" or \"forward\"")),
        };
        let users = section.strings("users")?.into_iter().filter_map(Owner::parse).collect();
        let groups = section.strings("groups")?.into_iter().filter_map(Owner::parse).collect();
        let id = section.string("id")?.map(str::to_owned);
        if id
            .as_ref()
            .is_some_and(|id| id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(section.error_at("id", "must be 1 to 64 visible ASCII characters"));
        }
        let secret = match section.string("secret_sha256")? {
            None => None,
            Some(text) => Some(SecretHash::parse(text).ok_or_else(|| {
                section.error_at(
                    "secret_sha256",
                    "must be 64 hexadecimal digits, as `genesys-token-broker new-secret` prints them",
                )
            })?),
        };
        if id.is_some() != secret.is_some() {
            return Err(section.error("needs `id` and `secret_sha256`, or neither"));
        }
        let token_version = section.integer("token_version", 0..u64::from(u32::MAX))?.unwrap_or(0);
        Ok(Self { client, access, users, groups, id, secret, token_version })
    }
}
