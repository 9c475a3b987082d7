//! Errors of tokens, by origin.

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

/// No access token is available.
///
/// `Display` states what to do next. Neither `Display` nor `Debug` holds a secret.
#[derive(Clone, Debug)]
pub struct TokenError {
    kind: TokenErrorKind,
    retry_at: Option<Instant>,
}

/// The origin of a [`TokenError`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The settings are invalid, or the memory for heads is too small.
    Config(ConfigError),
    /// The credential source returned no credentials.
    Credentials(CredentialError),
    /// The service refused the token request.
    Refused(Refusal),
    /// The service's response is malformed.
    Protocol(ProtocolError),
    /// The token is longer than the client's memory, or than the caller's buffer.
    Capacity(CapacityError),
    /// No response was received.
    Transport(TransportError),
    /// The exchange did not end in time: the device was suspended, or the runner was not polled.
    PresumedLost,
    /// The token expired before its response was complete.
    ExpiredOnArrival,
    /// The Platform API refused two consecutive new tokens.
    FreshTokenRefused,
    /// The client was closed.
    Closed,
}

impl TokenError {
    pub(crate) const fn new(kind: TokenErrorKind, retry_at: Option<Instant>) -> Self {
        Self { kind, retry_at }
    }

    /// Returns the origin of the error.
    #[must_use]
    pub const fn kind(&self) -> &TokenErrorKind {
        &self.kind
    }

    /// Returns the time until the next attempt, which the runner makes by itself; `None` if there is none before something changes. Until
    /// then [`token`](crate::TokenClient::token) returns this error at once.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        Some(time::embassy(self.retry_at?.saturating_since(time::now())))
    }
}

/// The adapter's detail of a failure, which core stores with it.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    Transport(TransportError),
    Credentials(CredentialError),
}

impl From<&Failure<Detail>> for TokenErrorKind {
    fn from(failure: &Failure<Detail>) -> Self {
        match failure {
            Failure::Transport(detail) | Failure::NotSent(detail) | Failure::NoCredentials(detail) => {
                match detail {
                    Detail::Transport(error) => Self::Transport(*error),
                    Detail::Credentials(error) => Self::Credentials(*error),
                }
            }
            Failure::Config(error) => Self::Config(*error),
            Failure::Refused(refusal) => Self::Refused(refusal.clone()),
            Failure::Protocol(error) => Self::Protocol(*error),
            Failure::Capacity(error) => Self::Capacity(*error),
            Failure::ExpiredOnArrival => Self::ExpiredOnArrival,
            Failure::FreshTokenRefused => Self::FreshTokenRefused,
            // A panic is never reported here: it resets a device.
            _ => Self::PresumedLost,
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
            Self::Refused(refusal) => write!(f, "the login host issued no access token: {refusal}"),
            Self::Protocol(error) => write!(f, "the login host issued no access token: {error}"),
            Self::Capacity(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::PresumedLost => Failure::<()>::PresumedLost.fmt(f),
            Self::ExpiredOnArrival => Failure::<()>::ExpiredOnArrival.fmt(f),
            Self::FreshTokenRefused => Failure::<()>::FreshTokenRefused.fmt(f),
            Self::Closed => f.write_str("the token client was closed: create a new one"),
        }
    }
}

impl core::error::Error for TokenError {}
