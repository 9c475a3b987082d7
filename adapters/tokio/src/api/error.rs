//! Why a call of the Platform API gave no success.

use std::fmt;

use genesys_token_core::call::RefusedCall;
use genesys_token_core::wire::{RateLimit, Refusal, ResponseHead};
use http::HeaderMap;
use zeroize::Zeroizing;

use crate::error::TokenError;
use crate::transport::{Incoming, TransportError};

/// Why a call of the Platform API gave no success.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// There is no access token.
    Token(TokenError),
    /// There was no (whole) response.
    Transport(TransportError),
    /// The [`deadline`](crate::ApiRequest::deadline) of the call came. Whether the service acts upon the request is unknown.
    Deadline,
    /// The service said no.
    Refused(Box<ApiRefusal>),
    /// The text given as an access token holds what no access token holds, or nothing.
    AccessToken,
    /// The path does not begin with `/`, or holds what no path holds.
    Path,
    /// The body of a success is not the JSON that was expected. Where, counted from 1; 0 for a wrong shape of the whole.
    Body {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}

/// A response that is no success.
pub struct ApiRefusal {
    host: String,
    refusal: Refusal,
    head: ResponseHead,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl ApiRefusal {
    pub(super) fn new(host: String, refusal: Refusal, response: Incoming) -> Self {
        Self { host, refusal, head: response.head, headers: response.headers, body: response.body }
    }

    /// Class, status, code, description, correlation id.
    #[must_use]
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// The host that was asked.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The `inin-ratelimit-*` headers.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// All headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, as far as it came: the service's `details` and `errors` stand there.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Without headers and body.
impl fmt::Debug for ApiRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRefusal")
            .field("host", &self.host)
            .field("refusal", &self.refusal)
            .field("rate_limit", &self.rate_limit())
            .finish_non_exhaustive()
    }
}

impl From<ApiRefusal> for ApiError {
    fn from(refusal: ApiRefusal) -> Self {
        Self::Refused(Box::new(refusal))
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
            Self::Refused(refused) => {
                write!(f, "{} refused: {}", refused.host, RefusedCall(&refused.refusal))
            }
            Self::Deadline => f.write_str(
                "the deadline of the call came before its response: whether the service has acted upon the request is \
                 unknown",
            ),
            Self::AccessToken => f.write_str("the text given is no access token: give the token alone"),
            Self::Path => f.write_str("the path of the request must begin with / and be percent-encoded"),
            Self::Body { line, column } => {
                write!(f, "the response is not the JSON that was expected (line {line}, column {column})")
            }
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Transport(error) => Some(error),
            Self::Refused(refused) => Some(&refused.refusal),
            Self::Deadline | Self::AccessToken | Self::Path | Self::Body { .. } => None,
        }
    }
}
