//! Why an exchange gave no token.

use core::fmt;

use crate::text::CapacityError;
use crate::wire::{ExchangeError, ProtocolError, Refusal};

/// Why there is no token, or no newer one.
///
/// Holds no byte of a token or a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The service said no.
    Refused(Refusal),
    /// The peer's bytes are not a legal response.
    Protocol(ProtocolError),
    /// The access token does not fit.
    Capacity(CapacityError),
    /// No response: name lookup, connection, TLS, deadline. The adapter keeps the details.
    ///
    /// Also an exchange that was presumed lost after [`Policy::exchange_timeout`](super::Policy::exchange_timeout).
    Transport,
    /// The credential source gave none. Retried like a transport failure, and at once when credentials change.
    NoCredentials,
    /// The token's lifetime was over before its response had arrived.
    ExpiredOnArrival,
    /// The API refused a token and, soon after, the new one as well.
    FreshTokenRefused,
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Refused(refusal) => Self::Refused(refusal),
            ExchangeError::Protocol(error) => Self::Protocol(error),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<CapacityError> for Failure {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => fmt::Display::fmt(refusal, f),
            Self::Protocol(error) => fmt::Display::fmt(error, f),
            Self::Capacity(error) => fmt::Display::fmt(error, f),
            Self::Transport => f.write_str(
                "no response from the token endpoint: check the network, the name lookup, the trust anchors and the \
                 clock",
            ),
            Self::NoCredentials => {
                f.write_str("the credential source gave no client id and secret: check that it can be read")
            }
            Self::ExpiredOnArrival => f.write_str(
                "the access token had ended before its response arrived: check the OAuth client's token duration and \
                 the network's delay",
            ),
            Self::FreshTokenRefused => f.write_str(
                "the API refused two access tokens in a row: check that the API host is of the same region as the \
                 token endpoint, and the organisation's list of allowed addresses",
            ),
        }
    }
}

impl core::error::Error for Failure {}
