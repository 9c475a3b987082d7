//! The token request, RFC 6749 sections 2.3.1 and 3.2.
//!
//! The body holds the grant's parameters, then `scope`, then `client_id` and `client_secret` if the client authenticates in
//! the body.

use super::Grant;
use super::basic::Credentials;
use super::form;
use super::sink::Sink;
use crate::settings::{Client, ClientAuth, ConfigError, Scope};
use crate::text::CapacityError;

/// One token request: `POST` to the endpoint's path with [`TokenRequest::CONTENT_TYPE`], body and, for Basic
/// authentication, an `Authorization` value.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    client: Client<'a>,
    grant: Grant<'a>,
    scope: Option<&'a [u8]>,
}

impl<'a> TokenRequest<'a> {
    /// The value of the `Content-Type` header.
    pub const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
    /// The value of the `Accept` header.
    pub const ACCEPT: &'static str = "application/json";

    /// Creates a request, if client and grant fit together.
    ///
    /// # Errors
    /// [`ConfigError::SecretMissing`] for a public client and any grant but PKCE and a refresh token,
    /// [`ConfigError::InvalidCodeVerifier`], [`ConfigError::EmptyParameter`].
    pub fn new(client: Client<'a>, grant: Grant<'a>) -> Result<Self, ConfigError> {
        if client.secret.is_none() && !client.is_of_connection() && grant.needs_secret() {
            return Err(ConfigError::SecretMissing);
        }
        grant.check()?;
        Ok(Self { client, grant, scope: None })
    }

    /// Sets the scope.
    #[must_use]
    pub fn with_scope<const N: usize>(self, scope: &'a Scope<N>) -> Self {
        Self { scope: Some(scope.as_bytes()), ..self }
    }

    /// Returns the exact length of the body in bytes (the `Content-Length`).
    #[must_use]
    pub fn body_len(&self) -> usize {
        let mut nothing = Sink::new(&mut []);
        self.write(&mut nothing);
        nothing.needed()
    }

    /// Writes the body to the start of `buffer` and returns it. The caller wipes `buffer` after sending.
    ///
    /// # Errors
    /// [`CapacityError`] if `buffer` is shorter than [`TokenRequest::body_len`]; it is wiped then.
    pub fn write_body<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], CapacityError> {
        let mut sink = Sink::new(buffer);
        self.write(&mut sink);
        sink.finish("request body")
    }

    /// Returns the exact length of the `Authorization` value; `None` if there is no such header.
    #[must_use]
    pub fn authorization_len(&self) -> Option<usize> {
        self.credentials().map(|credentials| credentials.len())
    }

    /// Writes the `Authorization` value (`Basic …`, visible ASCII) to the start of `buffer` and returns it; `None` if the
    /// request has no such header. The caller wipes `buffer` after sending.
    ///
    /// # Errors
    /// [`CapacityError`] if `buffer` is shorter than [`TokenRequest::authorization_len`]; it is wiped then.
    pub fn write_authorization<'b>(&self, buffer: &'b mut [u8]) -> Result<Option<&'b [u8]>, CapacityError> {
        let Some(credentials) = self.credentials() else {
            return Ok(None);
        };
        credentials.write(buffer).map(Some)
    }

    fn credentials(&self) -> Option<Credentials<'a>> {
        let secret = self.client.secret?;
        Credentials::new(self.client.id.0, secret.0, self.client.auth)
    }

    fn write(&self, sink: &mut Sink<'_>) {
        let Client { id, secret, auth } = self.client;
        self.grant.write(id.0, sink);
        if let Some(scope) = self.scope {
            form::parameter("&scope=", scope, sink);
        }
        // A public client has no other authentication, and must name itself (RFC 6749 section 3.2.1).
        if auth == ClientAuth::RequestBody {
            if !self.grant.is_pkce() {
                form::parameter("&client_id=", id.0, sink);
            }
            if let Some(secret) = secret {
                form::parameter("&client_secret=", secret.0, sink);
            }
        }
    }
}
