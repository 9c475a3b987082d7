//! The members of a response that are used.

use core::fmt;

/// The members that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `access_token`
    AccessToken,
    /// `token_type`
    TokenType,
    /// `expires_in`
    ExpiresIn,
    /// `refresh_token`
    RefreshToken,
    /// `scope`
    Scope,
    /// `error`
    Error,
    /// `state`, of a redirect
    State,
    /// `error_description`, of a redirect
    ErrorDescription,
}

impl Field {
    /// Returns the name in the response.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::TokenType => "token_type",
            Self::ExpiresIn => "expires_in",
            Self::RefreshToken => "refresh_token",
            Self::Scope => "scope",
            Self::Error => "error",
            Self::State => "state",
            Self::ErrorDescription => "error_description",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
