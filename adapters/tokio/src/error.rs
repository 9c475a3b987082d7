//! Why there is no token, split by whose fault it is.

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

/// There is no access token. Cheap to clone: all who waited for one exchange share one error.
///
/// `Display` says what to do next. Neither `Display` nor `Debug` holds a secret.
#[derive(Clone, Debug)]
pub struct TokenError {
    cause: Arc<TokenErrorKind>,
    retry_at: Option<Instant>,
}

/// Whose fault it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The caller's settings: grant and client do not fit together.
    Config(ConfigError),
    /// The credential source gave no credentials.
    Credentials(CredentialError),
    /// The service said no.
    Refused {
        /// The host that was asked.
        host: String,
        /// What it said.
        refusal: Refusal,
    },
    /// The service's bytes are not a legal response.
    Protocol {
        /// The host that was asked.
        host: String,
        /// What is wrong with them.
        error: ProtocolError,
    },
    /// The service's token is longer than the 2048 bytes that there is room for.
    Capacity(CapacityError),
    /// There was no response.
    Transport(TransportError),
    /// The token's lifetime was over before its response had arrived.
    ExpiredOnArrival,
    /// The Platform API refused two tokens in a row that were fresh.
    FreshTokenRefused,
    /// The client was closed.
    Closed,
    /// Not called within a tokio runtime.
    NoRuntime,
}

impl TokenError {
    pub(crate) fn new(cause: Arc<TokenErrorKind>, retry_at: Option<Instant>) -> Self {
        Self { cause, retry_at }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> &TokenErrorKind {
        &self.cause
    }

    /// How long until the next attempt, which is made without being asked; `None` if there will be none before
    /// something changes. Until then, [`token`](crate::TokenClient::token) gives this error at once.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        Some(self.retry_at?.saturating_since(clock::now()).into())
    }
}

impl TokenErrorKind {
    /// What core makes of a failed exchange, `detail` being what it leaves to the adapter.
    pub(crate) fn of_failure(failure: &Failure, host: &str, detail: Option<Self>) -> Self {
        match (failure, detail) {
            (Failure::Refused(refusal), _) => {
                Self::Refused { host: host.to_owned(), refusal: refusal.clone() }
            }
            (Failure::Protocol(error), _) => Self::Protocol { host: host.to_owned(), error: *error },
            (Failure::Capacity(error), _) => Self::Capacity(*error),
            (Failure::ExpiredOnArrival, _) => Self::ExpiredOnArrival,
            (Failure::FreshTokenRefused, _) => Self::FreshTokenRefused,
            (Failure::SourcePanicked, _) => Self::Credentials(CredentialError::Panicked),
            // The runtime that the exchange ran on is gone.
            (Failure::PresumedLost, _) | (_, None) => Self::NoRuntime,
            // Transport and credentials.
            (_, Some(detail)) => detail,
        }
    }
}

impl From<TokenErrorKind> for TokenError {
    fn from(cause: TokenErrorKind) -> Self {
        Self::new(Arc::new(cause), None)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl fmt::Display for TokenErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Credentials(error) => error.fmt(f),
            Self::Refused { host, refusal } => write!(f, "{host} gave no access token: {refusal}"),
            Self::Protocol { host, error } => write!(f, "{host} gave no access token: {error}"),
            // Nobody can choose the capacity here, so core's advice would be of no use.
            Self::Capacity(error) => write!(
                f,
                "the access token has {} bytes, more than the {} that there is room for: please report it",
                error.needed, error.capacity
            ),
            Self::Transport(error) => error.fmt(f),
            // The adapter knows no more than core does.
            Self::ExpiredOnArrival => Failure::<()>::ExpiredOnArrival.fmt(f),
            Self::FreshTokenRefused => Failure::<()>::FreshTokenRefused.fmt(f),
            Self::Closed => f.write_str("the token client was closed: make a new one"),
            Self::NoRuntime => f.write_str(
                "no tokio runtime: ask for tokens within one, with its I/O and time drivers enabled, that goes on running",
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
            TokenErrorKind::ExpiredOnArrival
            | TokenErrorKind::FreshTokenRefused
            | TokenErrorKind::Closed
            | TokenErrorKind::NoRuntime => return None,
        })
    }
}
