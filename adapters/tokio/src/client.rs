//! The client as callers hold it.

use std::fmt;
use std::sync::Arc;

use genesys_token_core::settings::Endpoint;

use crate::error::TokenError;
use crate::grant::Grant;
use crate::secret::SecretString;
use crate::state::Shared;
use crate::status::ClientStatus;
use crate::supervisor;
use crate::token::Token;

/// A client that keeps one access token fresh and shares it.
///
/// Cheap to clone; all clones are one client. The first call of [`token`](Self::token) starts a background task on the tokio
/// runtime of the caller. The task obtains tokens, refreshes them before they expire, and waits after failures. Any number of
/// concurrent callers cause one exchange, and a caller that is dropped cancels nothing. The task ends when the last clone is dropped
/// or [`close`](Self::close) is called; if its runtime ends earlier, the next caller starts another one on its own runtime.
/// The runtime needs its I/O and time drivers (`enable_all`): without them tokio itself panics.
#[derive(Clone)]
pub struct TokenClient {
    handle: Arc<CloseOnDrop>,
}

/// The background task holds the shared state too, so the clones need a reference count of their own.
struct CloseOnDrop(Arc<Shared>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl TokenClient {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { handle: Arc::new(CloseOnDrop(Arc::new(shared))) }
    }

    /// Returns a valid access token: the cached one at once, else the next one as soon as it is obtained.
    ///
    /// While the client waits after a failed exchange this is an error at once, with the cause of the failure and the time of the next
    /// attempt.
    ///
    /// # Errors
    /// [`TokenError`], with its cause and what to do.
    ///
    /// # Cancel safety
    /// Dropping the future cancels nothing: the exchange goes on, and other callers receive its result.
    #[inline]
    pub async fn token(&self) -> Result<Token, TokenError> {
        match self.shared().cached() {
            Some(token) => Ok(token),
            // Boxed, so that the future of the fast path is small: it is moved with every call.
            None => Box::pin(supervisor::wait_for_token(self.shared())).await,
        }
    }

    /// Returns the token that this thread last received, if it is still valid; takes no lock. `None` does not mean that there is no
    /// token: call [`token`](Self::token) then.
    #[inline]
    #[must_use]
    pub fn cached(&self) -> Option<Token> {
        self.shared().cached()
    }

    /// Records that an API answered 401 to this token. The token is dropped at once, unless there is a newer one already, and another
    /// one is obtained.
    ///
    /// Returns `true` if [`token`](Self::token) returns another one soon: send the request again, once. Returns `false` if a second
    /// fresh token in a row was refused, or none can be obtained now: the 401 is final.
    ///
    /// Also forces a new token, for example after the roles of the client were changed: they take effect with the next token.
    #[must_use = "it says whether to send the request again"]
    pub fn token_refused(&self, token: &Token) -> bool {
        self.shared().token_refused(token.generation())
    }

    /// Records that an API accepted this token. Call it after each use if the policy has an `idle_timeout`.
    /// [`api`](Self::api) does so itself.
    pub fn token_used(&self, token: &Token) {
        let generation = token.generation();
        self.shared().update_silently(|state, now| state.lifecycle.token_used(generation, now));
    }

    /// Calls [`token_used`](Self::token_used) if core needs to know. Without an idle timeout the first success is enough, so that the
    /// lock is rarely taken.
    pub(crate) fn record_use(&self, token: &Token) {
        if self.shared().settings.policy.idle_timeout.is_some() || token.is_first_use() {
            self.token_used(token);
        }
    }

    /// Records that the credential source has new credentials: a wait that the old ones caused ends. Without this call they are found
    /// at the next check: see [`credentials_check`](crate::TokenClientBuilder::credentials_check).
    pub fn credentials_changed(&self) {
        self.shared().update(|state, now| state.lifecycle.credentials_changed(now));
    }

    /// Sets another grant for the next exchange: a new code, refresh token or assertion when the previous one is used up. A refresh
    /// token in the response of an exchange in flight does not replace it.
    pub fn replace_grant(&self, grant: Grant) {
        self.shared().update(|state, now| state.lifecycle.replace_grant(grant, now));
    }

    /// Returns the refresh token of the next exchange, if there is one: see also
    /// [`on_refresh_token`](crate::TokenClientBuilder::on_refresh_token).
    #[must_use]
    pub fn refresh_token(&self) -> Option<SecretString> {
        self.shared().locked(|state, _| match state.lifecycle.grant() {
            Grant::RefreshToken { refresh_token } => Some(refresh_token.clone()),
            _ => None,
        })
    }

    /// Returns what the client has done and does next, for metrics and status pages. Takes the client's lock, and starts nothing.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        self.shared().locked(|state, now| {
            state.lifecycle.publish(now);
            state.lifecycle.status(now)
        })
    }

    /// Ends the background task, wipes the token and closes the connections, for all clones. Tokens that callers hold stay until they
    /// are dropped. Waiting and later callers receive [`TokenErrorKind::Closed`](crate::TokenErrorKind::Closed).
    ///
    /// The same happens when the last clone is dropped.
    pub fn close(&self) {
        self.shared().close();
    }

    /// Returns the service's hosts. `None` if the client goes through a token broker.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.shared().settings.endpoint.as_deref()
    }

    /// Returns the base URL of the Platform API, `https://api.mypurecloud.de`, with the port unless it is 443 and without a slash at its
    /// end. `None` if the client goes through a token broker.
    #[must_use]
    pub fn api_url(&self) -> Option<String> {
        self.endpoint().map(|_| format!("https://{}", self.shared().api.name()))
    }

    /// Returns the TLS configuration of the client, with its trust anchors and for HTTP/1.1, for another HTTP client of the program.
    #[must_use]
    pub fn tls_config(&self) -> rustls::ClientConfig {
        let mut config = self.shared().api.tls_config().clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }

    /// Returns a connector for hyper-util's pooling client, with this client's proxy, trust anchors and connect timeout: put
    /// [`TokenLayer`](crate::TokenLayer) around that client and bodies are streamed in both directions.
    #[cfg(feature = "hyper-util")]
    #[must_use]
    pub fn api_connector(&self) -> crate::ApiConnector {
        // Of the other host, and so without HTTP/2, which the program's client may not know.
        self.shared().login.connector()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.handle.0
    }
}

/// Hosts and cached token, redacted.
impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient")
            .field("login", &self.shared().login.name())
            .field("api", &self.shared().api.name())
            .field("cached", &self.cached())
            .finish_non_exhaustive()
    }
}
