//! The grants of the token endpoint, with the parameters that the service's own clients send, in their order.

use core::fmt;

use super::authorization::is_code_verifier;
use super::form;
use super::sink::Sink;
use crate::settings::ConfigError;

/// The grant of a token request; the values are borrowed and never shown.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Grant<'a> {
    /// `client_credentials`, RFC 6749 section 4.4.
    ClientCredentials,
    /// `authorization_code`, RFC 6749 section 4.1.3.
    AuthorizationCode {
        /// The code.
        code: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
    },
    /// `authorization_code` with PKCE, RFC 7636. The only grant for clients without a secret.
    AuthorizationCodePkce {
        /// The code.
        code: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
        /// 43 to 128 unreserved characters.
        code_verifier: &'a str,
    },
    /// `refresh_token`, RFC 6749 section 6.
    RefreshToken {
        /// The refresh token.
        refresh_token: &'a str,
    },
    /// `urn:ietf:params:oauth:grant-type:saml2-bearer`, RFC 7522.
    Saml2Bearer {
        /// The organisation's short name.
        org_name: &'a str,
        /// The assertion in Base64.
        assertion: &'a str,
    },
}

/// How often a grant may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrantUse {
    /// As often as tokens are needed: client credentials.
    #[default]
    Repeatable,
    /// A refresh token. A service that rotates refresh tokens accepts each but once, and takes a second use for theft (RFC 9700
    /// section 4.14.2); one that does not rotate them returns none with the access token, and goes on accepting the old one (RFC
    /// 6749 section 6).
    Refresh,
    /// Once: an authorization code (RFC 6749 section 4.1.2: the service denies a second use and should revoke the tokens of the
    /// first), an assertion (RFC 7521 section 4.1: the service may reject a second use).
    Once,
}

impl Grant<'_> {
    /// Returns how often this grant may be sent.
    #[must_use]
    pub const fn usage(&self) -> GrantUse {
        match self {
            Self::ClientCredentials => GrantUse::Repeatable,
            Self::RefreshToken { .. } => GrantUse::Refresh,
            Self::AuthorizationCode { .. }
            | Self::AuthorizationCodePkce { .. }
            | Self::Saml2Bearer { .. } => GrantUse::Once,
        }
    }

    /// Returns whether a client without a secret may not use it. A public client that obtained a refresh token by PKCE uses that
    /// without a secret, too (RFC 6749 section 6).
    pub(super) const fn needs_secret(&self) -> bool {
        !matches!(self, Self::AuthorizationCodePkce { .. } | Self::RefreshToken { .. })
    }

    /// Returns whether the grant's own parameters include `client_id`.
    pub(super) const fn is_pkce(&self) -> bool {
        matches!(self, Self::AuthorizationCodePkce { .. })
    }

    /// Writes `grant_type` and the other parameters in order. PKCE has `client_id` among its own.
    pub(super) fn write(&self, client_id: &[u8], sink: &mut Sink<'_>) {
        match self {
            Self::ClientCredentials => sink.put(b"grant_type=client_credentials"),
            Self::AuthorizationCode { code, redirect_uri } => {
                form::parameter("grant_type=authorization_code&code=", code.as_bytes(), sink);
                form::parameter("&redirect_uri=", redirect_uri.as_bytes(), sink);
            }
            Self::AuthorizationCodePkce { code, redirect_uri, code_verifier } => {
                form::parameter("grant_type=authorization_code&code=", code.as_bytes(), sink);
                form::parameter("&code_verifier=", code_verifier.as_bytes(), sink);
                form::parameter("&client_id=", client_id, sink);
                form::parameter("&redirect_uri=", redirect_uri.as_bytes(), sink);
            }
            Self::RefreshToken { refresh_token } => {
                form::parameter("grant_type=refresh_token&refresh_token=", refresh_token.as_bytes(), sink);
            }
            Self::Saml2Bearer { org_name, assertion } => {
                let before = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&orgName=";
                form::parameter(before, org_name.as_bytes(), sink);
                form::parameter("&assertion=", assertion.as_bytes(), sink);
            }
        }
    }

    /// Returns whether the values can be sent.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if let Self::AuthorizationCodePkce { code_verifier, .. } = self
            && !is_code_verifier(code_verifier)
        {
            return Err(ConfigError::InvalidCodeVerifier);
        }
        match self.empty_parameter() {
            Some(name) => Err(ConfigError::EmptyParameter(name)),
            None => Ok(()),
        }
    }

    /// Returns the name of the first parameter without a value.
    const fn empty_parameter(&self) -> Option<&'static str> {
        match self {
            Self::AuthorizationCode { code, .. } | Self::AuthorizationCodePkce { code, .. }
                if code.is_empty() =>
            {
                Some("code")
            }
            Self::AuthorizationCode { redirect_uri, .. }
            | Self::AuthorizationCodePkce { redirect_uri, .. }
                if redirect_uri.is_empty() =>
            {
                Some("redirect_uri")
            }
            Self::RefreshToken { refresh_token } if refresh_token.is_empty() => Some("refresh_token"),
            Self::Saml2Bearer { org_name, .. } if org_name.is_empty() => Some("orgName"),
            Self::Saml2Bearer { assertion, .. } if assertion.is_empty() => Some("assertion"),
            _ => None,
        }
    }
}

/// The grant's name only.
impl fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientCredentials => "ClientCredentials",
            Self::AuthorizationCode { .. } => "AuthorizationCode([redacted])",
            Self::AuthorizationCodePkce { .. } => "AuthorizationCodePkce([redacted])",
            Self::RefreshToken { .. } => "RefreshToken([redacted])",
            Self::Saml2Bearer { .. } => "Saml2Bearer([redacted])",
        })
    }
}
