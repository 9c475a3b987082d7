//! From a client's configuration to its token client and its forwarder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::{self, ClientId};
use genesys_token_tokio::{
    BuildError, CommandCredentials, CredentialSource, FileCredentials, Sharing, TokenClient,
};

use super::{Budget, Route, Seen, Upstream};
use crate::config::{ClientConfig, CredentialsConfig, Limits, SecretSource};

/// Why a configured client cannot be used.
#[derive(Debug)]
pub enum UpstreamError {
    /// The library's settings, as a CA file that cannot be read.
    Build(BuildError),
    /// The client id.
    ClientId(settings::ConfigError),
    /// systemd provided no credentials directory.
    NoCredentialsDirectory,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::ClientId(error) => error.fmt(f),
            Self::NoCredentialsDirectory => f.write_str(
                "systemd provided no credentials directory: add LoadCredentialEncrypted= to the unit, or use client_secret_file",
            ),
        }
    }
}

impl std::error::Error for UpstreamError {}

impl Upstream {
    /// Does no network I/O.
    pub(crate) fn new(
        name: &str,
        config: &ClientConfig,
        limits: &Limits,
        sharing: Option<&Sharing>,
    ) -> Result<Self, UpstreamError> {
        let policy = policy(config);
        let primary = route(config, &config.credentials, &policy, limits, sharing)?;
        let successor = config
            .successor
            .as_ref()
            .map(|credentials| route(config, credentials, &policy, limits, sharing))
            .transpose()?;
        Ok(Self {
            name: name.to_owned(),
            config: config.clone(),
            primary,
            successor,
            successor_is_active: AtomicBool::new(false),
            budget: Budget::default(),
            waiters: AtomicUsize::new(0),
        })
    }
}

fn policy(config: &ClientConfig) -> Policy {
    let mut policy = Policy::default();
    if let Some(margin) = config.policy.refresh_margin {
        policy.refresh_margin = margin.into();
    }
    if let Some(jitter) = config.policy.refresh_jitter {
        policy.refresh_jitter = jitter.into();
    }
    policy.idle_timeout = config.policy.idle_timeout.map(Into::into);
    policy
}

fn route(
    config: &ClientConfig,
    credentials: &CredentialsConfig,
    policy: &Policy,
    limits: &Limits,
    sharing: Option<&Sharing>,
) -> Result<Route, UpstreamError> {
    let mut builder =
        TokenClient::builder(config.endpoint).credentials(source(credentials)?).policy(policy.clone());
    // An exchange is rare: until the next one a kept connection would only take memory.
    builder = builder.login_connection_idle_time(Duration::ZERO);
    // The requests in progress are limited for each consumer instead.
    builder = builder.concurrent_calls(usize::MAX).idle_connections(usize::MAX);
    builder = builder.rate_limit_wait(limits.request_timeout);
    if let Some(file) = &config.ca_file {
        builder = builder.extra_roots_file(file);
    }
    if config.proxy_from_environment {
        builder = builder.proxy_from_env();
    }
    if let Some(sharing) = sharing {
        builder = builder.sharing(sharing.clone());
    }
    let client = builder.build().map_err(UpstreamError::Build)?;
    let seen = Seen::new(policy.refresh_margin.into());
    Ok(Route { client, seen, reported: Mutex::default() })
}

fn source(credentials: &CredentialsConfig) -> Result<Box<dyn CredentialSource>, UpstreamError> {
    let id =
        credentials.client_id.as_deref().map(ClientId::new).transpose().map_err(UpstreamError::ClientId)?;
    Ok(match &credentials.source {
        SecretSource::File { id: file, secret } => Box::new(files(id, file.clone(), secret.clone())),
        SecretSource::Systemd(name) => {
            let directory =
                std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(UpstreamError::NoCredentialsDirectory)?;
            Box::new(files(id, None, PathBuf::from(directory).join(name)))
        }
        SecretSource::Command(command) => {
            // The configuration was refused unless there is a program.
            let (program, arguments) =
                command.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
            let source = CommandCredentials::new(program).args(arguments);
            Box::new(match id {
                Some(id) => source.client_id(id),
                None => source,
            })
        }
    })
}

fn files(id: Option<ClientId>, id_file: Option<PathBuf>, secret: PathBuf) -> FileCredentials {
    match (id, id_file) {
        (Some(id), _) => FileCredentials::with_id(id, secret),
        // The configuration was refused unless one of both is there.
        (None, id_file) => FileCredentials::new(id_file.unwrap_or_default(), secret),
    }
}
