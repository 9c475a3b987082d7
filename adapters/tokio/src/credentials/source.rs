//! The trait of credential sources. A source is asked at every exchange, so that a rotated secret takes effect without a restart.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, ConfigError};

use super::error::CredentialError;

/// A client id and, unless the client is public, its secret.
#[derive(Debug)]
pub struct Credentials {
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
}

impl Credentials {
    /// Validates and copies both: an id of at most 64 bytes, a secret of at most 128. The caller wipes `client_secret`.
    ///
    /// # Errors
    /// As [`ClientId::new`] and [`ClientSecret::new`]; none contains a part of the secret.
    pub fn new(client_id: &str, client_secret: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            client_id: ClientId::new(client_id)?,
            client_secret: Some(ClientSecret::new(client_secret)?),
        })
    }

    /// Returns the credentials of a public client, which has no secret: for [`Grant::AuthorizationCodePkce`](crate::Grant::AuthorizationCodePkce).
    #[must_use]
    pub const fn public(client_id: ClientId) -> Self {
        Self { client_id, client_secret: None }
    }

    /// Returns the client id.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    #[cfg(any(test, feature = "_fuzzing"))]
    pub(crate) const fn client_secret(&self) -> Option<&ClientSecret> {
        self.client_secret.as_ref()
    }

    pub(crate) fn as_client(&self, auth: ClientAuth) -> Client<'_> {
        match &self.client_secret {
            Some(secret) => Client::confidential(&self.client_id, secret, auth),
            None => Client::public(&self.client_id),
        }
    }

    pub(crate) fn hash_into(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash as _;
        self.client_id.as_str().hash(hasher);
        self.client_secret.as_ref().map(ClientSecret::expose).hash(hasher);
    }
}

/// The future of [`CredentialSource::credentials`].
pub type CredentialsFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Credentials, CredentialError>> + Send + 'a>>;

/// A source of the credentials of one client.
///
/// It is asked at every exchange, and repeatedly while the service refuses the last credentials: see
/// [`credentials_check`](crate::TokenClientBuilder::credentials_check).
///
/// # Cancel safety
/// The future may be dropped at any await: when the client is closed, and when it takes longer than
/// [`credentials_timeout`](crate::TokenClientBuilder::credentials_timeout).
pub trait CredentialSource: Send + Sync {
    /// Returns the current credentials.
    ///
    /// # Errors
    /// [`CredentialError`], which must not contain a secret.
    fn credentials(&self) -> CredentialsFuture<'_>;
}

impl<S: CredentialSource + ?Sized> CredentialSource for Box<S> {
    fn credentials(&self) -> CredentialsFuture<'_> {
        (**self).credentials()
    }
}

impl<S: CredentialSource + ?Sized> CredentialSource for std::sync::Arc<S> {
    fn credentials(&self) -> CredentialsFuture<'_> {
        (**self).credentials()
    }
}

/// Fixed credentials: of a public client, or of a program that stores secrets in its own way.
impl CredentialSource for Credentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        let copy = match &self.client_secret {
            Some(secret) => Self::new(self.client_id.as_str(), secret.expose()),
            None => Ok(Self::public(self.client_id)),
        };
        Box::pin(ready(copy.map_err(CredentialError::from)))
    }
}

/// Fixed credentials, for tests and for programs that store secrets in their own way.
pub struct StaticCredentials(Credentials);

impl StaticCredentials {
    /// Validates and copies both. The caller wipes `client_secret`.
    ///
    /// # Errors
    /// As [`Credentials::new`].
    pub fn new(client_id: &str, client_secret: &str) -> Result<Self, ConfigError> {
        Ok(Self(Credentials::new(client_id, client_secret)?))
    }
}

impl From<Credentials> for StaticCredentials {
    fn from(credentials: Credentials) -> Self {
        Self(credentials)
    }
}

impl CredentialSource for StaticCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        self.0.credentials()
    }
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StaticCredentials").field(&self.0).finish()
    }
}
