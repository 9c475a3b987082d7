//! A response of the Platform API.

use core::fmt;

use genesys_token_core::wire::{RateLimit, ResponseHead};

/// A 2xx response with its complete body.
pub struct ApiResponse<'b> {
    head: ResponseHead,
    #[cfg(not(feature = "serde"))]
    body: &'b mut [u8],
    /// The caller's buffer, of which the first bytes are the body.
    #[cfg(feature = "serde")]
    buffer: &'b mut [u8],
    #[cfg(feature = "serde")]
    length: usize,
}

#[cfg(not(feature = "serde"))]
impl<'b> ApiResponse<'b> {
    pub(super) fn new(head: ResponseHead, buffer: &'b mut [u8], length: usize) -> Self {
        Self { head, body: buffer.get_mut(..length).unwrap_or_default() }
    }

    /// Returns the body. If it holds a secret, the caller wipes it.
    #[must_use]
    pub const fn body(&self) -> &[u8] {
        self.body
    }

    /// Returns the body, for in-place decoders.
    #[must_use]
    pub const fn into_body(self) -> &'b mut [u8] {
        self.body
    }
}

#[cfg(feature = "serde")]
impl<'b> ApiResponse<'b> {
    pub(super) const fn new(head: ResponseHead, buffer: &'b mut [u8], length: usize) -> Self {
        Self { head, buffer, length }
    }

    /// Returns the body. If it holds a secret, the caller wipes it.
    #[must_use]
    pub const fn body(&self) -> &[u8] {
        match self.buffer.split_at_checked(self.length) {
            Some((body, _)) => body,
            None => &[],
        }
    }

    /// Returns the body, for in-place decoders.
    #[must_use]
    pub const fn into_body(self) -> &'b mut [u8] {
        match self.buffer.split_at_mut_checked(self.length) {
            Some((body, _)) => body,
            None => &mut [],
        }
    }

    pub(super) const fn into_buffer(self) -> &'b mut [u8] {
        self.buffer
    }
}

impl ApiResponse<'_> {
    /// Returns the HTTP status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.head.status()
    }

    /// Returns the value of `ININ-Correlation-Id`, or empty. Genesys support asks for it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.head.correlation_id()
    }

    /// Returns the `inin-ratelimit-*` headers: the current use of the rate limit.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// Returns the parts of the head that core uses.
    #[must_use]
    pub const fn head(&self) -> &ResponseHead {
        &self.head
    }
}

/// Without the body, which may hold confidential data.
impl fmt::Debug for ApiResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiResponse")
            .field("status", &self.status())
            .field("correlation_id", &self.correlation_id())
            .field("rate_limit", &self.rate_limit())
            .field("body_len", &self.body().len())
            .finish_non_exhaustive()
    }
}
