//! Responses of the Platform API.

use std::fmt;

use bytes::Bytes;
use genesys_token_core::wire::{RateLimit, ResponseHead};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::body;
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
    pub fn status(&self) -> StatusCode {
        body::status(&self.head)
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

    /// Returns the body as text, without a byte order mark.
    ///
    /// # Errors
    /// [`ApiError::Text`] if it is not UTF-8, which is the encoding of JSON (RFC 8259 section 8.1).
    pub fn text(&self) -> Result<&str, ApiError> {
        body::text(&self.body).map_err(|offset| ApiError::Text { offset })
    }

    /// Decodes the body. A byte order mark before it is ignored, as RFC 8259 section 8.1 allows.
    ///
    /// # Errors
    /// [`ApiError::Body`] if it is not the JSON of a `T`.
    #[cfg(feature = "api-types")]
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        body::json(&self.body).map_err(|(line, column)| ApiError::Body { line, column })
    }
}

/// Status, headers and body. The body is wiped when the last handle to it is dropped.
impl From<ApiResponse> for http::Response<Bytes> {
    fn from(response: ApiResponse) -> Self {
        let mut converted = Self::new(Bytes::from_owner(response.body));
        *converted.status_mut() = body::status(&response.head);
        *converted.headers_mut() = response.headers;
        converted
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
