//! Credentials from environment variables, and from a `.env` file.

use std::path::{Path, PathBuf};

use genesys_token_core::settings::{ConfigError, Endpoint};
use zeroize::Zeroizing;

use super::dotenv::Dotenv;
use super::error::CredentialError;
use super::source::{CredentialSource, Credentials, CredentialsFuture};

const CLIENT_ID: &str = "GENESYS_CLIENT_ID";
const CLIENT_SECRET: &str = "GENESYS_CLIENT_SECRET";
const REGION: &str = "GENESYS_REGION";

/// Credentials from `GENESYS_CLIENT_ID` and `GENESYS_CLIENT_SECRET`; with [`EnvCredentials::dotenv`] also from a file, over which the
/// environment has priority. An empty variable counts as not set: pipelines set variables without a value so.
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
    /// ignored; a line of another form is an error.
    #[must_use]
    pub fn dotenv(mut self, path: impl Into<PathBuf>) -> Self {
        self.dotenv = Some(path.into());
        self
    }

    /// Returns the endpoint of `GENESYS_REGION`, which is parsed as [`Endpoint`] is: a region, or a domain.
    ///
    /// Reads the file, if there is one, on the calling thread.
    ///
    /// # Errors
    /// [`CredentialError::VariableMissing`], [`CredentialError::Invalid`], and those of the `.env` file.
    pub fn endpoint(&self) -> Result<Endpoint, CredentialError> {
        let file = self.dotenv.as_deref().map(Dotenv::read).transpose()?;
        let region = self.variable(REGION, file.as_ref())?;
        region.parse().map_err(|error: ConfigError| CredentialError::Invalid(error))
    }

    fn read(&self) -> Result<Credentials, CredentialError> {
        let file = self.dotenv.as_deref().map(Dotenv::read).transpose()?;
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
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(value) = value {
            return Ok(Zeroizing::new(value));
        }
        file.and_then(|file| file.value(name)).ok_or_else(|| CredentialError::VariableMissing {
            name: name.to_owned(),
            dotenv: self.dotenv.as_deref().map(Path::to_path_buf),
        })
    }
}

impl CredentialSource for EnvCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        if self.dotenv.is_none() {
            return Box::pin(std::future::ready(self.read()));
        }
        let copy = self.clone();
        super::file::on_blocking_thread(move || copy.read())
    }
}
