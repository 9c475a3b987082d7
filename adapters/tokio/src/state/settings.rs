//! Settings of a client, which do not change once it is built.

use std::time::Duration;

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::settings::{ClientAuth, Endpoint, Scope};
use http::Uri;

use crate::credentials::CredentialSource;
use crate::refresh_token::Keeper;
use crate::secret::SecretString;

/// A function that is called with each refresh token.
pub(crate) type RefreshTokenObserver = Box<dyn Fn(&SecretString) + Send + Sync>;

/// Settings of the token exchange.
pub(crate) struct Settings {
    /// `None` through a broker.
    pub(crate) endpoint: Option<Box<Endpoint>>,
    pub(crate) token_target: Uri,
    /// `None`: the connection itself tells the peer who this is.
    pub(crate) credentials: Option<Box<dyn CredentialSource>>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) scope: Option<Scope>,
    pub(crate) on_refresh_token: Option<RefreshTokenObserver>,
    pub(crate) refresh_token: Option<Keeper>,
    pub(crate) total_timeout: Duration,
    pub(crate) credentials_timeout: Duration,
    pub(crate) policy: Policy,
    /// `None`: the token is this client's alone.
    #[cfg(feature = "store")]
    pub(crate) sharing: Option<crate::sharing::Membership>,
    /// Longest time of a call of the API, unless the request sets a deadline.
    pub(crate) call_timeout: Option<Duration>,
    /// Longest wait for the rate limit in a call, unless the request sets one. `None`: core's default.
    pub(crate) rate_limit_wait: Option<Duration>,
}

impl Settings {
    /// Returns the longest time that an exchange takes while its task runs: credentials, connection, request and response, and before
    /// that the exchange of another process with the same refresh token.
    pub(crate) fn longest_exchange(&self) -> Duration {
        let own = self.own_exchange();
        #[cfg(feature = "store")]
        if let Some(sharing) = &self.sharing {
            return own.saturating_add(sharing.longest_wait().max(own));
        }
        if self.refresh_token.is_some() { own.saturating_mul(2) } else { own }
    }

    /// Returns the longest time without that of another process.
    pub(crate) fn own_exchange(&self) -> Duration {
        self.credentials_timeout.saturating_add(self.total_timeout)
    }
}
