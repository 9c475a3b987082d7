//! Errors of calls of the Platform API.

use std::fmt;

use genesys_token_core::call::RefusedCall;
use genesys_token_core::wire::{RateLimit, Refusal, ResponseHead};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::body;
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
    /// A header of the request has a name or a value that is not legal (RFC 9110 sections 5.1 and 5.5).
    Header,
    /// The request was made from a URI of another host than the API host, or without `https`. Nothing was sent.
    Host,
    /// The value for the body of the request is no JSON, for example a map whose keys are no strings.
    #[cfg(feature = "api-types")]
    Serialize,
    /// The service led from page to page back to one that was asked for already, which would have no end.
    #[cfg(feature = "stream")]
    RepeatedPage,
    /// The body of the response is not UTF-8.
    Text {
        /// The offset of the first wrong byte.
        offset: usize,
    },
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

    /// Returns the HTTP status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        body::status(&self.head)
    }

    /// Returns `ININ-Correlation-Id`, or an empty string. Genesys support asks for it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.refusal.correlation_id()
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

    /// Returns the body as text, without a byte order mark. It may contain personal data, and anything that a proxy has written.
    ///
    /// # Errors
    /// [`ApiError::Text`] if it is not UTF-8.
    pub fn text(&self) -> Result<&str, ApiError> {
        body::text(&self.body).map_err(|offset| ApiError::Text { offset })
    }

    /// Decodes the body, which is JSON if it comes from the service.
    ///
    /// # Errors
    /// [`ApiError::Body`] if it is not the JSON of a `T`.
    #[cfg(feature = "api-types")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        body::json(&self.body).map_err(|(line, column)| ApiError::Body { line, column })
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
            Self::Header => f.write_str(
                "a header of the request is not legal: names consist of letters, digits and -, values have no line end",
            ),
            Self::Host => f.write_str(
                "the URI of the request is not an https URI of the API host: the access token is sent to no other host. Give path and \
                 query only, or the host of the client's endpoint",
            ),
            #[cfg(feature = "api-types")]
            Self::Serialize => f.write_str("the value for the body is no JSON: the keys of its maps must be strings"),
            #[cfg(feature = "stream")]
            Self::RepeatedPage => f.write_str(
                "the next page that the service named was read already: the pages have no end; report it to the service with the \
                 correlation id of the last page",
            ),
            Self::Text { offset } => write!(f, "the body of the response is not UTF-8 (at byte {offset})"),
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
            _ => None,
        }
    }
}
