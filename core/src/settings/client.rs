//! The OAuth client: its identifier, its secret, and how the two are sent.

use core::fmt;
use core::str::FromStr;

use super::ConfigError;
use crate::secret::Secret;
use crate::text::{Quoted, Text};

/// A client identifier of at most `N` bytes; the service's are GUIDs of 36.
///
/// Visible ASCII and spaces (`VSCHAR`, RFC 6749 appendix A.1), without `:`, which would end the user-id of Basic
/// authentication (RFC 7617 section 2), and without spaces at its ends, which are typing errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientId<const N: usize = 64>(Text<N>);

impl<const N: usize> ClientId<N> {
    /// Checks and copies `id`.
    ///
    /// # Errors
    /// [`ConfigError::EmptyClientId`], [`ConfigError::InvalidClientId`], [`ConfigError::Capacity`].
    pub fn new(id: &str) -> Result<Self, ConfigError> {
        if id.is_empty() {
            return Err(ConfigError::EmptyClientId);
        }
        if let Some(position) = not_vschar(id, b':') {
            return Err(ConfigError::InvalidClientId { position });
        }
        Ok(Self(Text::new("client id", id)?))
    }

    /// Returns the client identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// As [`ClientId::new`].
impl<const N: usize> FromStr for ClientId<N> {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

/// As [`ClientId::new`].
impl<const N: usize> TryFrom<&str> for ClientId<N> {
    type Error = ConfigError;

    fn try_from(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

impl<const N: usize> fmt::Debug for ClientId<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Quoted(self.as_str()), f)
    }
}

impl<const N: usize> fmt::Display for ClientId<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A client secret of at most `N` bytes: wiped on drop, never shown.
///
/// Visible ASCII and spaces (`VSCHAR`, RFC 6749 appendix A.2), without spaces at its ends. A line end, which files and
/// pastes bring along, is refused, not trimmed: an adapter that reads files trims.
pub struct ClientSecret<const N: usize = 128>(Secret<N>);

impl<const N: usize> ClientSecret<N> {
    /// Checks and copies `secret`. Wiping `secret` itself is the caller's.
    ///
    /// # Errors
    /// [`ConfigError::EmptyClientSecret`], [`ConfigError::InvalidClientSecret`], [`ConfigError::Capacity`]. None holds
    /// a part of the secret.
    pub fn new(secret: &str) -> Result<Self, ConfigError> {
        if secret.is_empty() {
            return Err(ConfigError::EmptyClientSecret);
        }
        if let Some(position) = not_vschar(secret, NOTHING) {
            return Err(ConfigError::InvalidClientSecret { position });
        }
        Ok(Self(Secret::new("client secret", secret)?))
    }

    /// Returns the secret. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// As [`ClientSecret::new`].
impl<const N: usize> FromStr for ClientSecret<N> {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

/// As [`ClientSecret::new`].
impl<const N: usize> TryFrom<&str> for ClientSecret<N> {
    type Error = ConfigError;

    fn try_from(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

impl<const N: usize> fmt::Debug for ClientSecret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}

/// How a client with a secret authenticates to the token endpoint, RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The `Authorization: Basic` header with identifier and secret as they are, as the official SDKs send them.
    #[default]
    Basic,
    /// The same with both form-encoded before Base64, exactly as RFC 6749 requires, a space as `%20`. For identifiers and secrets
    /// made of letters, digits and `-._*` there is no difference.
    BasicFormEncoded,
    /// `client_id` and `client_secret` in the body. Whether Genesys Cloud accepts this is not documented.
    RequestBody,
}

/// A client, borrowed for one request.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    pub(crate) id: IdText<'a>,
    pub(crate) secret: Option<SecretText<'a>>,
    pub(crate) auth: ClientAuth,
}

impl<'a> Client<'a> {
    /// Returns a client that authenticates with its secret.
    #[must_use]
    pub fn confidential<const I: usize, const S: usize>(
        id: &'a ClientId<I>,
        secret: &'a ClientSecret<S>,
        auth: ClientAuth,
    ) -> Self {
        Self { id: IdText(id.0.as_bytes()), secret: Some(SecretText(secret.0.expose_bytes())), auth }
    }

    /// Returns whether [`ClientAuth::BasicFormEncoded`] would send another value than [`ClientAuth::Basic`], which is set: identifier
    /// or secret has characters other than letters, digits and `-._*`.
    #[must_use]
    pub fn form_encoding_matters(&self) -> bool {
        let changes =
            |text: &[u8]| !text.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte));
        self.auth == ClientAuth::Basic
            && self.secret.is_some_and(|SecretText(secret)| changes(self.id.0) || changes(secret))
    }

    /// Returns a client without a secret; it only names itself in the body (RFC 6749 section 3.2.1). For PKCE,
    /// and for the refresh tokens obtained by it.
    #[must_use]
    pub fn public<const I: usize>(id: &'a ClientId<I>) -> Self {
        Self { id: IdText(id.0.as_bytes()), secret: None, auth: ClientAuth::RequestBody }
    }

    /// Returns a client that the server knows by the connection, as a process of the same machine by its Unix credentials: the request holds
    /// neither an identifier nor a secret (RFC 6749 section 2.3.2 permits such methods).
    #[must_use]
    pub const fn of_connection() -> Self {
        Self { id: IdText(&[]), secret: None, auth: ClientAuth::Basic }
    }

    /// Returns whether the request contains no client authentication, and needs none.
    pub(crate) fn is_of_connection(&self) -> bool {
        self.secret.is_none() && self.auth != ClientAuth::RequestBody
    }
}

/// A borrowed client identifier. Bytes, because writing a request needs no more.
#[derive(Clone, Copy)]
pub(crate) struct IdText<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for IdText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Quoted(core::str::from_utf8(self.0).unwrap_or_default()), f)
    }
}

/// A borrowed client secret that no derived `Debug` shows.
#[derive(Clone, Copy)]
pub(crate) struct SecretText<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for SecretText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// No character is refused besides.
const NOTHING: u8 = 0;

/// Returns the offset of the first byte that is not `VSCHAR`, or is a space at either end, or this one.
#[inline(never)] // Two callers.
fn not_vschar(text: &str, besides: u8) -> Option<usize> {
    let last = text.len().saturating_sub(1);
    text.bytes().enumerate().find_map(|(position, byte)| {
        let legal = byte.is_ascii_graphic() || (byte == b' ' && position != 0 && position != last);
        (!legal || byte == besides).then_some(position)
    })
}
