//! The reasons why a response contains no token.

use core::fmt;

pub use super::field::Field;
pub use super::protocol_error::{ProtocolError, ProtocolErrorKind};
use super::refusal::Refusal;

/// The reason why a response contains no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The service refused the request.
    Refused(Refusal),
    /// The response is not legal.
    Protocol(ProtocolError),
}

impl From<Refusal> for ExchangeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ProtocolError> for ExchangeError {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Protocol(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ExchangeError {}
