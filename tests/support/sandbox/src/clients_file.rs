//! The file of registered clients: TOML, or one `id:secret` per line.
//!
//! Errors state the line but quote nothing, because the file contains secrets.

use core::fmt;
use core::ops::Range;
use core::time::Duration;
use std::collections::HashSet;
use std::io;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::{Client, GrantType, RateLimit};

const INVALID_TOML: &str = "invalid TOML, or a key with an invalid name or value; the keys of a [[client]] are id, secret, name, \
                            grants, redirect_uris, scopes, roles, permissions, token_lifetime, idle_timeout, token_limit, \
                            api_limit";

/// A TOML file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The organisation's name.
    organization: Option<String>,
    #[serde(default)]
    client: Vec<Entry>,
}

/// A `[[client]]` table. Times are in seconds, limits in requests per minute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    secret: Spanned<String>,
    name: Option<String>,
    #[serde(default = "client_credentials")]
    grants: Vec<Grant>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    roles: Option<Vec<String>>,
    #[serde(default)]
    permissions: Vec<String>,
    token_lifetime: Option<u32>,
    idle_timeout: Option<u32>,
    token_limit: Option<u32>,
    api_limit: Option<u32>,
}

/// The grant types by their OAuth names.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Grant {
    ClientCredentials,
    AuthorizationCode,
    #[serde(rename = "saml2_bearer")]
    Saml2Bearer,
}

fn client_credentials() -> Vec<Grant> {
    vec![Grant::ClientCredentials]
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsFile {
    /// The clients, of which there is one at least.
    pub clients: Vec<Client>,
    /// The organization's name, if the file states it.
    pub organization: Option<String>,
}

/// What is wrong with a file, without any part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidClientsFile {
    line: usize,
    reason: &'static str,
}

impl InvalidClientsFile {
    /// Returns the line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for InvalidClientsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl core::error::Error for InvalidClientsFile {}

impl ClientsFile {
    /// Reads a file: TOML if its name ends in `.toml`, otherwise one `id:secret` per line.
    ///
    /// # Errors
    /// The file cannot be read or is invalid. The message names the file and the line.
    pub fn read(path: &Path) -> io::Result<Self> {
        let named = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
        let text =
            std::fs::read_to_string(path).map_err(|error| io::Error::new(error.kind(), named(&error)))?;
        let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        let file = if is_toml { Self::from_toml(&text) } else { Self::from_lines(&text) };
        file.map_err(|error| io::Error::other(named(&error)))
    }

    /// Parses one `id:secret` per line. Empty lines and lines that begin with `#` are ignored.
    ///
    /// # Errors
    /// The first line that is neither, or a file without a client.
    pub fn from_lines(text: &str) -> Result<Self, InvalidClientsFile> {
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let clients = lines.map(|(index, line)| match line.split_once(':') {
            Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(Client::new(id, secret)),
            _ => Err(InvalidClientsFile { line: index + 1, reason: "write id:secret" }),
        });
        Self::new(clients.collect::<Result<_, _>>()?, None)
    }

    /// Parses TOML.
    ///
    /// # Errors
    /// The first fault: of the syntax, of a key's name or value, an empty id or secret, an id that another client has.
    pub fn from_toml(text: &str) -> Result<Self, InvalidClientsFile> {
        // The error's own text quotes the file.
        let error = |span: Option<Range<usize>>, reason| InvalidClientsFile {
            line: span.map_or(1, |Range { start, .. }| line_at(text, start)),
            reason,
        };
        let file: File = toml::from_str(text).map_err(|invalid| error(invalid.span(), INVALID_TOML))?;
        let mut ids = HashSet::new();
        for entry in &file.client {
            for (value, reason) in [(&entry.id, "the id is empty"), (&entry.secret, "the secret is empty")] {
                if value.get_ref().is_empty() {
                    return Err(error(Some(value.span()), reason));
                }
            }
            if entry.id.get_ref().contains(':') {
                return Err(error(
                    Some(entry.id.span()),
                    "an id with a colon cannot be sent in Basic credentials",
                ));
            }
            if !ids.insert(entry.id.get_ref().clone()) {
                return Err(error(Some(entry.id.span()), "another client has this id"));
            }
        }
        Self::new(file.client.into_iter().map(Entry::client).collect(), file.organization)
    }

    fn new(clients: Vec<Client>, organization: Option<String>) -> Result<Self, InvalidClientsFile> {
        if clients.is_empty() {
            return Err(InvalidClientsFile { line: 1, reason: "the file contains no client" });
        }
        Ok(Self { clients, organization })
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

impl Entry {
    fn client(self) -> Client {
        let per_minute = |requests| RateLimit { requests, window: Duration::from_secs(60) };
        let seconds = |number| Duration::from_secs(u64::from(number));
        let mut client = Client::new(self.id.get_ref(), self.secret.get_ref());
        if let Some(name) = self.name {
            client.name = name;
        }
        if let Some(roles) = self.roles {
            client.roles = roles;
        }
        client.grant_types = self.grants.into_iter().map(GrantType::from).collect();
        client.redirect_uris = self.redirect_uris;
        client.scope = self.scopes;
        client.permissions = self.permissions;
        client.token_lifetime = self.token_lifetime.map(seconds);
        client.idle_timeout = self.idle_timeout.map(seconds);
        client.token_limit = self.token_limit.map(per_minute);
        client.api_limit = self.api_limit.map(per_minute);
        client
    }
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::AuthorizationCode => Self::Code,
            Grant::Saml2Bearer => Self::Saml2Bearer,
        }
    }
}
