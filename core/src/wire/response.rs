//! The response of the token endpoint.
use crate::time::Duration;
use crate::wire::{ExchangeError, ResponseHead};
use core::fmt;

/// A successful response. Borrows the body, in which escapes were decoded in place; drop wipes the body.
pub struct TokenResponse<'b> {
    body: &'b mut [u8],
}

impl TokenResponse<'_> {
    /// The access token: `b64token` characters only (RFC 6750 section 2.1), not empty.
    #[must_use]
    pub fn access_token(&self) -> &str {
        todo!()
    }
    /// The lifetime granted, in whole seconds, capped at 450 days; zero if the service gave none.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        todo!()
    }
    /// The scope granted, space-separated, if the service gave one.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        todo!()
    }
    /// The refresh token, if the service gave one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        todo!()
    }
}

impl fmt::Debug for TokenResponse<'_> {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl Drop for TokenResponse<'_> {
    fn drop(&mut self) {
        self.body.fill(0);
    }
}

/// Reads a whole response of the token endpoint. `body` is wiped on every error, and on drop of the result.
pub fn parse_token_response<'b>(
    _head: &ResponseHead,
    _body: &'b mut [u8],
) -> Result<TokenResponse<'b>, ExchangeError> {
    todo!()
}
