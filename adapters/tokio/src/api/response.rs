//! A response of the Platform API.

use std::fmt;

use genesys_token_core::wire::{RateLimit, ResponseHead};
use http::HeaderMap;
use zeroize::Zeroizing;

use crate::transport::Incoming;

/// A response of status 2xx with its whole body.
pub struct ApiResponse {
    head: ResponseHead,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl ApiResponse {
    pub(super) fn new(response: Incoming) -> Self {
        Self { head: response.head, headers: response.headers, body: response.body }
    }

    /// The HTTP status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status()
    }

    /// All headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// `ININ-Correlation-Id`, or empty. Support asks for it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.head.correlation_id()
    }

    /// The `inin-ratelimit-*` headers: how much of the rate limit is used up.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, to keep. Wiped when it is dropped.
    #[must_use]
    pub fn into_body(self) -> Zeroizing<Vec<u8>> {
        self.body
    }

    /// The body, decoded.
    ///
    /// # Errors
    /// [`ApiError::Body`](super::ApiError::Body) if it is not the JSON of a `T`.
    #[cfg(feature = "api-types")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, super::ApiError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| super::ApiError::Body { line: error.line(), column: error.column() })
    }
}

/// Without headers and body: both may hold what is nobody's business.
impl fmt::Debug for ApiResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiResponse")
            .field("status", &self.status())
            .field("correlation_id", &self.correlation_id())
            .field("rate_limit", &self.rate_limit())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
