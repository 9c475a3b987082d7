//! Why a call of the Platform API gave no success.

use core::fmt;

use genesys_token_core::call::RefusedCall;
use genesys_token_core::wire::{RateLimit, Refusal, ResponseHead};

use crate::error::TokenError;
use crate::transport::TransportError;

/// Why a call of the Platform API gave no success.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// There is no access token.
    Token(TokenError),
    /// There was no (whole) response.
    Transport(TransportError),
    /// The [`deadline`](crate::ApiRequest::deadline) of the call came. Whether the service acts upon the request is unknown.
    Deadline,
    /// The service said no.
    Refused(ApiRefusal),
    /// The request has more headers of the caller's own than there is room for.
    TooManyHeaders,
}

/// A response that is no success. Its body is at the beginning of the caller's buffer, as far as it came and fits.
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

    /// The `inin-ratelimit-*` headers.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// How many bytes of the caller's buffer are the body: the service's `details` and `errors` stand there.
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
            Self::Refused(refused) => write!(f, "the api host refused: {}", RefusedCall(&refused.refusal)),
            Self::Deadline => f.write_str(
                "the deadline of the call came before its response: whether the service has acted upon the request is \
                 unknown",
            ),
            Self::TooManyHeaders => f.write_str("the request has too many headers: leave some out"),
        }
    }
}

impl core::error::Error for ApiError {}
