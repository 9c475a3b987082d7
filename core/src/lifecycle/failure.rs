//! The failures of an exchange.

use core::fmt;

use crate::settings::ConfigError;
use crate::text::CapacityError;
use crate::wire::{ExchangeError, ProtocolError, Refusal};

/// The reason why there is no token, or no newer one.
///
/// `D` is the adapter's detail of a failure, for example the transport's error or the credential source's error. It is kept with
/// the failure, so that an adapter needs no copy of its own. Core does not read it; an adapter without details uses `()`.
///
/// It contains no byte of a token or a secret, provided that `D` contains none.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure<D = ()> {
    /// The service refused the request.
    Refused(Refusal),
    /// The response is not legal.
    Protocol(ProtocolError),
    /// The access token does not fit into its capacity.
    Capacity(CapacityError),
    /// No response, and the request may have arrived: the connection was lost, or the deadline passed.
    Transport(D),
    /// There was no response because the request was not sent: name lookup, connection or TLS handshake failed. This matters for
    /// a grant that can be used only once; otherwise it counts as [`Transport`](Self::Transport).
    NotSent(D),
    /// The exchange did not end within [`Policy::exchange_timeout`](super::Policy::exchange_timeout): the machine was suspended,
    /// or the task that ran the exchange was not scheduled. Retried like a transport failure. There is no detail.
    PresumedLost,
    /// The credential source returned no credentials. Retried like a transport failure, and at once when credentials change.
    NoCredentials(D),
    /// The credential source panicked. Retried like [`NoCredentials`](Self::NoCredentials).
    SourcePanicked,
    /// Client and grant do not make a legal request. Retried like [`NoCredentials`](Self::NoCredentials).
    Config(ConfigError),
    /// The token's lifetime was over before the response arrived.
    ExpiredOnArrival,
    /// The grant was used, and the service issued no refresh token with the last access token: the user has to log in again.
    NoRefreshToken,
    /// The API refused a token and, soon after, the new one as well.
    FreshTokenRefused,
}

impl<D> Failure<D> {
    /// Returns whether a grant that can be used only once can still be used after this failure.
    pub(super) const fn leaves_grant_unspent(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.leaves_grant_unspent(),
            Self::NotSent(_) | Self::NoCredentials(_) | Self::SourcePanicked | Self::Config(_) => true,
            _ => false,
        }
    }
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

/// The detail is not part of the message: an adapter adds its own.
impl<D> fmt::Display for Failure<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => fmt::Display::fmt(refusal, f),
            Self::Protocol(error) => fmt::Display::fmt(error, f),
            Self::Capacity(error) => fmt::Display::fmt(error, f),
            Self::Config(error) => fmt::Display::fmt(error, f),
            Self::Transport(_) | Self::NotSent(_) => f.write_str(
                "no response from the token endpoint: check the network, the name lookup, the trust anchors and the \
                 clock",
            ),
            Self::PresumedLost => f.write_str(
                "the exchange for an access token did not end: the machine was suspended, or the task that ran it was stopped; if this \
                 happens often, check that the task is not blocked",
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
            Self::NoRefreshToken => f.write_str(
                "the access token cannot be renewed, because the service issued no refresh token with it: log in again, and check \
                 that the OAuth client may have refresh tokens",
            ),
            Self::FreshTokenRefused => f.write_str(
                "the API refused two access tokens in a row: check that the API host is of the same region as the \
                 token endpoint, and the organisation's list of allowed addresses",
            ),
        }
    }
}

impl<D: fmt::Debug> core::error::Error for Failure<D> {}
