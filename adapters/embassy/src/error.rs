//! Why there is no token, split by whose fault it is.

use core::fmt;

use embassy_time::Duration;
use genesys_token_core::lifecycle::Failure;
use genesys_token_core::settings::ConfigError;
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{ProtocolError, Refusal};

use crate::credentials::CredentialError;
use crate::time;
use crate::transport::TransportError;

/// There is no access token.
///
/// `Display` says what to do next. Neither `Display` nor `Debug` holds a secret.
#[derive(Clone, Debug)]
pub struct TokenError {
    kind: TokenErrorKind,
    retry_at: Option<Instant>,
}

/// Whose fault it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The caller's settings: they make no request, or a buffer is too small.
    Config(ConfigError),
    /// The credential source gave no credentials.
    Credentials(CredentialError),
    /// The service said no.
    Refused(Refusal),
    /// The service's bytes are not a legal response.
    Protocol(ProtocolError),
    /// The service's token is longer than the client's memory, or than the caller's buffer.
    Capacity(CapacityError),
    /// There was no response.
    Transport(TransportError),
    /// The token's lifetime was over before its response had arrived.
    ExpiredOnArrival,
    /// The Platform API refused two tokens in a row that were fresh.
    FreshTokenRefused,
    /// The client was closed.
    Closed,
}

impl TokenError {
    pub(crate) const fn new(kind: TokenErrorKind, retry_at: Option<Instant>) -> Self {
        Self { kind, retry_at }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn kind(&self) -> &TokenErrorKind {
        &self.kind
    }

    /// How long until the next attempt, which is made without being asked; `None` if there will be none before
    /// something changes. Until then, [`token`](crate::TokenClient::token) gives this error at once.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        Some(time::embassy(self.retry_at?.saturating_since(time::now())))
    }
}

/// What core leaves to the adapter: why an exchange had no response.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    Config(ConfigError),
    Credentials(CredentialError),
    Transport(TransportError),
}

impl TokenErrorKind {
    /// What core makes of a failed exchange.
    pub(crate) fn of_failure(failure: &Failure, detail: Option<&Detail>) -> Self {
        match (failure, detail) {
            (Failure::Refused(refusal), _) => Self::Refused(refusal.clone()),
            (Failure::Protocol(error), _) => Self::Protocol(*error),
            (Failure::Capacity(error), _) => Self::Capacity(*error),
            (Failure::ExpiredOnArrival, _) => Self::ExpiredOnArrival,
            (Failure::FreshTokenRefused, _) => Self::FreshTokenRefused,
            // Nobody ran the runner any more.
            (Failure::PresumedLost, _) | (_, None) => Self::Transport(TransportError::NOT_RUNNING),
            (_, Some(Detail::Config(error))) => Self::Config(*error),
            (_, Some(Detail::Credentials(error))) => Self::Credentials(*error),
            (_, Some(Detail::Transport(error))) => Self::Transport(*error),
        }
    }
}

impl From<TokenErrorKind> for TokenError {
    fn from(kind: TokenErrorKind) -> Self {
        Self::new(kind, None)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for TokenErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Credentials(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "the login host gave no access token: {refusal}"),
            Self::Protocol(error) => write!(f, "the login host gave no access token: {error}"),
            Self::Capacity(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            // The adapter knows no more than core does.
            Self::ExpiredOnArrival => Failure::<()>::ExpiredOnArrival.fmt(f),
            Self::FreshTokenRefused => Failure::<()>::FreshTokenRefused.fmt(f),
            Self::Closed => f.write_str("the token client was closed: make a new one"),
        }
    }
}

impl core::error::Error for TokenError {}
