//! The token request.
use crate::settings::{Client, ConfigError, Scope};
use crate::text::CapacityError;
use crate::wire::Grant;

/// One token request: `POST` to the endpoint's path with [`TokenRequest::CONTENT_TYPE`], body and, for Basic
/// authentication, an `Authorization` value.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    client: Client<'a>,
    grant: Grant<'a>,
    scope: Option<&'a str>,
}

impl<'a> TokenRequest<'a> {
    /// The value of the `Content-Type` header.
    pub const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
    /// The value of the `Accept` header.
    pub const ACCEPT: &'static str = "application/json";
    /// Checks that client and grant fit together.
    pub fn new(client: Client<'a>, grant: Grant<'a>) -> Result<Self, ConfigError> {
        Ok(Self {
            client,
            grant,
            scope: None,
        })
    }
    /// The same with a scope.
    #[must_use]
    pub fn with_scope<const N: usize>(self, scope: &'a Scope<N>) -> Self {
        Self {
            scope: Some(scope.as_str()),
            ..self
        }
    }
    /// Exact length of the body in bytes (the `Content-Length`).
    #[must_use]
    pub fn body_len(&self) -> usize {
        todo!()
    }
    /// Writes the body to the start of `buffer` and returns it; all or nothing. The caller wipes `buffer` after sending.
    pub fn write_body<'b>(&self, _buffer: &'b mut [u8]) -> Result<&'b [u8], CapacityError> {
        todo!()
    }
    /// Exact length of the `Authorization` value; `None` if there is no such header.
    #[must_use]
    pub fn authorization_len(&self) -> Option<usize> {
        todo!()
    }
    /// Writes the `Authorization` value (`Basic …`); `None` if the request has no such header. The caller wipes `buffer`.
    pub fn write_authorization<'b>(&self, _buffer: &'b mut [u8]) -> Result<Option<&'b str>, CapacityError> {
        todo!()
    }
}
