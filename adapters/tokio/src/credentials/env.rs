//! Credentials from environment variables, and from a `.env` file.

use std::path::{Path, PathBuf};

use genesys_token_core::settings::Endpoint;
use zeroize::Zeroizing;

use super::dotenv::Dotenv;
use super::error::CredentialError;
use super::host_url::HostUrl;
use super::source::{CredentialSource, Credentials, CredentialsFuture};
use crate::readable::PipeWait;

const CLIENT_ID: &str = "GENESYS_CLIENT_ID";
const CLIENT_SECRET: &str = "GENESYS_CLIENT_SECRET";
const REGION: &str = "GENESYS_REGION";
const LOGIN_URL: &str = "GENESYS_LOGIN_URL";
const API_URL: &str = "GENESYS_API_URL";
const CA_FILE: &str = "GENESYS_CA_FILE";

/// Credentials from `GENESYS_CLIENT_ID` and `GENESYS_CLIENT_SECRET`; with [`EnvCredentials::dotenv`] also from a file, over which the
/// environment has priority. A variable that is empty, or white space, counts as not set: pipelines and templates set variables without a value so.
///
/// Every process of the same user can read the environment of a process: on a shared machine
/// [`FileCredentials`](crate::FileCredentials) protects a secret better.
#[derive(Clone, Debug, Default)]
pub struct EnvCredentials {
    dotenv: Option<PathBuf>,
}

impl EnvCredentials {
    /// Reads the environment only.
    #[must_use]
    pub const fn new() -> Self {
        Self { dotenv: None }
    }

    /// Also reads this file, for variables that the environment does not set. It is read at each exchange.
    ///
    /// The file has 64 KiB at most. A secret that every user of the machine can read is used, but logged as a warning.
    ///
    /// One `NAME=value` per line, optionally after `export`; the value without quotes, or in single quotes (taken literally), or
    /// in double quotes (with the escapes `\"`, `\\`, `\$` and `\n`); `#` begins a comment at the
    /// start of a line or after a space. Nothing is expanded. The last line for a name is used. Other names are
    /// ignored, and so is a line of another form unless it sets a `GENESYS` variable, which is an error then.
    #[must_use]
    pub fn dotenv(mut self, path: impl Into<PathBuf>) -> Self {
        self.dotenv = Some(path.into());
        self
    }

    /// Returns the endpoint of `GENESYS_REGION`, which is parsed as [`Endpoint`] is: a region, or a domain.
    ///
    /// `GENESYS_LOGIN_URL` takes the place of the region, as the sandbox prints it, and `GENESYS_API_URL` that of its API host. Reads the
    /// file, if there is one, on the calling thread.
    ///
    /// # Errors
    /// [`CredentialError::VariableMissing`], [`CredentialError::VariableQuoted`], [`CredentialError::Invalid`], and those of the `.env` file.
    pub fn endpoint(&self) -> Result<Endpoint, CredentialError> {
        let file = self.dotenv.as_deref().map(Dotenv::read).transpose()?;
        let login = Self::optional(LOGIN_URL, file.as_ref())?;
        let api = Self::optional(API_URL, file.as_ref())?;
        let api =
            api.as_deref().map(|api| HostUrl::parse(api)).transpose().map_err(CredentialError::Invalid)?;
        if let Some(login) = login {
            let login = HostUrl::parse(&login).map_err(CredentialError::Invalid)?;
            return login.endpoint(api).map_err(CredentialError::Invalid);
        }
        let region = self.variable(REGION, file.as_ref())?;
        let endpoint: Endpoint = region.parse().map_err(CredentialError::Invalid)?;
        match api {
            Some(api) => endpoint.with_api(api.host, api.port).map_err(CredentialError::Invalid),
            None => Ok(endpoint),
        }
    }

    /// Returns the file of `GENESYS_CA_FILE`, with further trust anchors.
    ///
    /// # Errors
    /// Those of the `.env` file.
    pub fn ca_file(&self) -> Result<Option<PathBuf>, CredentialError> {
        let file = self.dotenv.as_deref().map(Dotenv::read).transpose()?;
        // Pipelines leave white space around values, which no message would show.
        Ok(Self::optional(CA_FILE, file.as_ref())?.map(|path| PathBuf::from(path.trim())))
    }

    fn read(&self, wait: &PipeWait) -> Result<Credentials, CredentialError> {
        let file = self.dotenv.as_deref().map(|path| Dotenv::read_within(path, wait)).transpose()?;
        let id = self.variable(CLIENT_ID, file.as_ref())?;
        let secret = self.variable(CLIENT_SECRET, file.as_ref())?;
        if let (Some(path), Some(file)) = (&self.dotenv, &file)
            && file.value(CLIENT_SECRET).is_some()
        {
            super::file::warn_if_readable_by_all(path);
        }
        Ok(Credentials::new(&id, &secret)?)
    }

    fn variable(&self, name: &str, file: Option<&Dotenv>) -> Result<Zeroizing<String>, CredentialError> {
        Self::optional(name, file)?.ok_or_else(|| CredentialError::VariableMissing {
            name: name.to_owned(),
            dotenv: self.dotenv.as_deref().map(Path::to_path_buf),
        })
    }

    fn optional(name: &str, file: Option<&Dotenv>) -> Result<Option<Zeroizing<String>>, CredentialError> {
        let is_set = |value: &Zeroizing<String>| !value.trim().is_empty();
        let value = std::env::var(name).ok().map(Zeroizing::new).filter(is_set);
        match value {
            Some(value) => CredentialError::check_quotes(name, &value).map(|()| Some(value)),
            None => Ok(file.and_then(|file| file.value(name)).filter(is_set)),
        }
    }
}

impl CredentialSource for EnvCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        if self.dotenv.is_none() {
            return Box::pin(std::future::ready(self.read(&PipeWait::default())));
        }
        let copy = self.clone();
        super::file::on_blocking_thread(move |wait| copy.read(wait))
    }
}
