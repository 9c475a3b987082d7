//! The client as users hold it.

use std::fmt;
use std::sync::Arc;

use genesys_token_core::settings::Endpoint;

use crate::builder::{BuildError, TokenClientBuilder};
use crate::credentials::EnvCredentials;
use crate::error::TokenError;
use crate::grant::Grant;
use crate::secret::SecretString;
use crate::state::Shared;
use crate::token::Token;

/// Keeps one access token fresh, and shares it.
///
/// Cheap to clone; all clones are one client. The first one to ask starts a task on the tokio runtime it asks on: the
/// *driver*, which obtains tokens, refreshes them before they end, and waits after failures. Any number of callers at
/// once cause one exchange, and a caller that goes away cancels nothing. The driver ends when the last clone is dropped
/// or [`close`](Self::close) is called; if its runtime ends before, the next caller starts another on its own runtime.
/// The runtime needs its I/O and time drivers (`enable_all`): without them tokio itself panics.
#[derive(Clone)]
pub struct TokenClient {
    handle: Arc<CloseOnDrop>,
}

/// The driver holds the shared state too, so the clients need a count of their own.
struct CloseOnDrop(Arc<Shared>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl TokenClient {
    /// A client of this endpoint, to be furnished with credentials at least.
    pub fn builder(endpoint: Endpoint) -> TokenClientBuilder {
        TokenClientBuilder::new(&endpoint)
    }

    /// A client as the environment describes it: `GENESYS_REGION`, `GENESYS_CLIENT_ID`, `GENESYS_CLIENT_SECRET`, and
    /// the proxy of `HTTPS_PROXY` and `NO_PROXY`.
    ///
    /// # Errors
    /// [`BuildError::Region`] if `GENESYS_REGION` is missing or names no endpoint.
    pub fn from_env() -> Result<TokenClientBuilder, BuildError> {
        TokenClientBuilder::from_env(EnvCredentials::new())
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { handle: Arc::new(CloseOnDrop(Arc::new(shared))) }
    }

    /// An access token that lives: the cached one at once, else as soon as there is one.
    ///
    /// While the driver waits after a failure this is an error at once, with the cause of that failure and the time of
    /// the next attempt: to wait in line would not help.
    ///
    /// # Errors
    /// [`TokenError`], which says whose fault it is and what to do.
    ///
    /// # Cancel safety
    /// Dropping the future cancels nothing: the exchange goes on, and other callers get its result.
    #[inline]
    pub async fn token(&self) -> Result<Token, TokenError> {
        match self.shared().cached() {
            Some(token) => Ok(token),
            // In a box, so that the future of the fast way is small: it is moved about with every call.
            None => Box::pin(self.shared().wait_for_token()).await,
        }
    }

    /// The token this thread was last given, if it still lives; takes no lock. `None` does not mean that there is no
    /// token: ask [`token`](Self::token) then.
    #[inline]
    #[must_use]
    pub fn cached(&self) -> Option<Token> {
        self.shared().cached()
    }

    /// Tells that an API answered 401 to this token. It is dropped at once, unless there is a newer one already, and
    /// the driver asks for another.
    ///
    /// `true`: [`token`](Self::token) gives another one soon, so send the request again, once. `false`: a second fresh
    /// token in a row was refused, or no other can be had now; the answer 401 is final.
    ///
    /// Also the way to force a new token, for instance when the roles of the client were changed: they count from the
    /// next token on.
    #[must_use = "it says whether to send the request again"]
    pub fn refused(&self, token: &Token) -> bool {
        self.shared().refused(token.generation())
    }

    /// Tells that an API accepted this token. Needed where the policy has an `idle_timeout`, and after each use.
    /// [`api`](Self::api) does it by itself.
    pub fn used(&self, token: &Token) {
        let generation = token.generation();
        self.shared().update_quietly(|state, now| state.manager.token_used(generation, now));
    }

    /// Tells that the source has other credentials now: a wait that the old ones caused ends. Without this they are
    /// found at the next check: see [`credentials_check`](TokenClientBuilder::credentials_check).
    pub fn credentials_changed(&self) {
        self.shared().update(|state, now| state.manager.credentials_changed(now));
    }

    /// Another grant from the next exchange on: a new code, refresh token or assertion when the old one is used up. A refresh
    /// token that an exchange on its way brings for the old one does not take its place.
    pub fn replace_grant(&self, grant: Grant) {
        self.shared().update(|state, now| {
            state.replace_grant(grant);
            state.manager.credentials_changed(now);
        });
    }

    /// The refresh token that the next exchange will use, if there is one: see also
    /// [`on_refresh_token`](TokenClientBuilder::on_refresh_token).
    #[must_use]
    pub fn refresh_token(&self) -> Option<SecretString> {
        match &self.shared().lock().grant {
            Grant::RefreshToken { refresh_token } => Some(refresh_token.clone()),
            _ => None,
        }
    }

    /// Ends the driver, wipes the token and closes the connections, for all clones. Tokens that callers hold live on
    /// until they are dropped. Waiting and later callers get [`TokenErrorKind::Closed`](crate::TokenErrorKind::Closed).
    ///
    /// The same happens when the last clone is dropped.
    pub fn close(&self) {
        self.shared().close();
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.0
    }
}

/// Hosts and cached token, redacted.
impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient")
            .field("login", &self.shared().login.authority())
            .field("api", &self.shared().api.authority())
            .field("cached", &self.cached())
            .finish_non_exhaustive()
    }
}
