//! Errors of the layer's service.

use std::fmt;

use crate::error::TokenError;

/// Why a [`TokenService`](super::TokenService) returned no response.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokenServiceError<E> {
    /// There is no access token.
    Token(TokenError),
    /// The inner service failed.
    Service(E),
}

impl<E: fmt::Display> fmt::Display for TokenServiceError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Service(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for TokenServiceError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Service(error) => Some(error),
        }
    }
}
