//! The refresh token of a login, kept in a file or in the keyring, which commands that run at the same time share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use genesys_token_tokio::{CredentialError, HeldRefreshToken, HoldFuture, RefreshTokenStore, SecretString};
use zeroize::Zeroizing;

use super::keyring;
use super::lock::{self, Lock};
use super::settings::RefreshTokenPlace;
use super::store::{create_private, folder_of_secrets, write_secret};
use crate::exit::Problem;
use crate::secret_input;

/// A refresh token that is kept between commands.
#[derive(Clone, Debug)]
pub(crate) struct KeptRefreshToken {
    place: RefreshTokenPlace,
    /// The reason why the last one was not kept.
    problem: Arc<Mutex<Option<Problem>>>,
}

impl KeptRefreshToken {
    pub(crate) fn new(place: RefreshTokenPlace) -> Self {
        Self { place, problem: Arc::default() }
    }

    /// Reads it for the first time, without holding it.
    pub(crate) fn read(&self) -> Result<SecretString, Problem> {
        let key = self.place.key();
        let text = match &self.place {
            RefreshTokenPlace::File(path) => secret_input::read(key, path),
            RefreshTokenPlace::Keyring(name) => keyring::read(key, name),
        };
        text.map(|text| SecretString::new(&text))
    }

    /// Reads it; `None` if there is none yet.
    fn read_if_there(&self) -> Result<Option<SecretString>, Problem> {
        match &self.place {
            RefreshTokenPlace::File(path) if !path.exists() => Ok(None),
            RefreshTokenPlace::File(_) => self.read().map(Some),
            RefreshTokenPlace::Keyring(name) => {
                let text: Option<Zeroizing<String>> = keyring::find(self.place.key(), name)?;
                Ok(text.map(|text| SecretString::new(&text)))
            }
        }
    }

    fn write(&self, successor: &SecretString) -> Result<(), Problem> {
        match &self.place {
            RefreshTokenPlace::File(path) => write_secret(path, successor.expose()),
            RefreshTokenPlace::Keyring(name) => keyring::write(self.place.key(), name, successor.expose()),
        }
    }

    /// Returns why the last refresh token was not kept, once.
    pub(crate) fn take_problem(&self) -> Result<(), Problem> {
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner).take();
        problem.map_or(Ok(()), Err)
    }
}

impl RefreshTokenStore for KeptRefreshToken {
    fn hold(&self) -> HoldFuture<'_> {
        Box::pin(async {
            let other = |problem: Problem| CredentialError::Other(problem.message.into());
            let locked = locked_path(&self.place).map_err(other)?;
            let unusable = |error| CredentialError::File { path: lock::path_of(&locked), error };
            locked.parent().map_or(Ok(()), create_private).map_err(unusable)?;
            let lock = Lock::acquire(&locked).await.map_err(unusable)?;
            let refresh_token = self.read_if_there().map_err(other)?;
            Ok(Box::new(Held { kept: self, refresh_token, _lock: lock }) as Box<dyn HeldRefreshToken>)
        })
    }
}

/// Returns the path whose lock is held. A keyring has no locks: for it, this is the path of the file that would be used instead.
fn locked_path(place: &RefreshTokenPlace) -> Result<PathBuf, Problem> {
    match place {
        RefreshTokenPlace::File(path) => Ok(path.clone()),
        RefreshTokenPlace::Keyring(name) => Ok(folder_of_secrets()?.join(name)),
    }
}

struct Held<'a> {
    kept: &'a KeptRefreshToken,
    refresh_token: Option<SecretString>,
    _lock: Lock,
}

impl HeldRefreshToken for Held<'_> {
    fn refresh_token(&self) -> Option<SecretString> {
        self.refresh_token.clone()
    }

    fn keep(&mut self, successor: &SecretString) -> Result<(), CredentialError> {
        self.kept.write(successor).map_err(|problem| {
            let message = problem.message.clone();
            *self.kept.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
            CredentialError::Other(message.into())
        })
    }
}
