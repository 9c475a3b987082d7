//! Grants of the token endpoint.

use genesys_token_core::wire;

use crate::secret::SecretString;

/// The grant of a [`TokenClient`](crate::TokenClient), RFC 6749 section 1.3.
///
/// A response with a refresh token replaces any of them but client credentials by [`Grant::RefreshToken`] for the next exchange: a
/// code can be used once, and a service that rotates refresh tokens accepts each of them once. So none of these is sent again
/// after an outcome that may have used it: [`TokenError::needs_login`](crate::TokenError::needs_login).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Grant {
    /// The client acts on its own behalf: RFC 6749 section 4.4.
    #[default]
    ClientCredentials,
    /// A code from the authorization endpoint: RFC 6749 section 4.1.3.
    AuthorizationCode {
        /// The code.
        code: SecretString,
        /// As in the authorization request.
        redirect_uri: String,
    },
    /// A code that was requested with a code challenge: RFC 7636. The client has no secret.
    AuthorizationCodePkce {
        /// The code.
        code: SecretString,
        /// As in the authorization request.
        redirect_uri: String,
        /// 43 to 128 unreserved characters.
        code_verifier: SecretString,
    },
    /// A refresh token from an earlier response: RFC 6749 section 6.
    RefreshToken {
        /// The refresh token.
        refresh_token: SecretString,
    },
    /// A SAML 2 assertion: RFC 7522.
    Saml2Bearer {
        /// The organisation's short name.
        org_name: String,
        /// The assertion in Base64.
        assertion: SecretString,
    },
}

impl Grant {
    pub(crate) fn as_wire(&self) -> wire::Grant<'_> {
        match self {
            Self::ClientCredentials => wire::Grant::ClientCredentials,
            Self::AuthorizationCode { code, redirect_uri } => {
                wire::Grant::AuthorizationCode { code: code.expose(), redirect_uri }
            }
            Self::AuthorizationCodePkce { code, redirect_uri, code_verifier } => {
                wire::Grant::AuthorizationCodePkce {
                    code: code.expose(),
                    redirect_uri,
                    code_verifier: code_verifier.expose(),
                }
            }
            Self::RefreshToken { refresh_token } => {
                wire::Grant::RefreshToken { refresh_token: refresh_token.expose() }
            }
            Self::Saml2Bearer { org_name, assertion } => {
                wire::Grant::Saml2Bearer { org_name, assertion: assertion.expose() }
            }
        }
    }

    pub(crate) fn usage(&self) -> wire::GrantUse {
        self.as_wire().usage()
    }

    /// Returns whether the same request may be sent twice. A code or a rotated refresh token that is used a second time looks
    /// like theft, and the service may revoke the tokens that it issued for it (RFC 6749 section 4.1.2, RFC 9700 section 4.14).
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self, Self::ClientCredentials)
    }
}
