//! Errors of obtaining a token, by origin.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::Failure;
use genesys_token_core::settings::ConfigError;
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{ProtocolError, Refusal};

use crate::clock;
use crate::credentials::CredentialError;
use crate::transport::TransportError;

/// Why there is no access token. Cheap to clone: all callers that waited for one exchange share one error.
///
/// `Display` says what happened, the likely cause and what to do. Neither `Display` nor `Debug` contains a secret.
#[derive(Clone, Debug)]
pub struct TokenError {
    cause: Arc<TokenErrorKind>,
    retry_at: Option<Instant>,
    needs_login: bool,
}

/// Origin of the failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The caller's settings: the grant is not possible with this client.
    Config(ConfigError),
    /// The credential source returned no credentials.
    Credentials(CredentialError),
    /// The service refused the request.
    Refused {
        /// The login host.
        host: String,
        /// The parsed refusal.
        refusal: Refusal,
    },
    /// The response is not a valid token response.
    Protocol {
        /// The login host.
        host: String,
        /// What is wrong with it.
        error: ProtocolError,
    },
    /// The access token is longer than the 2048 bytes that are reserved for it.
    Capacity(CapacityError),
    /// There was no complete response.
    Transport(TransportError),
    /// No exchange was made, because the token is shared with other processes.
    #[cfg(feature = "store")]
    Sharing(crate::sharing_error::SharingError),
    /// The exchange did not end in time: the machine was suspended, or the runtime of the background task was not running.
    PresumedLost,
    /// The token had expired before its response was read.
    ExpiredOnArrival,
    /// The service issued no refresh token with the last access token, and the grant can be used only once.
    NoRefreshToken,
    /// The Platform API refused two fresh tokens in a row.
    FreshTokenRefused,
    /// The client was closed.
    Closed,
    /// Not called within a tokio runtime.
    NoRuntime,
}

impl TokenError {
    pub(crate) const fn until(cause: Arc<TokenErrorKind>, retry_at: Instant) -> Self {
        Self { cause, retry_at: Some(retry_at), needs_login: false }
    }

    /// A failure without a next attempt of its own.
    pub(crate) const fn past(cause: Arc<TokenErrorKind>) -> Self {
        Self { cause, retry_at: None, needs_login: false }
    }

    /// Returns the error of a client that has stopped: its grant is used up, or may be, and this is the first cause.
    pub(crate) const fn login_required(cause: Arc<TokenErrorKind>) -> Self {
        Self { cause, retry_at: None, needs_login: true }
    }

    /// Returns whether the user has to log in again: the authorization code, refresh token or assertion is used up, or may be, because
    /// the outcome of its exchange is unknown. It is not sent again. Set another grant with
    /// [`replace_grant`](crate::TokenClient::replace_grant).
    #[must_use]
    pub const fn needs_login(&self) -> bool {
        self.needs_login
    }

    /// Returns the origin of the failure.
    #[must_use]
    pub fn kind(&self) -> &TokenErrorKind {
        &self.cause
    }

    /// Returns the time until the next attempt, which the client makes by itself; `None` if there is none before
    /// settings change. Until then, [`token`](crate::TokenClient::token) returns this error at once.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        Some(self.retry_at?.saturating_since(clock::now()).into())
    }
}

impl TokenErrorKind {
    /// Converts core's failure. Its detail is such a cause itself, which callers share.
    pub(crate) fn from_failure(failure: &Failure<Arc<Self>>, host: &str) -> Arc<Self> {
        Arc::new(match failure {
            Failure::Transport(cause) | Failure::NotSent(cause) | Failure::NoCredentials(cause) => {
                return cause.clone();
            }
            Failure::Refused(refusal) => Self::Refused { host: host.to_owned(), refusal: refusal.clone() },
            Failure::Protocol(error) => Self::Protocol { host: host.to_owned(), error: *error },
            Failure::Capacity(error) => Self::Capacity(*error),
            Failure::Config(error) => Self::Config(*error),
            Failure::SourcePanicked => Self::Credentials(CredentialError::Panicked),
            Failure::ExpiredOnArrival => Self::ExpiredOnArrival,
            Failure::NoRefreshToken => Self::NoRefreshToken,
            Failure::FreshTokenRefused => Self::FreshTokenRefused,
            // Failures that this version does not know have no detail either.
            _ => Self::PresumedLost,
        })
    }
}

impl From<TokenErrorKind> for TokenError {
    fn from(cause: TokenErrorKind) -> Self {
        Self::past(Arc::new(cause))
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        // This cause says so itself.
        if self.needs_login && !matches!(self.kind(), TokenErrorKind::NoRefreshToken) {
            f.write_str("; the authorization code, refresh token or assertion may have been used by this: log in again")?;
        }
        Ok(())
    }
}

impl fmt::Display for TokenErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Credentials(error) => error.fmt(f),
            Self::Refused { host, refusal } => write!(f, "{host} issued no access token: {refusal}"),
            Self::Protocol { host, error } => write!(f, "{host} issued no access token: {error}"),
            // The capacity is fixed here, so core's advice does not apply.
            Self::Capacity(error) => write!(
                f,
                "the access token has {} bytes, more than the {} that this version supports: please report it",
                error.needed, error.capacity
            ),
            Self::Transport(error) => error.fmt(f),
            #[cfg(feature = "store")]
            Self::Sharing(error) => error.fmt(f),
            // The adapter has nothing to add.
            Self::PresumedLost => Failure::<()>::PresumedLost.fmt(f),
            Self::ExpiredOnArrival => Failure::<()>::ExpiredOnArrival.fmt(f),
            Self::NoRefreshToken => Failure::<()>::NoRefreshToken.fmt(f),
            Self::FreshTokenRefused => Failure::<()>::FreshTokenRefused.fmt(f),
            Self::Closed => f.write_str("the token client was closed: build a new one"),
            Self::NoRuntime => f.write_str(
                "no tokio runtime: call the client within a runtime that has its I/O and time drivers enabled and keeps running",
            ),
        }
    }
}

impl std::error::Error for TokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self.kind() {
            TokenErrorKind::Config(error) => error,
            TokenErrorKind::Credentials(error) => error,
            TokenErrorKind::Refused { refusal, .. } => refusal,
            TokenErrorKind::Protocol { error, .. } => error,
            TokenErrorKind::Capacity(error) => error,
            TokenErrorKind::Transport(error) => error,
            #[cfg(feature = "store")]
            TokenErrorKind::Sharing(error) => error,
            TokenErrorKind::PresumedLost
            | TokenErrorKind::ExpiredOnArrival
            | TokenErrorKind::NoRefreshToken
            | TokenErrorKind::FreshTokenRefused
            | TokenErrorKind::Closed
            | TokenErrorKind::NoRuntime => return None,
        })
    }
}
