//! A refresh token that several processes share: who may use it, and where it is kept.
//!
//! A service that rotates refresh tokens accepts each of them once, and may take a second use for theft and revoke what it issued
//! (RFC 9700 section 4.14). So from reading it to keeping its successor a process must be the only one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::credentials::CredentialError;
use crate::grant::Grant;
use crate::secret::SecretString;

/// The future of [`RefreshTokenStore::hold`].
pub type HoldFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Box<dyn HeldRefreshToken + 'a>, CredentialError>> + Send + 'a>>;

/// A store of the refresh token of one login, which other processes may use too.
///
/// # Cancel safety
/// The future of [`hold`](Self::hold) may be dropped at any await.
pub trait RefreshTokenStore: Send + Sync {
    /// Waits until no other process holds the refresh token, and holds it for this one. It must not block the thread while it waits.
    ///
    /// # Errors
    /// [`CredentialError`], which must not contain a secret: nothing is sent then.
    fn hold(&self) -> HoldFuture<'_>;
}

/// A refresh token that no other process uses until this value is dropped, also if the process dies.
pub trait HeldRefreshToken: Send {
    /// Returns the refresh token that is kept. `None` if there is none yet.
    fn refresh_token(&self) -> Option<SecretString>;

    /// Keeps its successor. Called before the access token of the same response is handed out.
    ///
    /// # Errors
    /// [`CredentialError`]: the client logs it and goes on with the successor, which it has in memory.
    fn keep(&mut self, successor: &SecretString) -> Result<(), CredentialError>;
}

/// The store of a client, and whether it is up to date.
pub(crate) struct Keeper {
    store: Box<dyn RefreshTokenStore>,
    /// The store could not keep the last refresh token, so the one that it has is used up.
    is_behind: AtomicBool,
}

/// What an exchange holds.
pub(crate) struct Held<'a> {
    token: Box<dyn HeldRefreshToken + 'a>,
    is_behind: &'a AtomicBool,
}

impl Keeper {
    pub(crate) fn new(store: impl RefreshTokenStore + 'static) -> Self {
        Self { store: Box::new(store), is_behind: AtomicBool::new(false) }
    }

    /// Holds the refresh token, and puts the one that is kept in the place of the one in `grant`.
    pub(crate) async fn hold(&self, limit: Duration, grant: &mut Grant) -> Result<Held<'_>, CredentialError> {
        let held = tokio::time::timeout(limit, self.store.hold()).await;
        let token = held.map_err(|_elapsed| CredentialError::RefreshTokenHeld(limit))??;
        if let Grant::RefreshToken { refresh_token } = grant
            && !self.is_behind.load(Ordering::Relaxed)
            && let Some(kept) = token.refresh_token()
        {
            *refresh_token = kept;
        }
        Ok(Held { token, is_behind: &self.is_behind })
    }
}

impl Held<'_> {
    pub(crate) fn keep(&mut self, successor: &SecretString) {
        let kept = self.token.keep(successor);
        self.is_behind.store(kept.is_err(), Ordering::Relaxed);
        if let Err(error) = kept {
            tracing::warn!(%error, "the refresh token was not kept: a login is lost when this process ends");
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("is_behind", &self.is_behind).finish_non_exhaustive()
    }
}
