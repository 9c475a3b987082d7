//! Client id and secret, and the source that provides them.

use core::fmt;
use core::future::Future;

use genesys_token_core::settings::{ClientId, ClientSecret, ConfigError};

/// A source of client id and secret. It is asked at every exchange, so that a new secret takes effect at the next one.
///
/// A closure `FnMut() -> Result<Credentials, CredentialError>` is a source, as is [`StaticCredentials`].
pub trait CredentialSource {
    /// Returns the current credentials.
    ///
    /// The time counts against the exchange's deadline: when it passes the future is dropped, and the source is asked again later.
    ///
    /// # Errors
    /// [`CredentialError`]: the source is asked again after a backoff, and at once after
    /// [`TokenClient::credentials_changed`](crate::TokenClient::credentials_changed).
    fn credentials(&mut self) -> impl Future<Output = Result<Credentials, CredentialError>>;
}

impl<F: FnMut() -> Result<Credentials, CredentialError>> CredentialSource for F {
    async fn credentials(&mut self) -> Result<Credentials, CredentialError> {
        self()
    }
}

/// Client id (at most 64 bytes) and secret (at most 128 bytes). Wiped on drop; the secret is never shown.
#[derive(Debug)]
pub struct Credentials {
    pub(crate) id: ClientId<64>,
    pub(crate) secret: ClientSecret<128>,
}

impl Credentials {
    /// Checks and copies both. The caller wipes `secret` itself.
    ///
    /// # Errors
    /// [`ConfigError`]: which of the two is invalid, never its value.
    pub fn new(id: &str, secret: &str) -> Result<Self, ConfigError> {
        Ok(Self { id: ClientId::new(id)?, secret: ClientSecret::new(secret)? })
    }

    /// Returns whether both are equal. Not in constant time: both values are the device's own.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.secret.expose() == other.secret.expose()
    }
}

/// A source with constant credentials.
#[derive(Clone, Copy)]
pub struct StaticCredentials<'a> {
    id: &'a str,
    secret: &'a str,
}

impl<'a> StaticCredentials<'a> {
    /// Returns a source that always returns these credentials.
    #[must_use]
    pub const fn new(id: &'a str, secret: &'a str) -> Self {
        Self { id, secret }
    }
}

impl CredentialSource for StaticCredentials<'_> {
    async fn credentials(&mut self) -> Result<Credentials, CredentialError> {
        Ok(Credentials::new(self.id, self.secret)?)
    }
}

/// Without the secret.
impl fmt::Debug for StaticCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The source returned no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialError {
    /// There are none, or they cannot be read now.
    Unavailable,
    /// The credentials have an invalid form.
    Invalid(ConfigError),
    /// The source did not answer within the timeout of an exchange.
    TimedOut,
}

impl From<ConfigError> for CredentialError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => {
                f.write_str("the credential source returned no client id and secret: provision the device, or fix the source")
            }
            Self::Invalid(error) => error.fmt(f),
            Self::TimedOut => f.write_str(
                "the credential source did not answer in time: make it faster, or raise the exchange's timeout",
            ),
        }
    }
}

impl core::error::Error for CredentialError {}
