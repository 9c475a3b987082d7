//! Responses of the Platform API.

use std::fmt;

use genesys_token_core::wire::{RateLimit, ResponseHead};
use http::HeaderMap;
use zeroize::Zeroizing;

#[cfg(feature = "api-types")]
use super::error::ApiError;
use crate::transport::Incoming;

/// A response with status 2xx and its complete body.
pub struct ApiResponse {
    head: ResponseHead,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl ApiResponse {
    pub(super) fn new(response: Incoming) -> Self {
        Self { head: response.head, headers: response.headers, body: response.body }
    }

    /// Returns the HTTP status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status()
    }

    /// Returns all headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns `ININ-Correlation-Id`, or an empty string. Genesys support asks for it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.head.correlation_id()
    }

    /// Returns the values of the `inin-ratelimit-*` headers: how much of the rate limit is used.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Converts the response into its body, which is wiped on drop.
    #[must_use]
    pub fn into_body(self) -> Zeroizing<Vec<u8>> {
        self.body
    }

    /// Decodes the body.
    ///
    /// # Errors
    /// [`ApiError::Body`] if it is not the JSON of a `T`.
    #[cfg(feature = "api-types")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| ApiError::Body { line: error.line(), column: error.column() })
    }
}

/// Shows neither headers nor body: they may contain personal data.
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
