//! Why an exchange gave no token.

use core::fmt;

use crate::settings::ConfigError;
use crate::text::CapacityError;
use crate::wire::{ExchangeError, ProtocolError, Refusal};

/// Why there is no token, or no newer one.
///
/// `D` is the adapter's detail of a failure that core knows no more of: the transport's error, the credential source's error. It
/// is kept with the failure, so that an adapter needs no copy of its own beside it. Core never looks into it; without one it
/// is `()`.
///
/// Holds no byte of a token or a secret, provided that `D` holds none.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure<D = ()> {
    /// The service said no.
    Refused(Refusal),
    /// The peer's bytes are not a legal response.
    Protocol(ProtocolError),
    /// The access token does not fit.
    Capacity(CapacityError),
    /// No response: name lookup, connection, TLS, deadline.
    Transport(D),
    /// The exchange did not end within [`Policy::exchange_timeout`](super::Policy::exchange_timeout): the machine was suspended, or
    /// the task that ran the exchange was not scheduled. Retried like a transport failure. Nothing else is known, so there is no
    /// detail.
    PresumedLost,
    /// The credential source returned no credentials. Retried like a transport failure, and at once when credentials change.
    NoCredentials(D),
    /// The credential source panicked. Retried like [`NoCredentials`](Self::NoCredentials).
    SourcePanicked,
    /// Client and grant do not make a legal request. Retried like [`NoCredentials`](Self::NoCredentials).
    Config(ConfigError),
    /// The token's lifetime was over before its response had arrived.
    ExpiredOnArrival,
    /// The API refused a token and, soon after, the new one as well.
    FreshTokenRefused,
}

impl<D> From<ExchangeError> for Failure<D> {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Refused(refusal) => Self::Refused(refusal),
            ExchangeError::Protocol(error) => Self::Protocol(error),
        }
    }
}

impl<D> From<Refusal> for Failure<D> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<D> From<ProtocolError> for Failure<D> {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl<D> From<CapacityError> for Failure<D> {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl<D> From<ConfigError> for Failure<D> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// The detail is not shown: an adapter shows its own.
impl<D> fmt::Display for Failure<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => fmt::Display::fmt(refusal, f),
            Self::Protocol(error) => fmt::Display::fmt(error, f),
            Self::Capacity(error) => fmt::Display::fmt(error, f),
            Self::Config(error) => fmt::Display::fmt(error, f),
            Self::Transport(_) => f.write_str(
                "no response from the token endpoint: check the network, the name lookup, the trust anchors and the \
                 clock",
            ),
            Self::PresumedLost => f.write_str(
                "the exchange for an access token did not end in time, probably because the machine was suspended: it is tried \
                 again; if this happens often, check that the task that runs the exchange is not blocked",
            ),
            Self::NoCredentials(_) => {
                f.write_str("the credential source returned no client id and secret: check that it can be read")
            }
            Self::SourcePanicked => f.write_str(
                "the credential source panicked: check the panic message in the log and fix the source",
            ),
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

impl<D: fmt::Debug> core::error::Error for Failure<D> {}
