//! The refresh token of a login in its file, which commands that run at the same time share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use genesys_token_tokio::{CredentialError, HeldRefreshToken, HoldFuture, RefreshTokenStore, SecretString};

use super::lock::Lock;
use super::store::{create_private, write_secret};
use crate::exit::Problem;
use crate::secret_input;

/// Named in messages, like an option.
const NAME: &str = "refresh_token_file";

/// The file of a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct RefreshTokenFile {
    path: PathBuf,
    /// Why the last one was not kept.
    problem: Arc<Mutex<Option<Problem>>>,
}

impl RefreshTokenFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, problem: Arc::default() }
    }

    /// Reads it for the first time, without holding it.
    pub(crate) fn read(&self) -> Result<SecretString, Problem> {
        secret_input::read(NAME, &self.path).map(|text| SecretString::new(&text))
    }

    /// Returns why the last refresh token was not kept, once.
    pub(crate) fn take_problem(&self) -> Result<(), Problem> {
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner).take();
        problem.map_or(Ok(()), Err)
    }
}

impl RefreshTokenStore for RefreshTokenFile {
    fn hold(&self) -> HoldFuture<'_> {
        Box::pin(async {
            let unusable = |error| CredentialError::File { path: super::lock::path_of(&self.path), error };
            self.path.parent().map_or(Ok(()), create_private).map_err(unusable)?;
            let lock = Lock::acquire(&self.path).await.map_err(unusable)?;
            let refresh_token = if self.path.exists() {
                Some(self.read().map_err(|problem| CredentialError::Other(problem.message.into()))?)
            } else {
                None
            };
            Ok(Box::new(Held { file: self, refresh_token, _lock: lock }) as Box<dyn HeldRefreshToken>)
        })
    }
}

struct Held<'a> {
    file: &'a RefreshTokenFile,
    refresh_token: Option<SecretString>,
    _lock: Lock,
}

impl HeldRefreshToken for Held<'_> {
    fn refresh_token(&self) -> Option<SecretString> {
        self.refresh_token.clone()
    }

    fn keep(&mut self, successor: &SecretString) -> Result<(), CredentialError> {
        write_secret(&self.file.path, successor.expose()).map_err(|problem| {
            let message = problem.message.clone();
            *self.file.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
            CredentialError::Other(message.into())
        })
    }
}

/// Removes the lock file, with the refresh token that it belongs to.
pub(crate) fn forget_lock(refresh_token: &Path) {
    let _ = std::fs::remove_file(super::lock::path_of(refresh_token));
}
