//! Errors of calls of the Platform API.

use std::fmt;

use genesys_token_core::call::RefusedCall;
use genesys_token_core::wire::{RateLimit, Refusal, ResponseHead};
use http::HeaderMap;
use zeroize::Zeroizing;

use crate::error::TokenError;
use crate::transport::{Incoming, TransportError};

/// Why a call of the Platform API failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// There is no access token.
    Token(TokenError),
    /// There was no complete response.
    Transport(TransportError),
    /// The [`deadline`](crate::ApiRequest::deadline) of the call passed. Whether the service acts on the request is unknown.
    Deadline,
    /// The service refused the request, or answered with another status than 2xx.
    Refused(Box<ApiRefusal>),
    /// The text is empty, or contains characters that an access token cannot contain (RFC 6750 section 2.1).
    AccessToken,
    /// The path does not begin with `/`, or contains characters that a path cannot contain (RFC 3986 section 3.3).
    Path,
    /// The body of a success is not the expected JSON. Line and column are counted from 1; 0 if the value as a whole has another shape.
    Body {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}

/// A response with another status than 2xx.
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

    /// Returns class, status, code, description and correlation id.
    #[must_use]
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Returns the host of the request.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the values of the `inin-ratelimit-*` headers.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// Returns all headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body as far as it was received: it contains the service's `details` and `errors`.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Shows neither headers nor body.
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
                "the deadline of the call passed before its response arrived: whether the service has acted on the request is \
                 unknown",
            ),
            Self::AccessToken => f.write_str("the text is not an access token: pass the token only, without Bearer"),
            Self::Path => f.write_str("the path of the request is not valid: begin it with / and percent-encode it"),
            Self::Body { line, column } => {
                write!(f, "the response is not the expected JSON (line {line}, column {column})")
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
