//! Errors of API calls.

use core::fmt;

use genesys_token_core::call::RefusedCall;
use genesys_token_core::wire::{RateLimit, Refusal, ResponseHead};

use crate::error::TokenError;
use crate::transport::TransportError;

/// An API call without a 2xx response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// No access token could be obtained.
    Token(TokenError),
    /// No complete response was received.
    Transport(TransportError),
    /// The [`deadline`](crate::ApiRequest::deadline) of the call passed. Whether the service acts upon the request is unknown.
    Deadline,
    /// The service refused the request.
    Refused(ApiRefusal),
    /// The request has more than six headers of the caller's own.
    TooManyHeaders,
}

/// A response with another status than 2xx. Its body is at the beginning of the caller's buffer, as far as it was received and fits.
#[derive(Clone, Debug)]
pub struct ApiRefusal {
    refusal: Refusal,
    rate_limit: Option<RateLimit>,
    body_len: usize,
}

impl ApiRefusal {
    pub(super) fn new(refusal: Refusal, head: &ResponseHead, body_len: usize) -> Self {
        Self { refusal, rate_limit: head.rate_limit(), body_len }
    }

    /// Class, status, code, description, correlation id.
    #[must_use]
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Returns the `inin-ratelimit-*` headers.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// Returns the length of the body in the caller's buffer, which has the service's `details` and `errors`.
    #[must_use]
    pub const fn body_len(&self) -> usize {
        self.body_len
    }
}

impl From<ApiRefusal> for ApiError {
    fn from(refusal: ApiRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<TransportError> for ApiError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Refused(refused) => write!(f, "the API host refused the request: {}", RefusedCall(&refused.refusal)),
            Self::Deadline => f.write_str(
                "the deadline of the call passed before its response: whether the service has acted upon the request is \
                 unknown",
            ),
            Self::TooManyHeaders => f.write_str("the request has too many headers: six are supported"),
        }
    }
}

impl core::error::Error for ApiError {}
