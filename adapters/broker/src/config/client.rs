//! `[clients.NAME]`: OAuth clients, their endpoints and the sources of their secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use genesys_token_tokio::core::settings::{self, ClientId, Endpoint};

use super::reader::{ConfigError, Section};

const KEYS: [&str; 13] = [
    "api_url",
    "ca_file",
    "client_id",
    "client_id_file",
    "client_secret_file",
    "credentials_command",
    "domain",
    "login_url",
    "policy",
    "proxy_from_environment",
    "region",
    "successor",
    "systemd_credential",
];

const CREDENTIALS: [&str; 5] =
    ["client_id", "client_id_file", "client_secret_file", "credentials_command", "systemd_credential"];

/// One OAuth client of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// Login and API host.
    pub endpoint: Endpoint,
    /// Client id and the source of its secret.
    pub credentials: CredentialsConfig,
    /// The next secret or OAuth client of a rotation, tried as soon as the service refuses `credentials`.
    pub successor: Option<CredentialsConfig>,
    /// Further trust anchors, for example of a TLS-inspecting proxy.
    pub ca_file: Option<PathBuf>,
    /// Whether `HTTPS_PROXY` and `NO_PROXY` are obeyed.
    pub proxy_from_environment: bool,
    /// The policy of refreshes, waits and retries.
    pub policy: PolicyConfig,
}

/// A client id and the source of its secret. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsConfig {
    /// The id; `None` if the source has it too.
    pub client_id: Option<String>,
    /// The source.
    pub source: SecretSource,
}

/// The source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file with the secret, and one with the id unless the configuration has it.
    File {
        /// The id's file.
        id: Option<PathBuf>,
        /// The secret's file.
        secret: PathBuf,
    },
    /// A program and its arguments; its output has the format of `genesys-token get --credentials-command`.
    Command(Vec<String>),
    /// A file of this name in the credentials directory that systemd provides.
    Systemd(String),
}

/// `[clients.NAME.policy]`; `None` keeps the library's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyConfig {
    /// The time between the refresh and the end of a token.
    pub refresh_margin: Option<Duration>,
    /// The random part of the refresh time.
    pub refresh_jitter: Option<Duration>,
    /// The inactivity timeout of the organisation's tokens.
    pub idle_timeout: Option<Duration>,
}

pub(super) fn read(
    sections: Vec<(&str, Section<'_>)>,
) -> Result<BTreeMap<String, ClientConfig>, ConfigError> {
    sections.into_iter().map(|(name, section)| Ok((name.to_owned(), ClientConfig::read(section)?))).collect()
}

impl ClientConfig {
    fn read(section: Section<'_>) -> Result<Self, ConfigError> {
        let section = section.only(&KEYS)?;
        let endpoint = endpoint(&section)?;
        let credentials = CredentialsConfig::read(&section)?;
        let successor = match section.section("successor")? {
            None => None,
            Some(successor) => Some(CredentialsConfig::read(&successor.only(&CREDENTIALS)?)?),
        };
        let ca_file = section.path("ca_file")?;
        let proxy_from_environment = section.boolean("proxy_from_environment")?.unwrap_or(false);
        let policy = PolicyConfig::read(section.section("policy")?)?;
        Ok(Self { endpoint, credentials, successor, ca_file, proxy_from_environment, policy })
    }
}

impl CredentialsConfig {
    fn read(section: &Section<'_>) -> Result<Self, ConfigError> {
        let client_id = section.string("client_id")?.map(str::to_owned);
        let checked: Result<Option<ClientId>, _> = client_id.as_deref().map(ClientId::new).transpose();
        if checked.is_err() {
            return Err(
                section.error_at("client_id", "is not a client id: up to 64 visible ASCII characters")
            );
        }
        let id_file = section.path("client_id_file")?;
        let file = section.path("client_secret_file")?;
        let command = section.strings("credentials_command")?;
        let systemd = section.string("systemd_credential")?;
        let source = match (file, command.is_empty(), systemd) {
            (Some(secret), true, None) => SecretSource::File { id: id_file, secret },
            (None, false, None) => SecretSource::Command(command.into_iter().map(str::to_owned).collect()),
            (None, true, Some(name)) if is_file_name(name) => SecretSource::Systemd(name.to_owned()),
            (None, true, Some(_)) => {
                return Err(
                    section.error_at("systemd_credential", "must be the name of a credential, not a path")
                );
            }
            _ => {
                return Err(section.error(
                    "needs exactly one source of the secret: client_secret_file, credentials_command or systemd_credential",
                ));
            }
        };
        let has_id = client_id.is_some()
            || matches!(&source, SecretSource::File { id: Some(_), .. } | SecretSource::Command(_));
        if !has_id {
            return Err(section.error("needs `client_id`"));
        }
        Ok(Self { client_id, source })
    }
}

impl PolicyConfig {
    fn read(section: Option<Section<'_>>) -> Result<Self, ConfigError> {
        let Some(section) = section else { return Ok(Self::default()) };
        let section = section.only(&["idle_timeout", "refresh_jitter", "refresh_margin"])?;
        Ok(Self {
            refresh_margin: section.duration("refresh_margin")?,
            refresh_jitter: section.duration("refresh_jitter")?,
            idle_timeout: section.duration("idle_timeout")?,
        })
    }
}

fn is_file_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.contains('/')
}

fn endpoint(section: &Section<'_>) -> Result<Endpoint, ConfigError> {
    let region = section.string("region")?;
    let domain = section.string("domain")?;
    let login = section.string("login_url")?;
    let api = section.string("api_url")?;
    match (region, domain, login, api) {
        (Some(region), None, None, None) => region.parse().map_err(|error: settings::ConfigError| {
            section.error_at("region", format!("is not usable: {error}"))
        }),
        (None, Some(domain), None, None) => Endpoint::custom_domain(domain)
            .map_err(|error| section.error_at("domain", format!("is not usable: {error}"))),
        (None, None, Some(login), Some(api)) => {
            let (host, port) = location(section, "login_url", login)?;
            let endpoint = Endpoint::explicit(host, port, Endpoint::TOKEN_PATH)
                .map_err(|error| section.error_at("login_url", format!("is not usable: {error}")))?;
            let (host, port) = location(section, "api_url", api)?;
            endpoint
                .with_api(host, port)
                .map_err(|error| section.error_at("api_url", format!("is not usable: {error}")))
        }
        _ => {
            Err(section
                .error("needs exactly one of `region`, `domain`, or `login_url` together with `api_url`"))
        }
    }
}

/// Returns host and port of `https://host[:port]`.
fn location<'t>(section: &Section<'_>, key: &str, url: &'t str) -> Result<(&'t str, u16), ConfigError> {
    let wrong = || section.error_at(key, "must be https://HOST or https://HOST:PORT");
    let authority = url.strip_prefix("https://").map(|rest| rest.trim_end_matches('/')).ok_or_else(wrong)?;
    match authority.rsplit_once(':') {
        None => Ok((authority, 443)),
        Some((host, port)) => Ok((host, port.parse().map_err(|_| wrong())?)),
    }
}
