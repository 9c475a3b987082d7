//! The file of registered clients: TOML, or one `id:secret` per line.
//!
//! Errors state the line but quote nothing, because the file contains secrets.

use core::ops::Range;
use core::time::Duration;
use std::io;
use std::path::Path;

use genesys_token_sandbox::{Client, GrantType, RateLimit};
use serde::Deserialize;

/// The keys of a client, for error messages.
const KEYS: &str = "id, secret, name, grants, redirect_uris, scopes, roles, permissions, token_lifetime, idle_timeout, token_limit, \
                    api_limit";

/// A TOML file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The organisation's name.
    organization: Option<String>,
    client: Vec<Entry>,
}

/// A `[[client]]` table. Times are in seconds, limits in requests per minute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    secret: String,
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
    token_lifetime: Option<u64>,
    idle_timeout: Option<u64>,
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

/// The clients of a file and the organisation's name, if the file states it.
pub(crate) struct Clients {
    pub(crate) clients: Vec<Client>,
    pub(crate) organization: Option<String>,
}

/// Reads a file: TOML if its name ends in `.toml`.
pub(crate) fn read(path: &Path) -> io::Result<Clients> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let clients = if is_toml { from_toml(&text) } else { from_lines(&text) };
    let clients = clients.map_err(|reason| io::Error::other(format!("{} {reason}", path.display())))?;
    if clients.clients.is_empty() {
        return Err(io::Error::other(format!("{}: the file contains no client", path.display())));
    }
    Ok(clients)
}

fn from_lines(text: &str) -> Result<Clients, String> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let clients: Result<_, _> = lines
        .map(|(index, line)| match line.split_once(':') {
            Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(Client::new(id, secret)),
            _ => Err(format!("line {}: write id:secret", index + 1)),
        })
        .collect();
    Ok(Clients { clients: clients?, organization: None })
}

fn from_toml(text: &str) -> Result<Clients, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        // The error's own text quotes the file.
        let line = error.span().map_or(1, |Range { start, .. }| line_at(text, start));
        format!("line {line}: invalid TOML, or a key with an invalid name or value; the keys of a [[client]] are {KEYS}")
    })?;
    Ok(Clients {
        clients: file.client.into_iter().map(Entry::client).collect(),
        organization: file.organization,
    })
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

impl Entry {
    fn client(self) -> Client {
        let per_minute = |requests| RateLimit { requests, window: Duration::from_secs(60) };
        let mut client = Client::new(&self.id, &self.secret);
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
        client.token_lifetime = self.token_lifetime.map(Duration::from_secs);
        client.idle_timeout = self.idle_timeout.map(Duration::from_secs);
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

/// Returns the clients without a file: one for each grant, with every permission that the sandbox checks.
pub(crate) fn default_clients() -> Clients {
    use genesys_token_sandbox::{DEMO_CLIENT_SECRET, DEMO_CODE_CLIENT_ID, DEMO_SAML_CLIENT_ID};
    let permissions = ["authorization:role:view", "directory:user:view", "routing:queue:view"];
    let code = Client::new(DEMO_CODE_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Code]);
    let saml = Client::new(DEMO_SAML_CLIENT_ID, DEMO_CLIENT_SECRET).for_grants([GrantType::Saml2Bearer]);
    let clients = [Client::demo(), code, saml].map(|client| client.with_permissions(&permissions));
    Clients { clients: clients.into(), organization: None }
}
