//! Credentials in environment variables, and in a `.env` file if asked for.

use std::path::{Path, PathBuf};

use genesys_token_core::settings::{ConfigError, Endpoint};
use zeroize::Zeroizing;

use super::dotenv::Dotenv;
use super::{CredentialError, CredentialSource, Credentials, CredentialsFuture};

const CLIENT_ID: &str = "GENESYS_CLIENT_ID";
const CLIENT_SECRET: &str = "GENESYS_CLIENT_SECRET";
const REGION: &str = "GENESYS_REGION";

/// `GENESYS_CLIENT_ID` and `GENESYS_CLIENT_SECRET`; with [`EnvCredentials::dotenv`] also from a file, where the
/// environment wins. A variable that is set but empty counts as not set: that is what a pipeline gives that knows no value.
///
/// Every process of the same user may read a process's environment: on a shared machine
/// [`FileCredentials`](super::FileCredentials) keeps a secret better.
#[derive(Clone, Debug, Default)]
pub struct EnvCredentials {
    dotenv: Option<PathBuf>,
}

impl EnvCredentials {
    /// From the environment only.
    #[must_use]
    pub const fn new() -> Self {
        Self { dotenv: None }
    }

    /// Also from this file, for what the environment does not set. It is read anew at each exchange.
    ///
    /// The file has 64 KiB at most. One with a secret that every user of the machine may read is used, but reported as a warning.
    ///
    /// One `NAME=value` per line, `export` before it allowed; the value bare, or in single quotes (taken literally), or
    /// in double quotes (where `\"`, `\\`, `\$` and `\n` stand for themselves and a line end); `#` begins a comment at the
    /// start of a line or after a space. Nothing is expanded. The last line that sets a name wins. Other names may stand
    /// there; a line that is none of this is an error.
    #[must_use]
    pub fn dotenv(mut self, path: impl Into<PathBuf>) -> Self {
        self.dotenv = Some(path.into());
        self
    }

    /// The endpoint of `GENESYS_REGION`, which is read as [`Endpoint`] is parsed: a region, or a domain.
    ///
    /// Reads the file, if one was given, on the calling thread.
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
