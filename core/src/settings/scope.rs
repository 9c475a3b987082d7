//! The scope of an access token request.

use core::fmt;
use core::str::FromStr;

use super::ConfigError;
use crate::text::{Quoted, Text};

/// A list of scope tokens (RFC 6749 section 3.3), separated by one space each, at most `N` bytes long.
///
/// Genesys Cloud ignores scope for client credentials: there the roles of the OAuth client decide.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scope<const N: usize = 512>(Text<N>);

impl<const N: usize> Scope<N> {
    /// Checks and copies `scope`.
    ///
    /// # Errors
    /// [`ConfigError::InvalidScope`] with the offset of the first byte that is not allowed (an empty scope token ends
    /// at its offset); [`ConfigError::Capacity`] if it is longer than `N` bytes.
    pub fn new(scope: &str) -> Result<Self, ConfigError> {
        check(scope.as_bytes()).map_err(|position| ConfigError::InvalidScope { position })?;
        Ok(Self(Text::new("scope", scope)?))
    }

    /// Returns the scope as it is sent, before form encoding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the bytes of [`Scope::as_str`].
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the scope tokens in order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.as_str().split(' ')
    }
}

/// `scope-token *( SP scope-token )`, `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn check(scope: &[u8]) -> Result<(), usize> {
    let mut in_token = false;
    for (position, byte) in scope.iter().enumerate() {
        match byte {
            b' ' if in_token => in_token = false,
            0x21 | 0x23..=0x5b | 0x5d..=0x7e => in_token = true,
            _ => return Err(position),
        }
    }
    if in_token { Ok(()) } else { Err(scope.len()) }
}

/// As [`Scope::new`].
impl<const N: usize> FromStr for Scope<N> {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

/// As [`Scope::new`].
impl<const N: usize> TryFrom<&str> for Scope<N> {
    type Error = ConfigError;

    fn try_from(text: &str) -> Result<Self, ConfigError> {
        Self::new(text)
    }
}

impl<const N: usize> fmt::Debug for Scope<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Quoted(self.as_str()), f)
    }
}

impl<const N: usize> fmt::Display for Scope<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
